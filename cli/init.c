/* cairn init: makes the instance, or brings it to this version. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/origin.h"
#include "tailnet/init.h"
#include "tailnet/settings.h"

/* An empty variable counts as none. */
static const char *
from_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static enum err
effective_url(struct cli *c, const char **url)
{
	struct settings settings;
	enum err e = db_open(c->home, &c->db);

	if (!e)
		db_set_origin(c->db, origin_of_process(c->mem));
	if (!e)
		e = settings_load(c->db, c->mem, &settings);
	if (e)
		return cli_fail(c, e, "reading the settings");
	*url = settings.url;
	return ERR_OK;
}

enum err
cmd_init(struct cli *c)
{
	struct init_input in = {
		.home = c->home,
		.listen = from_env("CAIRN_LISTEN"),
		.http_port = from_env("CAIRN_HTTP_PORT"),
		.https_port = from_env("CAIRN_HTTPS_PORT"),
		.stun_port = from_env("CAIRN_STUN_PORT"),
		.url = from_env("CAIRN_URL"),
		.dns_domain = from_env("CAIRN_DNS_DOMAIN"),
		.now = c->now,
	};
	struct value *v = value_new_object(c->mem);
	const char *why = NULL, *url = "";
	bool made =
		access(arena_printf(c->mem, "%s/cairn.db", c->home), F_OK) != 0;
	enum err e = tailnet_init(&in, c->mem, &why);

	if (e) {
		if (why)
			cli_refuse(c, "%s", why);
		else
			cli_fail(c, e, c->home);
		return e;
	}
	e = effective_url(c, &url);
	if (e)
		return e;
	v->plain = true;
	value_text(v, "home", c->home);
	value_bool(v, "made", made);
	value_text(v, "url", url);
	cli_answer(c, v,
		arena_printf(c->mem, "%s: %s, login server %s", c->home,
			made ? "made" : "up to date", url));
	return ERR_OK;
}
