/*
 * page_machine_ask.c: what the forms `ping` and `ask` of a machine's page do
 * (spec/pages.md 9.3).  The answer comes later, and shows by an event.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "fcgi/form.h"
#include "fcgi/machine_forms.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "tailnet/ask.h"

static enum err
ask(struct request *r, const struct node *n, const char *kind)
{
	const char *flash = "machine-asked";
	int64_t id = 0;
	enum err e = tailnet_ask(r->db,
		&(struct ask_wish){ .node_id = n->id,
			.kind = kind,
			.now = r->now,
			.now_ms = clock_now_ms(),
			.actor = prove_actor_text(r) },
		&id);

	if (e == ERR_OFFLINE || e == ERR_RATE)
		flash = e == ERR_RATE ? "machine-busy" : "machine-offline";
	else if (e)
		return e;
	return form_done(r,
		arena_printf(
			r->mem, "/admin/machines/%" PRId64 "#asked", n->id),
		flash, n->id);
}

enum err
do_machine_ping(struct request *r)
{
	struct node n;
	bool gone;
	enum err e = machine_find(r, &n, &gone);

	return e || gone ? e : ask(r, &n, "ping");
}

enum err
do_machine_ask(struct request *r)
{
	const char *chosen = fields_one(r, "do");
	const struct ask_kind *k = chosen ? ask_kind(chosen) : NULL;
	struct node n;
	bool gone;
	enum err e;

	if (!k || !(k->flags & ASKS_READ)) {
		r->why = "the form says nothing in its field do that can be "
			 "asked here";
		return ERR_BAD_INPUT;
	}
	e = machine_find(r, &n, &gone);
	return e || gone ? e : ask(r, &n, k->word);
}
