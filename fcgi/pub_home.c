/*
 * The page at /, and two small texts beside it.
 */
#include "db/db.h"
#include "fcgi/html.h"
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

enum err
pub_home(struct request *r)
{
	struct settings s;
	enum err e = request_settings(r, &s);

	if (e)
		return e;
	page_begin(r, "home", "This is a cairn server");
	html_element(r, "p",
		"It brings the machines of one private network together: each "
		"runs a Tailscale client, and signs in here instead of at "
		"tailscale.com.");
	html_element(r, "h2", "Connect a machine");
	html_element(r, "p",
		"Install Tailscale from your system's packages or from "
		"tailscale.com/download, then run:");
	html_command(r, "command",
		arena_printf(
			r->mem, "sudo tailscale up --login-server=%s", s.url));
	html_element(r, "p",
		"It prints a link. Open it to see which machine asks, and how "
		"an admin lets it in. With an auth key from an admin, add "
		"--auth-key=KEY and nobody has to be asked.");
	page_end(r);
	return ERR_OK;
}
