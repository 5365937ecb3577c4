/*
 * allow_all.h: whether a policy is the one that allows everything, which is all
 * that can be enforced until the engine exists.
 */
#ifndef POLICY_ALLOW_ALL_H
#define POLICY_ALLOW_ALL_H

#include "base/arena.h"
#include "base/err.h"

#define POLICY_ALLOW_ALL                                                   \
	"{\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"], \"dst\": " \
	"[\"*:*\"]}]}"

/*
 * Only "acls" or "grants" (or both), each a list of rules from * to *, with
 * nothing beside them.  ERR_POLICY: *why says, in `mem`, what is not that.
 */
enum err policy_allows_all(
	const char *text, struct arena *mem, const char **why);

#endif
