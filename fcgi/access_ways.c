#include "fcgi/access_ways.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/html.h"
#include "fcgi/policy_show.h"

enum {
	PILES_LOOKED = 64, /* through for one with the same ways */
};

/* Those with the same ways: the first names, and how many there are. */
struct pile {
	const struct policy_point *names[ACCESS_NAMES_MAX];
	size_t count;
	const struct policy_way *ways;
	size_t way_count;
};

struct piles {
	struct access *a;
	const struct policy_end *many, *few; /* the sides, by their size */
	struct pile *at;                     /* of one of the few */
	size_t count;
	size_t shown;
	size_t pairs_left, ways_left;
	bool late; /* pairs were left for want of time */
};

static bool
is_same_way(const struct policy_way *a, const struct policy_way *b)
{
	return a->kind == b->kind && a->line == b->line &&
	       strcmp(a->words, b->words) == 0 && strcmp(a->rule, b->rule) == 0;
}

static bool
has_ways(const struct pile *p, const struct policy_way *ways, size_t count)
{
	if (p->way_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_same_way(&p->ways[i], &ways[i]))
			return false;
	return true;
}

static struct pile *
pile_of(struct piles *p, const struct policy_way *ways, size_t count)
{
	for (size_t i = 0; i < p->count && i < PILES_LOOKED; i++)
		if (has_ways(&p->at[i], ways, count))
			return &p->at[i];
	p->at[p->count] = (struct pile){ .ways = ways, .way_count = count };
	return &p->at[p->count++];
}

static void
put(struct piles *p, const struct policy_point *few,
	const struct policy_point *many)
{
	bool from = p->few == &p->a->from;
	struct policy_way *ways;
	size_t count = policy_ways(p->a->e, from ? few : many,
		from ? many : few, p->a->r->mem, &ways);
	struct pile *pile;

	if (!count)
		return;
	pile = pile_of(p, ways, count);
	if (pile->count < ACCESS_NAMES_MAX)
		pile->names[pile->count] = many;
	pile->count++;
}

/* All of the many beside one of the few, in piles. */
static void
gather(struct piles *p, const struct policy_point *few)
{
	p->count = 0;
	for (size_t i = 0; i < p->many->count; i++) {
		const struct policy_point *many = &p->many->at[i];

		if (few->machine && few->machine == many->machine)
			continue;
		p->late = p->late || !access_time_left(p->a);
		if (p->shown < ACCESS_ROWS_MAX && !p->late)
			put(p, few, many);
		else
			p->pairs_left++;
	}
}

static void
show_names(struct request *r, const struct pile *pile)
{
	for (size_t i = 0; i < pile->count && i < ACCESS_NAMES_MAX; i++) {
		if (i)
			html_text(r, ", ");
		access_point(r, pile->names[i]);
	}
	if (pile->count > ACCESS_NAMES_MAX)
		html_textf(r, " and %zu more", pile->count - ACCESS_NAMES_MAX);
}

static void
show_way(struct piles *p, const struct policy_point *few,
	const struct pile *pile, const struct policy_way *way)
{
	static const char *const kinds[] = {
		[WAY_NET] = "net", [WAY_SSH] = "ssh", [WAY_APP] = "app"
	};
	struct request *r = p->a->r;
	bool from = p->few == &p->a->from;

	html_begin(r, "tr", "data-kind", kinds[way->kind]);
	policy_first_begin(r, "From");
	if (from)
		access_point(r, few);
	else
		show_names(r, pile);
	html_end(r);
	policy_cell_begin(r, "To");
	if (from)
		show_names(r, pile);
	else
		access_point(r, few);
	html_end(r);
	policy_cell(r, "Ports", way->words);
	policy_cell_begin(r, "Rule");
	access_line(p->a, way->line, way->rule);
	html_end(r);
	html_end(r);
}

static void
show_piles(struct piles *p, const struct policy_point *few)
{
	for (size_t i = 0; i < p->count; i++)
		for (size_t n = 0; n < p->at[i].way_count; n++)
			if (p->shown < ACCESS_ROWS_MAX) {
				show_way(p, few, &p->at[i], &p->at[i].ways[n]);
				p->shown++;
			} else {
				p->ways_left++;
			}
}

static void
show_left(const struct piles *p)
{
	struct request *r = p->a->r;

	if (!p->shown && !p->pairs_left)
		html_element(r, "p", "Nothing.");
	if (p->ways_left)
		html_element(r, "p",
			arena_printf(r->mem, "%zu more ways are not shown.",
				p->ways_left));
	if (p->pairs_left)
		html_element(r, "p",
			arena_printf(r->mem,
				p->late ? "Looking took too long and was "
					  "stopped: %zu more pairs were not "
					  "looked at."
					: "%zu more pairs were not looked at.",
				p->pairs_left));
}

void
access_ways(struct access *a)
{
	static const char *const heads[] = { "From", "To", "Ports", "Rule" };
	bool from = a->from.count <= a->to.count;
	struct piles p = {
		.a = a,
		.few = from ? &a->from : &a->to,
		.many = from ? &a->to : &a->from,
	};

	p.at = arena_array(a->r->mem, p.many->count + 1, sizeof(*p.at));
	policy_table(a->r, "reach", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < p.few->count; i++) {
		gather(&p, &p.few->at[i]);
		show_piles(&p, &p.few->at[i]);
	}
	html_end(a->r);
	html_end(a->r);
	show_left(&p);
}
