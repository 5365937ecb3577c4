#include "fcgi/machine_withheld.h"

#include <inttypes.h>

#include "db/audit.h"
#include "fcgi/html.h"
#include "fcgi/machine_routes.h"
#include "policy/tailnet.h"

enum {
	WITHHELD_MAX = 20, /* shown */
};

const char *
withheld_words(struct request *r, const struct own_net *net, const char *prefix)
{
	const struct prefix *own = own_net_overlap(net, prefix);
	char text[PREFIX_TEXT_SIZE];

	if (!own)
		return NULL;
	prefix_print(own, text);
	return arena_printf(r->mem,
		"Overlaps the server's own network %s: not sent to machines "
		"that run on the server's host.",
		text);
}

/* ---- of its own routes ---- */

static void
show_carried(struct machine_world *w, const struct own_net *net)
{
	struct request *r = w->r;
	struct machine_routes routes;

	machine_routes_of(r, w->n, &routes);
	for (size_t i = 0; i < routes.count; i++) {
		const char *prefix = routes.at[i].prefix;
		const char *words =
			prefix ? withheld_words(r, net, prefix) : NULL;

		if (!words)
			continue;
		html_begin(r, "p", "data-withheld", prefix);
		html_element(r, "code", prefix);
		html_textf(r, ": %s", words);
		html_end(r);
	}
}

/* ---- of the routes of others ---- */

static void
show_kept(struct machine_world *w, const struct machine *m, const char *prefix)
{
	struct request *r = w->r;
	const char *name = db_audit_name(r->db, r->mem, "node", m->id);

	html_begin(r, "li", "data-withheld", prefix);
	html_element(r, "code", prefix);
	html_text(r, " of ");
	html_link(r, arena_printf(r->mem, "/admin/machines/%" PRId64, m->id),
		name ? name : "a machine");
	html_end(r);
}

static size_t
show_of(struct machine_world *w, const struct own_net *net,
	const struct machine *m, size_t shown)
{
	struct engine_record record;
	size_t count = 0;

	engine_record(w->e, w->n->id, m->id, w->r->mem, &record);
	for (size_t i = 0; i < record.allowed_ips.count; i++) {
		const char *prefix = record.allowed_ips.at[i];

		if (own_net_overlap(net, prefix) &&
			shown + count++ < WITHHELD_MAX)
			show_kept(w, m, prefix);
	}
	return count;
}

/* As tailnet/maprecord.c leaves them out. */
static void
show_missing(struct machine_world *w, const struct own_net *net)
{
	struct request *r = w->r;
	size_t count = 0;

	html_element(r, "p",
		"It runs on the server's host, so it is not told of routes "
		"that overlap the server's own network:");
	html_begin(r, "ul", "id", "withheld");
	for (size_t i = 0; i < engine_machine_count(w->e); i++) {
		const struct machine *m = engine_machine_at(w->e, i);

		if (m->id != w->n->id && m->offered_count)
			count += show_of(w, net, m, count);
	}
	if (!count)
		html_element(r, "li", "There are none now.");
	if (count > WITHHELD_MAX)
		html_element(r, "li",
			arena_printf(
				r->mem, "and %zu more", count - WITHHELD_MAX));
	html_end(r);
}

void
machine_withheld_show(struct machine_world *w)
{
	struct own_net net;

	own_net_read(&net);
	show_carried(w, &net);
	if (w->here)
		show_missing(w, &net);
}
