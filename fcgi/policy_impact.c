/*
 * policy_impact.c: what a policy would open and close, before it is saved
 * (spec/pages.md 11.1, #check-impact).
 */
#include <string.h>

#include "db/audit.h"
#include "db/node.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"

enum {
	NAMES_MAX = 3,  /* of a group of machines */
	ROWS_MAX = 100, /* of a table */
};

static const char *
name_of(struct request *r, int64_t id)
{
	const char *name = db_audit_name(r->db, r->mem, "node", id);

	return name ? name : "a machine";
}

/* "laptop, desk and 12 more" */
static const char *
names_of(struct request *r, const int64_t *ids, size_t count, size_t most)
{
	const char *words = "";

	for (size_t i = 0; i < count && i < most; i++)
		words = arena_printf(r->mem, "%s%s%s", words, i ? ", " : "",
			name_of(r, ids[i]));
	return count > most ? arena_printf(r->mem, "%s and %zu more", words,
				      count - most)
			    : words;
}

static const char *
group_words(struct request *r, const struct compare *c, uint32_t number)
{
	const struct compare_group *g = &c->groups[number];

	return names_of(r, g->machines, g->count, NAMES_MAX);
}

static const char *
to_words(struct request *r, const struct compare *c,
	const struct compare_flow *f)
{
	return f->place ? f->place : group_words(r, c, f->to);
}

/* What closes stands in a line of the text that is in force, which opens beside
 * the editor; what is typed there stays. */
static void
show_line(struct request *r, const struct compare_flow *f, int64_t before,
	bool below)
{
	const char *words = arena_printf(r->mem, "%u", f->rule.line);

	policy_cell_begin(r, f->added ? "Line" : "Old line");
	if (!f->rule.line) {
		html_text(r, "none");
	} else if (f->added && !below) {
		html_text(r, words);
	} else if (f->added) {
		policy_line_below(r, f->rule.line, words);
	} else {
		html_begin(r, "a", "href",
			policy_line_path(r, before, f->rule.line), "target",
			"_blank");
		html_text(r, words);
		html_end(r);
	}
	html_end(r);
}

static void
show_flow(struct request *r, const struct compare *c,
	const struct compare_flow *f, int64_t before, bool below)
{
	static const char *const kinds[] = { [COMPARE_NET] = "net",
		[COMPARE_SSH] = "ssh",
		[COMPARE_APP] = "app" };

	html_begin(r, "tr", "data-kind", kinds[f->kind]);
	policy_first_begin(r, "From");
	html_text(r, group_words(r, c, f->from));
	html_end(r);
	policy_cell(r, "To",
		arena_printf(r->mem, "%s%s", to_words(r, c, f),
			f->own ? " (of the same person)" : ""));
	policy_cell(r, "Ports", f->words);
	show_line(r, f, before, below);
	html_end(r);
}

static void
show_flows(
	struct request *r, const struct policy_trial *t, bool added, bool below)
{
	const struct compare *c = &t->impact;
	const char *const heads[] = { "From", "To", "Ports",
		added ? "Line" : "Old line" };
	size_t shown = 0;

	if (!(added ? c->added : c->removed))
		return;
	html_element(r, "h3", added ? "Opens" : "Closes");
	policy_table(r, added ? "impact-added" : "impact-removed", heads,
		sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < c->count && shown < ROWS_MAX; i++)
		if (c->flows[i].added == added) {
			show_flow(r, c, &c->flows[i], t->against, below);
			shown++;
		}
	html_end(r);
	html_end(r);
}

static bool
has_one_of(
	const struct compare_group *g, const struct node *nodes, size_t count)
{
	for (size_t i = 0; i < g->count; i++)
		for (size_t k = 0; k < count; k++)
			if (g->machines[i] == nodes[k].id)
				return true;
	return false;
}

/* What closes for the machines of whoever asks. */
static void
show_own_loss(struct request *r, const struct compare *c)
{
	struct node *nodes;
	size_t count;
	const char *words = "";

	if (db_nodes_of_user(r->db, r->who.user_id, r->mem, &nodes, &count))
		return;
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_flow *f = &c->flows[i];

		if (f->closed && has_one_of(&c->groups[f->from], nodes, count))
			words = arena_printf(r->mem, "%s%s%s", words,
				*words ? ", " : "", to_words(r, c, f));
	}
	if (!*words)
		return;
	html_begin(r, "p", "id", "impact-you", "class", "error");
	html_textf(r, "You lose access to: %s.", words);
	html_end(r);
}

static void
show_cut_off(struct request *r, const struct compare *c)
{
	if (!c->cut_off_count)
		return;
	html_begin(r, "p", "id", "impact-lost", "class", "error");
	html_textf(r, "Machines that lose all access: %s.",
		names_of(r, c->cut_off, c->cut_off_count, ROWS_MAX));
	html_end(r);
}

void
policy_impact(struct request *r, const struct policy_trial *t, bool below)
{
	const struct compare *c = &t->impact;

	html_begin(r, "section", "id", "check-impact");
	html_begin(r, "p");
	html_textf(r, "Adds %zu flow%s, removes %zu.", c->added,
		c->added == 1 ? "" : "s", c->removed);
	policy_people_count(r, c);
	if (c->stopped)
		html_text(r, " That is not all: comparing took too long and "
			     "was stopped.");
	html_end(r);
	show_own_loss(r, c);
	policy_people(r, c);
	show_cut_off(r, c);
	show_flows(r, t, true, below);
	show_flows(r, t, false, below);
	html_end(r);
}
