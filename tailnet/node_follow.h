/*
 * node_follow.h: what hangs on a machine and follows when a rule changes or
 * removes it: SSH checks (check_ends.h) and its protection by name (stale.h).
 */
#ifndef TAILNET_NODE_FOLLOW_H
#define TAILNET_NODE_FOLLOW_H

#include "db/node.h"

/* Inside the transaction of the rule, behind the write: the machine was
 * `before` and is `after` (NULL: deleted). */
enum err node_follow(struct db *db, const struct node *before,
	const struct node *after, const char *actor, int64_t now);

#endif
