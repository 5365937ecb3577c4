/* What a policy would come to for people: who reaches more and who less, with
 * all their machines together (policy/compare.h). */
#include <string.h>

#include "db/audit.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"

enum {
	NAMES_MAX = 5, /* of one row */
	CUT_OFF_NAMES = 100,
};

static const char *
name_of(struct request *r, int64_t id)
{
	const char *name = db_audit_name(r->db, r->mem, "user", id);

	return name ? name : "somebody";
}

static void
put_names(struct request *r, const struct compare_people *p, size_t most)
{
	for (size_t i = 0; i < p->count && i < most; i++)
		html_textf(r, "%s%s", i ? ", " : "", name_of(r, p->people[i]));
	if (p->count > most)
		html_textf(r, " and %zu more", p->count - most);
}

/* "3 machines of tag:server" */
static void
put_owner(struct request *r, const struct compare_owner *o)
{
	const char *more = o->machines == 1 ? "" : "s";

	if (!o->machines)
		html_text(r, o->words);
	else if (o->words)
		html_textf(r, "%zu machine%s of %s", o->machines, more,
			*o->words ? o->words : "nobody");
	else if (o->person)
		html_textf(r, "%zu machine%s of %s", o->machines, more,
			name_of(r, o->person));
	else
		html_textf(r, "each other (%zu machine%s)", o->machines, more);
}

/* Where they are the same for all of it. */
static void
show_ports(struct request *r, const struct compare_reach *to)
{
	bool both = to->opens && to->closes;

	if (!to->opens && !to->closes)
		return;
	html_begin(r, "span", "class", "sub");
	if (to->opens)
		html_textf(r, "opens %s", to->opens);
	if (to->closes)
		html_textf(r, "%scloses %s", both ? "; " : "", to->closes);
	html_end(r);
}

static void
show_reach(struct request *r, const char *head, const struct compare_reach *to)
{
	policy_cell_begin(r, head);
	for (size_t i = 0; i < to->count; i++) {
		html_text(r, i ? ", " : "");
		put_owner(r, &to->owners[i]);
	}
	if (to->more)
		html_textf(r, ", and those of %zu more", to->more);
	if (to->own)
		html_textf(r, "%stheir own machines", to->count ? ", " : "");
	show_ports(r, to);
	html_end(r);
}

static void
show_rows(struct request *r, const struct compare *c)
{
	static const char *const heads[] = { "Who", "Loses access to",
		"Gains access to", "Other ports to" };

	if (!c->people_count)
		return;
	html_element(r, "h3", "People");
	policy_table(
		r, "impact-people", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < c->people_count; i++) {
		html_begin(r, "tr");
		policy_first_begin(r, heads[0]);
		put_names(r, &c->people[i], NAMES_MAX);
		html_end(r);
		for (size_t k = 0; k < FATES; k++)
			show_reach(r, heads[k + 1], &c->people[i].fates[k]);
		html_end(r);
	}
	html_end(r);
	html_end(r);
	if (c->people_more)
		html_element(r, "p",
			arena_printf(r->mem, "%zu more people are not shown.",
				c->people_more));
}

static void
show_cut_off(struct request *r, const struct compare *c)
{
	bool begun = false;

	for (size_t i = 0; i < c->people_count; i++) {
		if (!c->people[i].cut_off)
			continue;
		if (!begun) {
			html_begin(r, "p", "id", "impact-people-lost", "class",
				"error");
			html_text(r, "People who lose all access: ");
		}
		html_text(r, begun ? ", " : "");
		put_names(r, &c->people[i], CUT_OFF_NAMES);
		begun = true;
	}
	if (!begun)
		return;
	html_text(r, ".");
	html_end(r);
}

void
policy_people_count(struct request *r, const struct compare *c)
{
	if (c->losers)
		html_textf(r, " %zu %s access to something.", c->losers,
			c->losers == 1 ? "person loses" : "people lose");
	if (c->gainers)
		html_textf(r, " %zu %s access to something.", c->gainers,
			c->gainers == 1 ? "person gains" : "people gain");
}

void
policy_people(struct request *r, const struct compare *c)
{
	show_cut_off(r, c);
	show_rows(r, c);
}
