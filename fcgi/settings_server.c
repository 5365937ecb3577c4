#include "fcgi/settings_server.h"

#include <inttypes.h>
#include <string.h>

#include "db/node.h"
#include "db/provider.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/settings_sections.h"

#define HERE "/admin/settings/server"

/* The address that a form would give the server, and the one it has. */
struct move {
	const char *from, *to;
};

static const char *
bracketed(struct request *r, const char *ip)
{
	return strchr(ip, ':') ? arena_printf(r->mem, "[%s]", ip) : ip;
}

static struct move
move_of(struct request *r, const struct form *f)
{
	struct move m = { r->settings->url, form_get(f, "url") };

	if (!*m.to)
		m.to = arena_printf(r->mem, "http://%s:%s",
			bracketed(r, form_get(f, "listen")),
			form_get(f, "http_port"));
	return m;
}

static const char *
machines_words(struct request *r, int64_t count, const struct move *m)
{
	return arena_printf(r->mem,
		"%" PRId64 " %s the address %s. Let it lead here as long as "
		"%s: who is not moved by then is cut off.",
		count, count == 1 ? "machine knows" : "machines know", m->from,
		count == 1 ? "it does" : "one of them does");
}

/* What is done elsewhere, and what takes it back. */
static void
show_lines(struct request *r, const void *arg)
{
	const struct move *m = arg;

	html_element(r, "p",
		"A machine is moved by this, by somebody who may sign in. It "
		"keeps its name and its addresses:");
	html_command(r, "move",
		arena_printf(r->mem,
			"sudo tailscale up --login-server=%s --force-reauth",
			m->to));
	html_element(r, "p",
		"If it was wrong and these pages cannot be used any more, on "
		"the server:");
	html_command(r, "back",
		arena_printf(r->mem, "cairn settings set url %s", m->from));
}

static enum err
ask_move(struct request *r, const struct move *m)
{
	struct confirm c = { .question = arena_printf(r->mem,
				     "Change the server address to %s?", m->to),
		.more = show_lines,
		.more_arg = m,
		.section = SECTION_SETTINGS,
		.button = "Change it",
		.cancel = HERE };
	struct provider *rows;
	size_t count = 0, n = 0;
	int64_t machines = 0;
	enum err e = db_node_count(r->db, &machines);

	if (!e)
		e = db_providers(r->db, r->mem, &rows, &count);
	if (e)
		return e;
	if (machines)
		c.effects[n++] = machines_words(r, machines, m);
	c.effects[n++] = arena_printf(r->mem,
		"These pages take forms at %s alone from then on: nginx and "
		"its certificate must be ready for it. Go on there, and sign "
		"in.",
		m->to);
	if (count)
		c.effects[n++] = arena_printf(r->mem,
			"Nobody comes in by a provider before it knows the "
			"redirect address %s/oidc/callback.",
			m->to);
	if (settings_url_needs_https(m->to, r->mem))
		c.effects[n++] = "Tailscale clients take http:// with a "
				 "private IP address or localhost only: with "
				 "this one they look for https.";
	return kept_confirm(r, &c);
}

enum err
settings_server_ask(struct request *r, struct form *f, bool *asked)
{
	struct move m = move_of(r, f);

	*asked = strcmp(m.to, m.from) != 0;
	return *asked ? ask_move(r, &m) : ERR_OK;
}

/* Those of the environment, where they are not what is stored. */
static void
show_run(struct request *r, const struct settings *stored)
{
	const struct settings *s = r->settings;

	if (strcmp(s->listen, stored->listen) == 0 &&
		s->http_port == stored->http_port &&
		s->https_port == stored->https_port &&
		s->stun_port == stored->stun_port)
		return;
	html_begin(r, "p", "id", "this-run", "class", "note");
	html_textf(r,
		"This run was started with others (CAIRN_LISTEN and the like), "
		"which go before what is stored: %s, http %" PRId64
		", https %" PRId64 ", STUN %" PRId64 ".",
		s->listen, s->http_port, s->https_port, s->stun_port);
	html_end(r);
}

void
settings_server_show(struct request *r)
{
	struct settings stored;

	html_element(r, "p",
		"The server address counts at once, IP address and ports from "
		"the next start on.");
	html_begin(r, "dl", "id", "server");
	html_fact(r, "url", "Machines and browsers are told", r->settings->url);
	html_end(r);
	if (settings_load_stored(r->db, r->mem, &stored) == ERR_OK)
		show_run(r, &stored);
}
