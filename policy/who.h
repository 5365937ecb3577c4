/*
 * who.h: which rule decides that one machine reaches another.
 */
#ifndef POLICY_WHO_H
#define POLICY_WHO_H

#include "policy/reach.h"

/* `port` may be REACH_ANY_PORT, `proto` POLICY_NO_PROTO (TCP or UDP). */
struct reach_rule policy_who(struct engine *e, struct addr src, struct addr dst,
	int port, int proto);
/* By the first family that both have and that is let through. */
struct reach_rule policy_who_machines(
	struct engine *e, int64_t src, int64_t dst, int port, int proto);
/* Machines of one kind are the same to every rule, as source and as
 * destination: what is open between two is open between any two of their
 * kinds. */
struct policy_kind {
	uint64_t class; /* 0: the engine has no such machine */
	int64_t person; /* 0: nobody's */
};

/* It holds until the engine changes. */
struct policy_kind policy_kind(struct engine *e, int64_t machine);
/* "acls[2]", "grants[0]", "no acls and no grants: everything is allowed", "no
 * rule". */
const char *reach_words(struct arena *mem, const struct reach_rule *rule);

#endif
