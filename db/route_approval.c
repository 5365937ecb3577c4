#include "db/route_approval.h"

#define COLUMNS "node_id, route, actor, actor_name, version, at"

static void
read_approval(struct stmt *q, struct arena *mem, void *row)
{
	struct route_approval *a = row;

	a->node_id = col_int(q, 0);
	a->route = col_text(q, 1, mem);
	a->actor = col_text(q, 2, mem);
	a->actor_name = col_text(q, 3, mem);
	a->version = col_int(q, 4);
	a->at = col_int(q, 5);
}

enum err
db_route_approval_put(struct db *db, const struct route_approval *a)
{
	struct stmt *q = db_stmt(db,
		"INSERT OR REPLACE INTO route_approval (" COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

	stmt_int(q, 1, a->node_id);
	stmt_text(q, 2, a->route);
	stmt_text(q, 3, a->actor);
	stmt_text(q, 4, a->actor_name ? a->actor_name : "");
	stmt_int(q, 5, a->version);
	stmt_int(q, 6, a->at);
	return db_run(q);
}

enum err
db_route_approval_delete(struct db *db, int64_t node_id, const char *route)
{
	struct stmt *q = db_stmt(db, "DELETE FROM route_approval "
				     "WHERE node_id = ?1 AND route = ?2");

	stmt_int(q, 1, node_id);
	stmt_text(q, 2, route);
	return db_run(q);
}

enum err
db_route_approvals(struct db *db, int64_t node_id, struct arena *mem,
	struct route_approval **rows, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " COLUMNS " FROM route_approval "
				     "WHERE node_id = ?1 ORDER BY route");

	stmt_int(q, 1, node_id);
	return db_all(q, read_approval, mem, sizeof(**rows), rows, count);
}
