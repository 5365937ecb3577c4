/* table#matrix as a grid: a row for each who reaches something, a column for
 * each that is reached, and in the cell by which ports.  A larger one is a list
 * (network_matrix.c). */
#include <string.h>

#include "base/text.h"
#include "fcgi/html.h"
#include "fcgi/network_page.h"
#include "fcgi/policy_show.h"

enum {
	COLUMNS_MAX = 12,
	CELLS_MAX = 60, /* that say something */
};

struct grid {
	struct network_page *p;
	bool *row, *column; /* by node */
};

static size_t
count(const struct grid *g, const bool *of)
{
	size_t n = 0;

	for (size_t i = 0; i < g->p->n.count; i++)
		n += of[i];
	return n;
}

static bool
fill(struct grid *g)
{
	const struct network *n = &g->p->n;
	struct arena *mem = g->p->r->mem;

	if (!n->flows.count || n->flows.count > CELLS_MAX)
		return false;
	g->row = arena_array(mem, n->count, sizeof(*g->row));
	g->column = arena_array(mem, n->count, sizeof(*g->column));
	for (size_t i = 0; i < n->flows.count; i++) {
		g->row[n->flows.at[i].from] = true;
		g->column[n->flows.at[i].to] = true;
	}
	return count(g, g->column) <= COLUMNS_MAX;
}

/* ---- cells ---- */

/* As the page "Who reaches what" takes it; NULL: it takes none. */
static const char *
word_of(const struct network_node *n)
{
	switch (n->kind) {
	case NETWORK_MACHINE:
	case NETWORK_USER:
		return n->name;
	case NETWORK_TAGS:
		return strchr(n->name, ',') ? NULL : n->name;
	case NETWORK_PEOPLE:
		return "autogroup:member";
	case NETWORK_PLACE:
		return strchr(n->name, ' ') ? "autogroup:internet" : n->name;
	default:
		return NULL;
	}
}

/* Why they are open; NULL: that page cannot be asked for these. */
static const char *
why_path(struct grid *g, const struct flow *f)
{
	struct arena *mem = g->p->r->mem;
	const char *src = word_of(&g->p->n.nodes[f->from]);
	const char *dst = word_of(&g->p->n.nodes[f->to]);

	return src && dst ? arena_printf(mem, POLICY_WHO "?src=%s&dst=%s",
				    text_url_encode(mem, src),
				    text_url_encode(mem, dst))
			  : NULL;
}

static void
show_words(struct grid *g, const struct flow *f)
{
	struct request *r = g->p->r;
	const char *among = f->from != f->to ? ""
			    : f->own         ? "each their own: "
					     : "each other: ";
	const char *words = arena_printf(r->mem, "%s%s%s%s", among, f->words,
		*f->words && *f->ssh ? "; " : "", f->ssh);
	const char *why = why_path(g, f);

	if (why)
		html_link(r, why, words);
	else
		html_text(r, words);
}

static void
show_flow(struct grid *g, const struct flow *f)
{
	struct request *r = g->p->r;

	html_begin(r, "div");
	show_words(g, f);
	network_limits(r, f);
	html_begin(r, "span", "class", "sub");
	network_lines(g->p, f);
	html_end(r);
	html_end(r);
}

/* Of machines of one person something else may be open than of all. */
static void
show_cell(struct grid *g, size_t from, size_t to)
{
	const struct network *n = &g->p->n;
	struct request *r = g->p->r;
	bool any = false;

	html_begin(r, "td");
	for (size_t i = 0; i < n->flows.count; i++) {
		const struct flow *f = &n->flows.at[i];

		if (f->from != from || f->to != to)
			continue;
		if (!any)
			html_attribute(r, "data-label",
				arena_printf(
					r->mem, "To %s", n->nodes[to].name));
		any = true;
		show_flow(g, f);
	}
	html_end(r);
}

/* ---- the table ---- */

static void
show_heads(struct grid *g)
{
	struct request *r = g->p->r;

	html_begin(r, "thead");
	html_begin(r, "tr");
	html_begin(r, "th", "scope", "col");
	html_text(r, "From ↓ to →");
	html_end(r);
	for (size_t i = 0; i < g->p->n.count; i++) {
		if (!g->column[i])
			continue;
		html_begin(r, "th", "scope", "col");
		network_node(g->p, i);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

static void
show_row(struct grid *g, size_t from)
{
	struct request *r = g->p->r;

	html_begin(r, "tr");
	html_begin(r, "th", "scope", "row", "data-label", "From");
	network_node(g->p, from);
	html_end(r);
	for (size_t to = 0; to < g->p->n.count; to++)
		if (g->column[to])
			show_cell(g, from, to);
	html_end(r);
}

bool
network_grid_show(struct network_page *p)
{
	struct request *r = p->r;
	struct grid g = { .p = p };

	if (!fill(&g))
		return false;
	html_begin(r, "table", "id", "matrix", "class", "grid");
	show_heads(&g);
	html_begin(r, "tbody");
	for (size_t i = 0; i < p->n.count; i++)
		if (g.row[i])
			show_row(&g, i);
	html_end(r);
	html_end(r);
	return true;
}
