#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"

/* ---- CapGrant (9) ---- */

struct dsts {
	struct engine *e;
	const struct machine *m;
	bool faces; /* its own addresses count */
	bool brief;
	unsigned own; /* `brief`: those of them that would stand here */
	struct arena *mem;
	struct range *at;
	size_t count, room;
};

static void
add(struct dsts *d, struct range r)
{
	if (d->count == d->room) {
		size_t room = d->room ? d->room * 2 : 8;
		struct range *at = arena_array(d->mem, room, sizeof(*at));

		if (d->count)
			memcpy(at, d->at, d->count * sizeof(*at));
		d->at = at;
		d->room = room;
	}
	d->at[d->count++] = r;
}

static struct range
face_range(const struct face *f)
{
	return (struct range){ f->addr, f->addr };
}

static void
add_own(struct dsts *d, size_t face)
{
	if (d->brief)
		d->own |= 1u << face;
	else
		add(d, face_range(&d->m->faces[face]));
}

/* One text of the destination: own addresses within, and itself if it touches
 * an approved route. */
static void
add_range(struct dsts *d, struct range r, bool cidr)
{
	const struct machine *m = d->m;

	for (size_t i = 0; d->faces && i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			add_own(d, i);
	for (size_t i = 0; cidr && i < m->subnet_count; i++)
		if (range_overlaps(m->subnets[i]->range, r)) {
			add(d, r);
			return;
		}
}

static void
add_members(struct dsts *d, uint32_t alias)
{
	const struct engine *e = d->e;
	const struct class *c = d->m->class;

	if (bit_get(c->named, alias))
		for (size_t i = 0; d->faces && i < d->m->face_count; i++)
			add_own(d, i);
	if (!e->mixed || !d->m->subnet_count)
		return;
	class_find_held(e, d->m);
	for (size_t i = 0; i < c->held_count; i++)
		if (bit_get(c->held[i]->machine->class->named, alias))
			add(d, face_range(c->held[i]));
}

static void
add_alias(struct dsts *d, uint32_t alias)
{
	const struct alias *a = d->e->plan->aliases[alias];
	struct range_set s = alias_ranges(a);

	if (a->kind == ALIAS_ANY || a->kind == ALIAS_DANGER)
		for (size_t i = 0; i < ANY_TEXTS; i++)
			add_range(d, d->e->plan->any_ranges[i],
				range_is_cidr(d->e->plan->any_ranges[i], NULL));
	else if (alias_is_literal(a))
		for (size_t i = 0; i < s.count; i++)
			add_range(d, s.at[i], true);
	else
		add_members(d, alias);
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int order = addr_compare(x->first, y->first);

	return order ? order : addr_compare(y->last, x->last);
}

/* The widest CIDR that begins there and ends no later than `last`. */
static struct range
widest(struct addr first, struct addr last)
{
	struct range r = { first, first };

	for (unsigned bit = 0; bit < (first.ipv6 ? 128 : 32); bit++) {
		struct range wider = r;
		uint64_t *word = bit < 64 ? &wider.last.low : &wider.last.high;

		if (*word >> (bit % 64) & 1)
			break; /* not aligned to more */
		*word |= (uint64_t)1 << (bit % 64);
		if (addr_compare(wider.last, last) > 0)
			break;
		r = wider;
	}
	return r;
}

/* A range that is no CIDR goes out as those it is made of. */
static void
put_cidrs(struct range r, struct buf *out, bool *first)
{
	char text[RANGE_TEXT_SIZE];

	for (;;) {
		struct range part = widest(r.first, r.last);

		range_print_prefix(part, text);
		buf_puts(out, *first ? "\"" : ",\"");
		*first = false;
		buf_puts(out, text);
		buf_puts(out, "\"");
		if (addr_compare(part.last, r.last) >= 0)
			return;
		r.first = addr_next(part.last);
	}
}

static void
put_dsts(struct dsts *d, const char *caps, struct buf *out, bool *first_grant)
{
	bool first = true;

	if (!d->count && !d->own)
		return;
	if (d->count)
		qsort(d->at, d->count, sizeof(*d->at), compare_ranges);
	buf_puts(out, *first_grant ? "{\"Dsts\":[" : ",{\"Dsts\":[");
	*first_grant = false;
	if (d->brief)
		buf_putf(out, "%u,", d->own);
	for (size_t i = 0; i < d->count; i++)
		if (!i || compare_ranges(&d->at[i - 1], &d->at[i]) != 0)
			put_cidrs(d->at[i], out, &first);
	buf_puts(out, "],\"CapMap\":");
	buf_puts(out, caps);
	buf_puts(out, "}");
}

void
grant_put_dsts(struct engine *e, const struct machine *m, const struct entry *x,
	bool brief, struct buf *out)
{
	struct arena *mem = arena_new();
	struct dsts d = {
		.e = e, .m = m, .faces = true, .brief = brief, .mem = mem
	};
	bool first = true;

	if (x->kind == ENTRY_COMPANION)
		d.faces = class_passes(m->class, &x->postures);
	for (size_t i = 0; x->kind == ENTRY_CAP_SELF && i < m->face_count; i++)
		add_own(&d, i);
	for (size_t i = 0; i < x->target_count; i++) {
		add_alias(&d, x->targets[i].alias);
		if (x->kind == ENTRY_COMPANION)
			continue;
		put_dsts(&d, x->caps, out, &first);
		d.count = d.own = 0;
	}
	put_dsts(&d, x->caps, out, &first);
	arena_free(mem);
}
