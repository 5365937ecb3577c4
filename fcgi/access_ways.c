#include "fcgi/access_ways.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/access_kinds.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"
#include "policy/bits.h"

enum {
	WAYS_MAX = 1000, /* of one kind */
};

/* What a rule opens for kinds of one side to the same of the other: a row. */
struct row {
	struct policy_way way;
	uint64_t *inner; /* bits */
	bool own;        /* these are all machines of the same person */
	uint32_t *outer;
	size_t count;
};

/* What one kind has open. */
struct heap {
	struct row *at;
	size_t count;
};

struct ways {
	struct access *a;
	bool from;                        /* `outer` is where they come from */
	struct access_kinds outer, inner; /* the side of fewer kinds outside */
	struct row rows[ACCESS_ROWS_MAX];
	size_t count;
	bool more;   /* rows are not shown */
	size_t left; /* machines of `outer` that were not looked at */
	struct arena *draft, *pair; /* of one kind; of two */
};

/* ---- what is open between two kinds ---- */

/* One of each, that are not the same machine if it can be helped: a rule sees
 * no difference. */
static size_t
ways_between(struct ways *w, const struct access_kind *outer,
	const struct access_kind *inner, struct policy_way **ways)
{
	const struct policy_point *o = outer->at[0], *i = inner->at[0];

	if (o->machine && o->machine == i->machine) {
		if (inner->count > 1)
			i = inner->at[1];
		else if (outer->count > 1)
			o = outer->at[1];
	}
	return policy_ways(
		w->a->e, w->from ? o : i, w->from ? i : o, w->pair, ways);
}

static bool
is_same_way(const struct policy_way *a, const struct policy_way *b)
{
	return a->kind == b->kind && a->line == b->line &&
	       strcmp(a->words, b->words) == 0 && strcmp(a->rule, b->rule) == 0;
}

static struct policy_way
copy_way(const struct policy_way *from, struct arena *mem)
{
	struct policy_way way = *from;

	way.words = arena_printf(mem, "%s", from->words);
	way.rule = arena_printf(mem, "%s", from->rule);
	return way;
}

static size_t
inner_size(const struct ways *w)
{
	return (bits_words(w->inner.count) + 1) * sizeof(uint64_t);
}

static struct row *
row_of(struct ways *w, struct heap *h, const struct policy_way *way)
{
	for (size_t i = 0; i < h->count; i++)
		if (is_same_way(&h->at[i].way, way))
			return &h->at[i];
	if (h->count == WAYS_MAX) {
		w->more = true;
		return NULL;
	}
	h->at[h->count] = (struct row){ .way = copy_way(way, w->draft),
		.inner = arena_alloc(w->draft, inner_size(w)) };
	memset(h->at[h->count].inner, 0, inner_size(w));
	return &h->at[h->count++];
}

/* False: there was no time for all. */
static bool
gather(struct ways *w, const struct access_kind *outer, struct heap *h)
{
	h->count = 0;
	for (size_t i = 0; i < w->inner.count; i++) {
		struct policy_way *ways;
		size_t count;

		if (!access_time_left(w->a))
			return false;
		arena_reset(w->pair);
		count = ways_between(w, outer, &w->inner.at[i], &ways);
		for (size_t n = 0; n < count; n++) {
			struct row *row = row_of(w, h, &ways[n]);

			if (row)
				bit_set(row->inner, i);
		}
	}
	return true;
}

/* ---- rows ---- */

/* All those of the same person, and nobody else. */
static bool
is_own(const struct ways *w, const struct row *row, int64_t person)
{
	for (size_t i = 0; person && i < w->inner.count; i++)
		if (bit_get(row->inner, i) != (w->inner.at[i].person == person))
			return false;
	return person != 0;
}

/* The one machine that these are; 0: several, or an address of nobody. */
static int64_t
the_one(const struct access_kind *k)
{
	return k->count == 1 ? k->at[0]->machine : 0;
}

/* One machine, alone with itself. */
static bool
is_nothing(const struct ways *w, const struct row *row, int64_t one)
{
	for (size_t i = 0; i < w->inner.count; i++)
		if (bit_get(row->inner, i) &&
			(!one || the_one(&w->inner.at[i]) != one))
			return false;
	return true;
}

static bool
is_same_row(const struct ways *w, const struct row *a, const struct row *b)
{
	if (a->own != b->own || !is_same_way(&a->way, &b->way))
		return false;
	return a->own || memcmp(a->inner, b->inner, inner_size(w)) == 0;
}

static struct row *
keep(struct ways *w, const struct row *row)
{
	struct arena *mem = w->a->r->mem;
	struct row *kept = &w->rows[w->count];

	if (w->count == ACCESS_ROWS_MAX) {
		w->more = true;
		return NULL;
	}
	*kept = *row;
	kept->way = copy_way(&row->way, mem);
	kept->inner = arena_alloc(mem, inner_size(w));
	memcpy(kept->inner, row->inner, inner_size(w));
	kept->outer = arena_array(mem, w->outer.count, sizeof(*kept->outer));
	w->count++;
	return kept;
}

