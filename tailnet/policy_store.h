/*
 * policy_store.h: check a policy text and make it the current one.
 *
 * Until the engine exists exactly one policy can be enforced: everything is
 * allowed.  Any HuJSON spelling of it is accepted (comments, trailing commas,
 * any order): "acls" or "grants" that let * reach *:* , alone; anything else is
 * refused with words that say which member is not supported, because a policy
 * that is stored but not enforced would be a lie.
 */
#ifndef TAILNET_POLICY_STORE_H
#define TAILNET_POLICY_STORE_H

#include "db/policy_text.h"
#include "policy/policy.h"

/* ERR_POLICY with *why (in mem), ERR_TOO_BIG. */
enum err policy_check(const char *text, struct arena *mem, const char **why);
enum err tailnet_policy_set(struct db *db, const char *text, const char *actor,
	int64_t now, struct arena *mem, const char **why);

#endif
