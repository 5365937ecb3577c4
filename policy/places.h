/*
 * places.h: what there is to reach beside machines: the subnets that routers
 * carry, what the policy names inside them, and the internet where an exit node
 * is.
 *
 * Each stands by one address: rules that end somewhere inside a subnet count
 * for what they name, not for the subnet.
 */
#ifndef POLICY_PLACES_H
#define POLICY_PLACES_H

#include "policy/engine.h"
#include "policy/range.h"

enum {
	PLACES_MAX = 500, /* that are looked at */
};

/* Nobody's but the internet's. */
#define PLACE_INTERNET "1.1.1.1"

struct place {
	const char *name; /* "10.1.0.0/24", "db", "the internet" */
	struct addr addr;
};

/* What the policies of these engines name, by the routes of the first; each
 * range once, subnets before what is named inside them. */
size_t policy_places(struct engine *const *engines, size_t count,
	struct arena *mem, struct place **out);

#endif
