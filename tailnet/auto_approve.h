/*
 * auto_approve.h: routes that the policy approves by itself (spec/policy.md
 * 17): when an advertisement arrives first, and for everybody when a policy is
 * saved.  Both only ever add.  In the caller's transaction.
 */
#ifndef TAILNET_AUTO_APPROVE_H
#define TAILNET_AUTO_APPROVE_H

#include "base/json.h"
#include "db/node.h"

/*
 * Adds to n->approved_routes what the policy approves of n->routes, leaving out
 * those that `before` (a JSON list) had already: whoever withdrew one of them
 * meant it.  The row is the caller's to write; *added is for auto_approve_tell.
 */
enum err auto_approve(struct db *db, struct arena *mem, struct node *n,
	const char *before, struct json_texts *added);
/* The audit row, by "policy", and who approved them, if there was any; the node
 * has its id by now. */
enum err auto_approve_tell(struct db *db, struct arena *mem,
	const struct node *n, const struct json_texts *added, int64_t now);

/* After a policy was saved. */
enum err auto_approve_all(struct db *db, struct arena *mem, int64_t now);

#endif
