#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

/* ---- what it receives ---- */

/* Some line of the destination is kept for the class (spec/policy.md 8). */
static bool
net_target(const struct engine *e, const struct class *c, uint32_t alias)
{
	const struct alias *a = e->plan->aliases[alias];

	if (a->kind == ALIAS_ANY)
		return c->has_faces || c->has_subnets;
	if (a->kind == ALIAS_INTERNET)
		return c->exit;
	return (a->internet && c->exit) || bit_get(c->on[0], alias) ||
	       bit_get(c->on[1], alias) || bit_get(c->net, alias);
}

/* Some of its addresses or routes is granted to (9). */
static bool
cap_target(const struct engine *e, const struct class *c, uint32_t alias)
{
	const struct alias *a = e->plan->aliases[alias];

	if (a->kind == ALIAS_ANY || a->kind == ALIAS_DANGER)
		return c->in_any || c->in_any_net;
	return bit_get(c->on[0], alias) || bit_get(c->on[1], alias) ||
	       bit_get(c->net, alias);
}

static bool
via_target(const struct engine *e, const struct class *c, uint32_t alias)
{
	if (e->plan->aliases[alias]->kind == ALIAS_INTERNET)
		return c->exit;
	return bit_get(c->net, alias);
}

/* Backwards: a machine that is no source by its posture has only its routes. */
static bool
companion_target(const struct engine *e, const struct class *c, uint32_t alias,
	const struct json_ints *postures)
{
	if (class_passes(c, postures))
		return cap_target(e, c, alias);
	return e->plan->aliases[alias]->kind == ALIAS_ANY
		       ? c->in_any_net
		       : bit_get(c->net, alias);
}

static bool
targeted(const struct engine *e, const struct class *c, const struct entry *x,
	uint32_t alias)
{
	switch (x->kind) {
	case ENTRY_NET:
		return net_target(e, c, alias);
	case ENTRY_VIA:
		return via_target(e, c, alias);
	case ENTRY_CAP:
		return cap_target(e, c, alias);
	case ENTRY_COMPANION:
		return companion_target(e, c, alias, &x->postures);
	default:
		return false;
	}
}

bool
class_targeted(
	const struct engine *e, const struct class *c, const struct entry *x)
{
	if (x->kind == ENTRY_VIA && !class_is_named(c, &x->via))
		return false;
	for (size_t i = 0; i < x->target_count; i++)
		if (targeted(e, c, x, x->targets[i].alias))
			return true;
	return false;
}

static void
fill_program(struct engine *e, struct class *c)
{
	const struct plan *p = e->plan;
	uint32_t *at = own_alloc(p->entry_count * sizeof(*at) + 1);

	for (size_t i = 0; i < p->entry_count; i++) {
		const struct entry *x = &p->entries[i];

		if (!class_targeted(e, c, x))
			continue;
		at[c->program_count++] = (uint32_t)i;
		bit_set(c->receives, x->sset);
		if (x->kind != ENTRY_VIA)
			bit_set(c->plain, x->sset);
	}
	c->program = own_grow(at, c->program_count + 1, sizeof(*at));
}

/* ---- where it is a source ---- */

static bool
is_source(const struct engine *e, const struct class *c, const struct sset *s)
{
	bool passes = class_passes(c, &s->postures);

	if (s->danger)
		return c->has_faces || c->has_subnets;
	if (s->any && (c->routed || c->has_subnets ||
			      (c->has_faces && passes &&
				      (c->in_any || s->postures.count))))
		return true;
	for (size_t i = 0; i < s->src.count; i++) {
		uint32_t a = s->src.at[i];

		if (a == e->plan->any)
			continue;
		if (bit_get(c->net, a) ||
			(passes &&
				(bit_get(c->on[0], a) || bit_get(c->on[1], a))))
			return true;
	}
	return false;
}

static bool
is_self_source(
	const struct engine *e, const struct class *c, const struct entry *x)
{
	(void)e;
	return c->person && c->has_faces && class_passes(c, &x->postures) &&
	       class_is_named(c, &x->src);
}

void
class_fill(struct engine *e, struct class *c)
{
	const struct plan *p = e->plan;

	for (size_t i = 0; i < p->sset_count; i++) {
		bit_put(c->in, i, class_in_sset(e, c, &p->ssets[i]));
		bit_put(c->src, i, is_source(e, c, &p->ssets[i]));
	}
	for (size_t i = 0; i < p->self_count; i++)
		bit_put(c->selfs, i,
			is_self_source(e, c, &p->entries[p->selfs[i]]));
	c->self_source = bits_any(c->selfs, bits_words(p->self_count));
	fill_program(e, c);
}
