#include "db/live.h"

#include "db/said.h"

/* The order here is the order in read_live; last_seen is written as it is and
 * read as LIVE_SEEN. */
#define COLUMNS(seen)                                                               \
	"node_id, endpoints, disco_key, home_derp, capver, hostinfo, online, " seen \
	", online_since, primary_routes, routing"
#define LIVE_COLUMNS COLUMNS(LIVE_SEEN(""))

static void
read_live(struct stmt *q, struct arena *mem, void *row)
{
	struct live *l = row;

	l->node_id = col_int(q, 0);
	l->endpoints = col_text(q, 1, mem);
	col_key(q, 2, &l->disco_key, sizeof(l->disco_key));
	l->home_derp = col_int(q, 3);
	l->capver = col_int(q, 4);
	l->hostinfo = col_text(q, 5, mem);
	l->online = col_int(q, 6) != 0;
	l->last_seen = col_int(q, 7);
	l->online_since = col_int(q, 8);
	l->primary_routes = col_text(q, 9, mem);
	l->routing = (enum routing)col_int(q, 10);
}

/* SELECT … FROM node: a node that is gone meanwhile gives no row. */
enum err
db_live_put(struct db *db, const struct live *l)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO node_live (" COLUMNS(
			"last_seen") ", os, version, "
				     "version_number) "
				     "SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
		/* as the hostinfo says */
		SAID("?6", "OS") ", " SAID("?6", "IPNVersion") ", " SAID_NUMBER(
			"?6") " FROM node WHERE id = ?1 "
			      "ON CONFLICT (node_id) DO UPDATE SET "
			      "endpoints = excluded.endpoints, "
			      "disco_key = excluded.disco_key, "
			      "home_derp = excluded.home_derp, "
			      "capver = excluded.capver, "
			      "hostinfo = excluded.hostinfo, "
			      "online = excluded.online, "
			      "last_seen = excluded.last_seen, "
			      "online_since = excluded.online_since, "
			      "primary_routes = excluded.primary_routes, "
			      "routing = excluded.routing, "
			      "os = excluded.os, version = excluded.version, "
			      "version_number = excluded.version_number");

	stmt_int(q, 1, l->node_id);
	stmt_text(q, 2, l->endpoints ? l->endpoints : "[]");
	stmt_blob(q, 3, &l->disco_key, sizeof(l->disco_key));
	stmt_int(q, 4, l->home_derp);
	stmt_int(q, 5, l->capver);
	stmt_text(q, 6, l->hostinfo);
	stmt_int(q, 7, l->online);
	stmt_int_or_null(q, 8, l->last_seen);
	stmt_int_or_null(q, 9, l->online_since);
	stmt_text(q, 10, l->primary_routes ? l->primary_routes : "[]");
	stmt_int(q, 11, l->routing);
	return db_run_any(q, NULL);
}

enum err
db_live_by_node(
	struct db *db, int64_t node_id, struct arena *mem, struct live *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " LIVE_COLUMNS " FROM node_live WHERE node_id = ?1");

	stmt_int(q, 1, node_id);
	return db_one(q, read_live, mem, out);
}

enum err
db_lives(struct db *db, struct arena *mem, struct live **lives, size_t *count)
{
	return db_all(db_stmt(db, "SELECT " LIVE_COLUMNS
				  " FROM node_live ORDER BY node_id"),
		read_live, mem, sizeof(**lives), lives, count);
}
