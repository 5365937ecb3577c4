/*
 * approvals.h: who approved which route, kept beside node.approved_routes, in
 * the transaction that writes that.
 */
#ifndef TAILNET_APPROVALS_H
#define TAILNET_APPROVALS_H

#include "base/json.h"
#include "db/node.h"

/* The approved routes were `before` (a JSON list) and are n->approved_routes
 * by the will of that actor. */
enum err approvals_follow(struct db *db, struct arena *mem,
	const struct node *n, const char *before, const char *actor,
	int64_t now);
/* The policy approved these; the node is in the database by now. */
enum err approvals_by_policy(struct db *db, int64_t node_id,
	const struct json_texts *routes, int64_t now);

#endif
