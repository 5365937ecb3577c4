/*
 * identity.h: what the policy can see of a machine, as bytes.
 *
 * A head, then bitsets of words: aliases that name it; literals that hold its
 * first address, its second; literals that overlap its approved routes;
 * postures that hold.  Then its routes, sorted.  Equal bytes, equal verdicts.
 */
#ifndef POLICY_IDENTITY_H
#define POLICY_IDENTITY_H

#include "policy/inside.h"

struct identity_head {
	uint64_t person, exit, subnets, families;
	uint64_t in_any, routed; /* bits by address */
	uint64_t in_any_net, special;
	int64_t alone; /* a special machine shares its class with nobody */
};

size_t identity_size(const struct engine *e, const struct machine *m);
/* `at` has room for identity_size, aligned as uint64_t. */
void identity_fill(const struct engine *e, const struct machine *m, void *at);

/* Aliases that name a person's machines, or those with tags. */
void person_names(
	const struct plan *p, const struct person *who, uint64_t *bits);
void tags_names(
	const struct plan *p, const struct json_texts *tags, uint64_t *bits);

#endif
