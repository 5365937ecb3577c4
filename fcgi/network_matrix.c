#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/html.h"
#include "fcgi/network_page.h"
#include "fcgi/policy_show.h"

enum {
	ROWS_MAX = 200, /* shown */
	NAMES_MAX = 8,  /* of one row */
};

/* What one node has open to several alike. */
struct row {
	const struct flow *like;
	uint32_t *to;
	size_t count;
};

static bool
is_alike(const struct flow *a, const struct flow *b)
{
	return a->from == b->from && a->own == b->own &&
	       a->in_part == b->in_part && a->line_count == b->line_count &&
	       (a->from == a->to) == (b->from == b->to) &&
	       strcmp(a->words, b->words) == 0 && strcmp(a->ssh, b->ssh) == 0 &&
	       memcmp(a->lines, b->lines, a->line_count * sizeof(*a->lines)) ==
		       0;
}

static struct row *
row_for(struct network_page *p, struct row *rows, size_t *count,
	const struct flow *f)
{
	/* Flows of one node stand together. */
	for (size_t i = *count; i > 0 && rows[i - 1].like->from == f->from; i--)
		if (is_alike(rows[i - 1].like, f))
			return &rows[i - 1];
	rows[*count] = (struct row){ f,
		arena_array(p->r->mem, p->n.count + 1, sizeof(uint32_t)), 0 };
	return &rows[(*count)++];
}

static size_t
gather(struct network_page *p, struct row **out)
{
	size_t count = 0;

	*out = arena_array(p->r->mem, p->n.flows.count + 1, sizeof(struct row));
	for (size_t i = 0; i < p->n.flows.count; i++) {
		const struct flow *f = &p->n.flows.at[i];
		struct row *row = row_for(p, *out, &count, f);

		row->to[row->count++] = f->to;
	}
	return count;
}

/* ---- cells ---- */

void
network_node(struct network_page *p, size_t i)
{
	const struct network_node *n = &p->n.nodes[i];
	struct request *r = p->r;

	if (n->kind == NETWORK_PLACE)
		html_name(r, n->name);
	else {
		html_begin(r, "a", "href", network_focus_path(p, i));
		html_name(r, n->name);
		html_end(r);
	}
	if (n->machines > 1)
		html_textf(r, " (%zu)", n->machines);
}

/* How many of its first ones are told as "every other": places come last. */
static size_t
every_other(const struct network_page *p, const struct row *row)
{
	size_t others = p->n.parts - 1, n = 0;

	while (n < row->count && row->to[n] < p->n.parts)
		n++;
	return p->n.focus == FLOW_ALL && others > 1 && n == others ? n : 0;
}

static void
show_to(struct network_page *p, const struct row *row)
{
	struct request *r = p->r;
	size_t first = every_other(p, row);

	html_begin(r, "td", "data-label", "To", "data-col", "to");
	if (row->like->from == row->like->to) {
		html_text(r, row->like->own ? "each their own" : "each other");
		html_end(r);
		return;
	}
	if (first)
		html_text(r, "every other");
	for (size_t i = first; i < row->count && i < first + NAMES_MAX; i++) {
		html_text(r, i ? ", " : "");
		network_node(p, row->to[i]);
	}
	if (row->count > first + NAMES_MAX) {
		html_text(r, " and ");
		html_link(r, network_focus_path(p, row->like->from),
			arena_printf(r->mem, "%zu more",
				row->count - first - NAMES_MAX));
	}
	html_end(r);
}

static void
show_limit(struct request *r, const char *words)
{
	html_begin(r, "span", "class", "sub");
	html_text(r, words);
	html_end(r);
}

void
network_limits(struct request *r, const struct flow *f)
{
	if (f->own && f->from != f->to)
		show_limit(r, "between machines of one person");
	if (f->in_part)
		show_limit(r, "not the same for all of them");
}

static void
show_ports(struct request *r, const struct flow *f)
{
	html_begin(r, "td", "data-label", "Ports", "data-col", "ports");
	html_text(r, f->words);
	if (*f->ssh)
		html_textf(r, "%s%s", *f->words ? "; " : "", f->ssh);
	network_limits(r, f);
	html_end(r);
}

void
network_lines(struct network_page *p, const struct flow *f)
{
	struct request *r = p->r;

	if (!f->line_count)
		html_text(r, "no rules yet");
	for (size_t i = 0; i < f->line_count; i++) {
		html_text(r, i ? ", " : "");
		html_link(r, policy_line_path(r, p->version, f->lines[i]),
			arena_printf(r->mem, "line %u", f->lines[i]));
	}
	html_text(r, f->more_lines ? ", …" : "");
}

static void
show_lines(struct network_page *p, const struct flow *f)
{
	html_begin(p->r, "td", "data-label", "Rule", "data-col", "rule");
	network_lines(p, f);
	html_end(p->r);
}

static void
show_row(struct network_page *p, const struct row *row)
{
	struct request *r = p->r;

	html_begin(r, "tr");
	html_begin(r, "th", "scope", "row", "data-label", "From", "data-col",
		"from");
	network_node(p, row->like->from);
	html_end(r);
	show_to(p, row);
	show_ports(r, row->like);
	show_lines(p, row->like);
	html_end(r);
}

void
network_matrix_show(struct network_page *p)
{
	static const char *const heads[] = { "From", "To", "Ports", "Rule" };
	struct request *r = p->r;
	struct row *rows;
	size_t count;

	if (network_grid_show(p))
		return;
	count = gather(p, &rows);
	if (!count) {
		html_begin(r, "p", "id", "none");
		html_text(r, "Nothing is open.");
		html_end(r);
		return;
	}
	policy_table(r, "matrix", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < count && i < ROWS_MAX; i++)
		show_row(p, &rows[i]);
	html_end(r);
	html_end(r);
	if (count > ROWS_MAX)
		html_element(r, "p",
			arena_printf(r->mem,
				"%zu more rows are not shown: follow a name to "
				"see all of its own.",
				count - ROWS_MAX));
}
