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
/* "acls[2]", "grants[0]", "no acls and no grants: everything is allowed", "no
 * rule". */
const char *reach_words(struct arena *mem, const struct reach_rule *rule);

#endif
