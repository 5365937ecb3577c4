/*
 * route_approval.h: who approved a route of a machine, table `route_approval`.
 *
 * A row for each approved route, written with the node's (tailnet/approvals.h).
 * Of a route that was approved before version 7 and whose audit row is gone
 * there is none.
 */
#ifndef DB_ROUTE_APPROVAL_H
#define DB_ROUTE_APPROVAL_H

#include "db/db.h"

struct route_approval {
	int64_t node_id;
	const char *route;
	const char *actor;      /* as audit.actor; "policy": autoApprovers */
	const char *actor_name; /* as it was then; "" if it had none */
	int64_t version;        /* of the policy that approved it, or 0 */
	int64_t at;
};

/* Of that route there is one: a second replaces it. */
enum err db_route_approval_put(struct db *db, const struct route_approval *a);
/* ERR_NOT_FOUND. */
enum err db_route_approval_delete(
	struct db *db, int64_t node_id, const char *route);
/* Of that node, by route. */
enum err db_route_approvals(struct db *db, int64_t node_id, struct arena *mem,
	struct route_approval **rows, size_t *count);

#endif
