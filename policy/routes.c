#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

/* ---- what leads into a prefix and out of it ---- */

/* Machines with addresses in the prefix, and which aliases name any of them;
 * of a mixed engine. */
struct inhabitants {
	struct range range;
	struct held held;
	uint64_t *named;
};

static struct inhabitants
inhabitants_of(const struct engine *e, struct range r, struct arena *mem)
{
	size_t words = bits_words(e->plan->alias_count);
	struct inhabitants in = { .range = r,
		.named = arena_array(mem, words + 1, sizeof(*in.named)) };

	if (e->mixed)
		in.held = held_by(e, r, mem);
	for (size_t i = 0; i < in.held.count; i++)
		bits_add(in.named, in.held.at[i]->class->named, words);
	return in;
}

/* Some text of a destination overlaps the range; the internet's do not count
 * (spec/policy.md 14). */
static bool
alias_reaches(
	const struct engine *e, uint32_t alias, const struct inhabitants *in)
{
	const struct alias *a = e->plan->aliases[alias];

	return a->kind == ALIAS_ANY || alias_overlaps(a, in->range) ||
	       bit_get(in->named, alias);
}

static bool
entry_reaches(const struct engine *e, const struct entry *x,
	const struct inhabitants *in)
{
	for (size_t i = 0; i < x->target_count; i++) {
		uint32_t alias = x->targets[i].alias;

		if (x->kind != ENTRY_CAP ||
			e->plan->aliases[alias]->kind != ALIAS_ANY) {
			if (alias_reaches(e, alias, in))
				return true;
			continue;
		}
		for (size_t k = 0; k < ANY_TEXTS; k++)
			if (range_overlaps(e->plan->any_ranges[k], in->range))
				return true;
	}
	return false;
}

static bool
sset_holds(struct engine *e, const struct sset *s, const struct inhabitants *in)
{
	if (e->mixed)
		return sset_overlaps_held(e, s, in->range, &in->held);
	if (s->any || s->danger)
		return true;
	for (size_t i = 0; i < s->src.count; i++)
		if (alias_overlaps(e->plan->aliases[s->src.at[i]], in->range))
			return true;
	return false;
}

static void
learn(struct engine *e, struct prefix *p)
{
	const struct plan *plan = e->plan;
	size_t words = bits_words(plan->sset_count);
	struct arena *mem = arena_new();
	struct inhabitants in = inhabitants_of(e, p->range, mem);

	p->into = own_alloc(words * sizeof(*p->into) + 1);
	p->from = own_alloc(words * sizeof(*p->from) + 1);
	p->via = own_alloc(bits_words(plan->via_count) * sizeof(*p->via) + 1);
	for (size_t i = 0; i < plan->entry_count; i++) {
		const struct entry *x = &plan->entries[i];

		if ((x->kind == ENTRY_NET || x->kind == ENTRY_CAP) &&
			!bit_get(p->into, x->sset) && entry_reaches(e, x, &in))
			bit_set(p->into, x->sset);
	}
	for (size_t i = 0; i < plan->sset_count; i++)
		bit_put(p->from, i, sset_holds(e, &plan->ssets[i], &in));
	for (size_t i = 0; i < plan->via_count; i++)
		bit_put(p->via, i,
			entry_reaches(e, &plan->entries[plan->vias[i]], &in));
	arena_free(mem);
}

/* ---- who carries it ---- */

/* A route over addresses of the user's own devices, which a self rule lets in.
 */
static bool
self_from(const struct engine *e, const struct class *viewer,
	const struct person *person, const struct prefix *p)
{
	return e->mixed && person && viewer->has_faces &&
	       self_held(e, (struct person *)person, p);
}

static struct machine *
via_server(struct engine *e, const struct class *viewer, const struct prefix *p)
{
	for (size_t i = 0; i < e->plan->via_count; i++) {
		const struct entry *x = &e->plan->entries[e->plan->vias[i]];
		struct machine *m;

		if (!bit_get(p->via, i) || !bit_get(viewer->src, x->sset))
			continue;
		m = via_carrier(e, p, x);
		if (m)
			return m;
	}
	return NULL;
}

static bool
has_subnet(const struct class *c, struct range r)
{
	for (size_t i = 0; i < c->subnet_count; i++)
		if (memcmp(&c->subnets[i], &r, sizeof(r)) == 0)
			return true;
	return false;
}

struct machine *
route_server(struct engine *e, const struct class *viewer,
	const struct person *person, struct prefix *p)
{
	size_t words = bits_words(e->plan->sset_count);
	struct machine *m;

	if (!p->into)
		learn(e, p);
	if (bits_meet(viewer->src, p->into, words) ||
		bits_meet(viewer->plain, p->from, words) ||
		self_from(e, viewer, person, p))
		return prefix_primary(p);
	m = via_server(e, viewer, p);
	if (!m && has_subnet(viewer, p->range))
		m = prefix_primary(p);
	return m;
}
