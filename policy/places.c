#include "policy/places.h"

#include <string.h>

#include "policy/tailnet.h"

struct places {
	struct engine *e; /* whose routes count */
	struct arena *mem;
	struct place *at;
	struct range *ranges;
	size_t count;
};

static bool
is_default(struct range r)
{
	int bits;

	return range_is_cidr(r, &bits) && !bits;
}

static bool
is_known(const struct places *p, struct range r)
{
	for (size_t i = 0; i < p->count; i++)
		if (memcmp(&p->ranges[i], &r, sizeof(r)) == 0)
			return true;
	return false;
}

/* The last address: people name the first ones. */
static void
add(struct places *p, struct range r, const char *name)
{
	if (p->count == PLACES_MAX || is_known(p, r))
		return;
	p->ranges[p->count] = r;
	p->at[p->count++] =
		(struct place){ arena_strdup(p->mem, name), r.last };
}

static void
add_routes(struct places *p, const struct machine *m)
{
	for (size_t i = 0; i < m->offered_count; i++)
		if (m->offered[i].approved && !is_default(m->offered[i].range))
			add(p, m->offered[i].range, m->offered[i].text);
}

static bool
has_exit(const struct engine *e)
{
	for (size_t i = 0; i < engine_machine_count(e); i++)
		if (engine_machine_at(e, i)->exit)
			return true;
	return false;
}

/* Inside what some router carries, and no machine's own. */
static bool
is_behind(const struct places *p, size_t routes, struct range r)
{
	if (engine_machine_of(p->e, r.last))
		return false;
	for (size_t i = 0; i < routes; i++)
		if (range_within(r, p->ranges[i]))
			return true;
	return false;
}

static void
add_named(struct places *p, size_t routes, const struct policy *policy)
{
	for (size_t i = 0; i < policy->alias_count; i++) {
		const struct alias *a = &policy->aliases[i];

		if (a->kind == ALIAS_HOST || a->kind == ALIAS_ADDRESS) {
			if (is_behind(p, routes, a->literal))
				add(p, a->literal, a->text);
			continue;
		}
		for (size_t k = 0;
			a->kind == ALIAS_IPSET && k < a->ranges.count; k++) {
			char text[RANGE_TEXT_SIZE];

			range_print(a->ranges.at[k], text);
			if (is_behind(p, routes, a->ranges.at[k]))
				add(p, a->ranges.at[k], text);
		}
	}
}

/* An address that is nobody's but the internet's. */
static void
add_internet(struct places *p)
{
	struct range r;

	if (has_exit(p->e) && range_parse(PLACE_INTERNET, &r, NULL) == ERR_OK)
		add(p, r, "the internet");
}

size_t
policy_places(struct engine *const *engines, size_t count, struct arena *mem,
	struct place **out)
{
	struct places p = { engines[0], mem,
		arena_array(mem, PLACES_MAX, sizeof(struct place)),
		arena_array(mem, PLACES_MAX, sizeof(struct range)), 0 };
	size_t routes;

	for (size_t i = 0; i < engine_machine_count(p.e); i++)
		add_routes(&p, engine_machine_at(p.e, i));
	routes = p.count;
	for (size_t i = 0; i < count; i++)
		add_named(&p, routes, engine_policy(engines[i]));
	add_internet(&p);
	*out = p.at;
	return p.count;
}
