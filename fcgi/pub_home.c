/*
 * Small texts that anybody may ask for.
 */
#include "db/db.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

enum err
pub_version(struct request *r)
{
	return reply_json_text(r, 200,
		arena_printf(r->mem,
			"{\"name\":\"cairn\",\"version\":\"%s\",\"schema\":%d}",
			CAIRN_VERSION, DB_VERSION));
}

enum err
pub_robots(struct request *r)
{
	return reply_text(r, 200, "User-agent: *\nDisallow: /");
}

/* Where browsers look by themselves. */
enum err
pub_favicon(struct request *r)
{
	return reply_redirect(r, 301, "/static/favicon.svg");
}