static void
add_row(struct ways *w, struct row *row, size_t outer)
{
	const struct access_kind *k = &w->outer.at[outer];
	struct row *with = NULL;

	if (is_nothing(w, row, the_one(k)))
		return;
	row->own = is_own(w, row, k->person);
	for (size_t i = 0; !with && i < w->count; i++)
		if (is_same_row(w, &w->rows[i], row))
			with = &w->rows[i];
	if (!with)
		with = keep(w, row);
	if (with)
		with->outer[with->count++] = (uint32_t)outer;
}

static void
look_at(struct ways *w, size_t outer, struct heap *h)
{
	const struct access_kind *k = &w->outer.at[outer];

	arena_reset(w->draft);
	if (!gather(w, k, h)) {
		w->left += k->count;
		return;
	}
	for (size_t i = 0; i < h->count; i++)
		add_row(w, &h->at[i], outer);
}

/* ---- the table ---- */

struct names {
	struct request *r;
	int64_t but; /* the machine that is the only one of the other side */
	size_t count;
};

static void
name_kind(struct names *n, const struct access_kind *k)
{
	for (size_t i = 0; i < k->count; i++) {
		if (n->but && k->at[i]->machine == n->but)
			continue;
		if (n->count < ACCESS_NAMES_MAX) {
			if (n->count)
				html_text(n->r, ", ");
			access_point(n->r, k->at[i]);
		}
		n->count++;
	}
}

static void
name_rest(const struct names *n)
{
	if (n->count > ACCESS_NAMES_MAX)
		html_textf(n->r, " and %zu more", n->count - ACCESS_NAMES_MAX);
}

static void
name_outer(struct ways *w, const struct row *row)
{
	struct names n = { .r = w->a->r };

	for (size_t i = 0; i < row->count; i++)
		name_kind(&n, &w->outer.at[row->outer[i]]);
	name_rest(&n);
}

static bool
is_of_one_person(const struct ways *w, const struct row *row)
{
	for (size_t i = 1; i < row->count; i++)
		if (w->outer.at[row->outer[i]].person !=
			w->outer.at[row->outer[0]].person)
			return false;
	return true;
}

static void
name_inner(struct ways *w, const struct row *row)
{
	struct names n = { .r = w->a->r };

	if (row->own && !is_of_one_person(w, row)) {
		html_text(n.r, "other machines of the same user");
		return;
	}
	if (row->count == 1)
		n.but = the_one(&w->outer.at[row->outer[0]]);
	for (size_t i = 0; i < w->inner.count; i++)
		if (bit_get(row->inner, i))
			name_kind(&n, &w->inner.at[i]);
	name_rest(&n);
}

static void
show_row(struct ways *w, const struct row *row)
{
	static const char *const kinds[] = {
		[WAY_NET] = "net", [WAY_SSH] = "ssh", [WAY_APP] = "app"
	};
	void (*const name[])(
		struct ways *, const struct row *) = { name_inner, name_outer };
	struct request *r = w->a->r;

	html_begin(r, "tr", "data-kind", kinds[row->way.kind]);
	policy_first_begin(r, "From");
	name[w->from](w, row);
	html_end(r);
	policy_cell_begin(r, "To");
	name[!w->from](w, row);
	html_end(r);
	policy_cell(r, "Ports", row->way.words);
	policy_cell_begin(r, "Rule");
	access_line(w->a, row->way.line, row->way.rule);
	html_end(r);
	html_end(r);
}

/* Before the table, which looks whole without it. */
static void
show_left(const struct ways *w)
{
	struct request *r = w->a->r;

	if (!w->left && !w->more)
		return;
	html_begin(r, "p", "id", "reach-left");
	if (w->more)
		html_textf(r, "These are the first %d rows of more. ",
			ACCESS_ROWS_MAX);
	if (w->left)
		html_textf(r,
			"Looking took too long and was stopped: %zu %s of one "
			"side not looked at. ",
			w->left,
			w->left == 1 ? "machine was" : "machines were");
	html_text(r, "Ask for fewer, by name, user or tag.");
	html_end(r);
}

static void
show(struct ways *w)
{
	static const char *const heads[] = { "From", "To", "Ports", "Rule" };
	struct request *r = w->a->r;

	show_left(w);
	policy_table(r, "reach", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < w->count; i++)
		show_row(w, &w->rows[i]);
	html_end(r);
	html_end(r);
	if (!w->count && !w->left)
		html_element(r, "p", "Nothing.");
}

void
access_ways(struct access *a)
{
	struct arena *mem = a->r->mem;
	struct access_kinds from = access_kinds(a->e, &a->from, mem);
	struct access_kinds to = access_kinds(a->e, &a->to, mem);
	struct ways *w = arena_array(mem, 1, sizeof(*w));
	struct heap h = { .at = arena_array(mem, WAYS_MAX, sizeof(*h.at)) };

	*w = (struct ways){ .a = a,
		.from = from.count <= to.count,
		.draft = arena_new(),
		.pair = arena_new() };
	w->outer = w->from ? from : to;
	w->inner = w->from ? to : from;
	for (size_t i = 0; i < w->outer.count; i++)
		look_at(w, i, &h);
	arena_free(w->draft);
	arena_free(w->pair);
	show(w);
}
