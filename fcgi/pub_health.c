/*
 * GET /health: for load balancers (draft-inadarei-api-health-check): the
 * database answers, and the worker was alive some seconds ago.
 */
#include <sys/stat.h>

#include "db/change.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

struct health {
	const char *status, *output;
};

#define THIS struct health
static const struct json_field health_fields[] = {
	JSON_FIELD(THIS, status, "status", KEEP_EMPTY),
	JSON_FIELD(THIS, output, "output", OMIT_EMPTY),
};
#undef THIS
static const struct json_table health_table =
	JSON_TABLE(struct health, health_fields);

static const char *
worker_trouble(struct request *r)
{
	const char *path = arena_printf(r->mem, "%s/worker.alive", r->home);
	struct stat s;

	if (stat(path, &s))
		return "the worker has never run: start cairn-worker";
	if (r->now - s.st_mtime > ALIVE_SECONDS)
		return arena_printf(r->mem,
			"the worker has been silent for %lld seconds",
			(long long)(r->now - s.st_mtime));
	return NULL;
}

enum err
pub_health(struct request *r)
{
	struct health h = { "pass", NULL };
	int64_t seq;
	enum err e;

	if (db_change_last(r->db, &seq))
		h.output = "the database does not answer";
	else
		h.output = worker_trouble(r);
	if (h.output)
		h.status = "fail";
	e = reply_json(r, &health_table, &h);
	r->reply.status = h.output ? 500 : 200;
	r->reply.type = "application/health+json; charset=utf-8";
	return e;
}
