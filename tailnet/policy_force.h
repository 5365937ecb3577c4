/*
 * policy_force.h: the policy that is obeyed.
 *
 * That is the newest stored version that can be loaded.  A version that cannot
 * (a newer engine wrote it, the row was damaged) never stops the server: the
 * last good one stays in force, and pages, health and doctor say so.  Where not
 * one can be loaded, nothing is allowed: a policy that cannot be read is not
 * the same as none.
 */
#ifndef TAILNET_POLICY_FORCE_H
#define TAILNET_POLICY_FORCE_H

#include "db/db.h"
#include "policy/policy.h"

struct policy_force {
	struct policy *policy; /* the caller's; NULL: none was ever stored */
	int64_t version;       /* 0: none, or none that can be loaded */
	int64_t broken;  /* the newest one, if it is not in force; else 0 */
	const char *why; /* it cannot be loaded; in the caller's memory */
};

enum err policy_in_force(
	struct db *db, struct arena *mem, struct policy_force *out);

#endif
