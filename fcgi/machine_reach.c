#include <inttypes.h>

#include "base/clock.h"
#include "db/audit.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machine_world.h"
#include "fcgi/policy_show.h"
#include "tailnet/policy_reach.h"

enum {
	GROUPS_MAX = 5,  /* shown, each way */
	OWN_COLUMNS = 2, /* all but the rule: the text is not everybody's */
	LOOK_MS = 500,   /* before the rest is left out */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One of the two tables; the owner of a machine has the first. */
struct side {
	const char *id, *words, *query;
	bool out;
	struct column columns[3];
};

static const struct side sides[] = {
	{ "can-reach", "Can reach", "src", true,
		{ { "To", NULL, NULL }, { "Ports", NULL, NULL },
			{ "Rule", NULL, NULL } } },
	{ "reached-by", "Reached by", "dst", false,
		{ { "From", NULL, NULL }, { "Ports", NULL, NULL },
			{ "Rule", NULL, NULL } } },
};

static const char *
access_path(struct machine_world *w, const struct side *s)
{
	return arena_printf(
		w->r->mem, POLICY_WHO "?%s=%s", s->query, w->n->name);
}

/* Its owner has no such page. */
static void
more_link(struct machine_world *w, const struct side *s, const char *words)
{
	if (w->own)
		html_text(w->r, words);
	else
		html_link(w->r, access_path(w, s), words);
}

static void
show_point(struct request *r, const struct policy_point *p, bool own)
{
	const char *name;

	if (!p->machine) {
		html_text(r, p->name);
		return;
	}
	name = db_audit_name(r->db, r->mem, "node", p->machine);
	if (!name)
		name = "a machine";
	if (own)
		html_text(r, name);
	else
		html_link(r,
			arena_printf(
				r->mem, "/admin/machines/%" PRId64, p->machine),
			name);
}

static void
show_points(struct machine_world *w, const struct side *s,
	const struct policy_group *g)
{
	struct request *r = w->r;
	size_t i = 0;

	for (; i < g->count && i < REACH_OTHERS_KEPT; i++) {
		html_text(r, i ? ", " : "");
		show_point(r, &g->at[i], w->own);
	}
	if (i == g->count)
		return;
	html_text(r, " ");
	more_link(w, s, arena_printf(r->mem, "and %zu more", g->count - i));
}

static void
show_group(struct machine_world *w, const struct side *s, struct list *l,
	const struct policy_group *g, size_t number)
{
	static const char *const kinds[] = {
		[WAY_NET] = "net", [WAY_SSH] = "ssh", [WAY_APP] = "app"
	};
	struct request *r = w->r;

	list_row(r, l, (int64_t)number, kinds[g->way.kind], NULL, "");
	show_points(w, s, g);
	list_cell_text(r, l, g->way.words);
	if (!w->own)
		list_cell(r, l);
	if (w->own)
		;
	else if (g->way.line)
		machine_world_line(w, g->way.line);
	else
		html_text(r, g->way.rule);
	list_row_end(r);
}

static void
show_rest(struct machine_world *w, const struct side *s,
	const struct policy_reach *reach)
{
	struct request *r = w->r;

	if (reach->left)
		html_element(r, "p",
			arena_printf(r->mem,
				"Looking took too long and was stopped: %zu "
				"more were not looked at.",
				reach->left));
	if (reach->count <= GROUPS_MAX)
		return;
	html_begin(r, "p");
	more_link(w, s,
		arena_printf(r->mem, "%zu more kinds of ways",
			reach->count - GROUPS_MAX));
	html_end(r);
}

static void
show_side(struct machine_world *w, const struct side *s, int64_t until)
{
	struct request *r = w->r;
	struct list l = { .id = s->id,
		.one = s->id,
		.columns = s->columns,
		.column_count = w->own ? OWN_COLUMNS : COUNT(s->columns) };
	struct policy_reach reach;

	policy_reach(w->e, w->n->id, s->out, until, r->mem, &reach);
	html_element(r, "h3", s->words);
	if (!reach.count && !reach.left) {
		html_begin(r, "p", "id", s->id);
		html_text(r, s->out ? "Nothing." : "Nobody.");
		html_end(r);
		return;
	}
	list_bare(r, &l);
	for (size_t i = 0; i < reach.count && i < GROUPS_MAX; i++)
		show_group(w, s, &l, &reach.groups[i], i + 1);
	list_end(r, &l);
	show_rest(w, s, &reach);
}

void
machine_reach_show(struct machine_world *w)
{
	int64_t until = clock_now_ms() + LOOK_MS;

	html_begin(w->r, "section", "id", "reach", "data-swap", "");
	html_element(w->r, "h2", "Reach");
	for (size_t i = 0; i < (w->own ? 1 : COUNT(sides)); i++)
		show_side(w, &sides[i], until);
	html_end(w->r);
}
