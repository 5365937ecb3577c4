#include "db/node.h"

#include "db/said.h"

/* The order here is the order in read_node and, but for id and created_at, in
 * bind_node. */
#define NODE_COLUMNS                                                                       \
	"id, machine_key, node_key, user_id, tags, name, name_pinned, "                    \
	"hostname, ipv4, ipv6, hostinfo, routes, approved_routes, "                        \
	"requested_tags, capver, ephemeral, register_method, preauth_key_id, "             \
	"created_at, expires_at, approved, registered_by, signed_in_at, " NODE_ATTRIBUTES( \
		"node")

/* What a list shows of the hostinfo, ?10. */
#define OS             "coalesce(" SAID("?10", "OS") ", '')"
#define VERSION        "coalesce(" SAID("?10", "IPNVersion") ", '')"
#define VERSION_NUMBER "coalesce(" SAID_NUMBER("?10") ", 0)"

static void
read_node(struct stmt *q, struct arena *mem, void *row)
{
	struct node *n = row;

	n->id = col_int(q, 0);
	col_key(q, 1, &n->machine_key, sizeof(n->machine_key));
	col_key(q, 2, &n->node_key, sizeof(n->node_key));
	n->user_id = col_int(q, 3);
	n->tags = col_text(q, 4, mem);
	n->name = col_text(q, 5, mem);
	n->name_pinned = col_int(q, 6) != 0;
	n->hostname = col_text(q, 7, mem);
	n->ipv4 = col_text(q, 8, mem);
	n->ipv6 = col_text(q, 9, mem);
	n->hostinfo = col_text(q, 10, mem);
	n->routes = col_text(q, 11, mem);
	n->approved_routes = col_text(q, 12, mem);
	n->requested_tags = col_text(q, 13, mem);
	n->capver = col_int(q, 14);
	n->ephemeral = col_int(q, 15) != 0;
	n->register_method = col_text(q, 16, mem);
	n->preauth_key_id = col_int(q, 17);
	n->created_at = col_int(q, 18);
	n->expires_at = col_int(q, 19);
	n->unapproved = col_int(q, 20) == 0;
	n->registered_by = col_text(q, 21, mem);
	n->signed_in_at = col_int(q, 22);
	n->attributes = col_text(q, 23, mem);
}

static void
text_or(struct stmt *q, int at, const char *value, const char *otherwise)
{
	stmt_text(q, at, value ? value : otherwise);
}

/* ?1 to ?21, in the order of the columns. */
static void
bind_node(struct stmt *q, const struct node *n)
{
	stmt_blob(q, 1, &n->machine_key, sizeof(n->machine_key));
	stmt_blob(q, 2, &n->node_key, sizeof(n->node_key));
	stmt_int_or_null(q, 3, n->user_id);
	text_or(q, 4, n->tags, "[]");
	stmt_text(q, 5, n->name);
	stmt_int(q, 6, n->name_pinned);
	text_or(q, 7, n->hostname, "");
	stmt_text(q, 8, n->ipv4);
	stmt_text(q, 9, n->ipv6);
	text_or(q, 10, n->hostinfo, "{}");
	text_or(q, 11, n->routes, "[]");
	text_or(q, 12, n->approved_routes, "[]");
	text_or(q, 13, n->requested_tags, "[]");
	stmt_int(q, 14, n->capver);
	stmt_int(q, 15, n->ephemeral);
	stmt_text(q, 16, n->register_method);
	stmt_int_or_null(q, 17, n->preauth_key_id);
	stmt_int_or_null(q, 18, n->expires_at);
	stmt_int(q, 19, !n->unapproved);
	text_or(q, 20, n->registered_by, "");
	stmt_int_or_null(q, 21, n->signed_in_at);
}

enum err
db_node_add(struct db *db, const struct node *n, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO node (machine_key, node_key, user_id, tags, name, "
		"name_pinned, hostname, ipv4, ipv6, hostinfo, routes, "
		"approved_routes, requested_tags, capver, ephemeral, "
		"register_method, preauth_key_id, expires_at, approved, "
		"registered_by, signed_in_at, created_at, os, version, "
		"version_number, sort_name) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, " OS
		", " VERSION ", " VERSION_NUMBER ", name_key(?5))");

	bind_node(q, n);
	stmt_int(q, 22, n->created_at);
	return db_insert(q, id);
}

enum err
db_node_update(struct db *db, const struct node *n)
{
	struct stmt *q = db_stmt(db,
		"UPDATE node SET machine_key = ?1, node_key = ?2, "
		"user_id = ?3, tags = ?4, name = ?5, name_pinned = ?6, "
		"hostname = ?7, ipv4 = ?8, ipv6 = ?9, hostinfo = ?10, "
		"routes = ?11, approved_routes = ?12, requested_tags = ?13, "
		"capver = ?14, ephemeral = ?15, register_method = ?16, "
		"preauth_key_id = ?17, expires_at = ?18, approved = ?19, "
		"registered_by = ?20, signed_in_at = ?21, "
		"os = " OS ", version = " VERSION ", "
		"version_number = " VERSION_NUMBER
		", sort_name = name_key(?5) WHERE id = ?22");

	bind_node(q, n);
	stmt_int(q, 22, n->id);
	return db_run(q);
}

enum err
db_node_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM node WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_node_by_id(struct db *db, int64_t id, struct arena *mem, struct node *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " NODE_COLUMNS " FROM node WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_node, mem, out);
}

enum err
db_node_by_node_key(struct db *db, const struct key *node_key,
	struct arena *mem, struct node *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " NODE_COLUMNS " FROM node WHERE node_key = ?1");

	stmt_blob(q, 1, node_key, sizeof(*node_key));
	return db_one(q, read_node, mem, out);
}

enum err
db_node_by_name(
	struct db *db, const char *name, struct arena *mem, struct node *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " NODE_COLUMNS " FROM node WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_node, mem, out);
}

/* The two unique indexes of machine keys are partial: each query says which of
 * them it means, or all nodes of the user are read. */
enum err
db_node_by_machine(struct db *db, const struct key *machine_key,
	int64_t user_id, struct arena *mem, struct node *out)
{
	struct stmt *q;

	if (user_id) {
		q = db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				"WHERE machine_key = ?1 AND user_id = ?2");
		stmt_int(q, 2, user_id);
	} else {
		q = db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				"WHERE machine_key = ?1 AND user_id IS NULL");
	}
	stmt_blob(q, 1, machine_key, sizeof(*machine_key));
	return db_one(q, read_node, mem, out);
}

enum err
db_nodes_of_machine(struct db *db, const struct key *machine_key,
	struct arena *mem, struct node **nodes, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " NODE_COLUMNS " FROM node "
		"WHERE machine_key = ?1 AND user_id IS NOT NULL "
		"UNION ALL SELECT " NODE_COLUMNS " FROM node "
		"WHERE machine_key = ?1 AND user_id IS NULL ORDER BY id");

	stmt_blob(q, 1, machine_key, sizeof(*machine_key));
	return db_all(q, read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_nodes_of_user(struct db *db, int64_t user_id, struct arena *mem,
	struct node **nodes, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				     "WHERE user_id = ?1 ORDER BY id");

	stmt_int(q, 1, user_id);
	return db_all(q, read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_node_name_taken(struct db *db, const char *name, int64_t but_id, bool *taken)
{
	struct stmt *q = db_stmt(db, "SELECT EXISTS (SELECT 1 FROM node "
				     "WHERE name = ?1 AND id <> ?2)");
	int64_t n;
	enum err e;

	stmt_text(q, 1, name);
	stmt_int(q, 2, but_id);
	e = db_number(q, &n);
	if (!e)
		*taken = n != 0;
	return e;
}

enum err
db_node_address_taken(struct db *db, const char *address, bool *taken)
{
	struct stmt *q = db_stmt(db, "SELECT EXISTS (SELECT 1 FROM node "
				     "WHERE ipv4 = ?1 OR ipv6 = ?1)");
	int64_t n;
	enum err e;

	stmt_text(q, 1, address);
	e = db_number(q, &n);
	if (!e)
		*taken = n != 0;
	return e;
}

enum err
db_node_newest(struct db *db, struct arena *mem, struct node *out)
{
	return db_one(db_stmt(db, "SELECT " NODE_COLUMNS
				  " FROM node ORDER BY id DESC LIMIT 1"),
		read_node, mem, out);
}

enum err
db_nodes(struct db *db, struct arena *mem, struct node **nodes, size_t *count)
{
	return db_all(
		db_stmt(db, "SELECT " NODE_COLUMNS " FROM node ORDER BY id"),
		read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_nodes_by_name(
	struct db *db, struct arena *mem, struct node **nodes, size_t *count)
{
	return db_all(db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				  "ORDER BY sort_name, name"),
		read_node, mem, sizeof(**nodes), nodes, count);
}

static void
read_silent(struct stmt *q, struct arena *mem, void *row)
{
	struct node_silent *n = row;

	n->id = col_int(q, 0);
	n->name = col_text(q, 1, mem);
	n->owner = col_text(q, 2, mem);
	n->seen_at = col_int(q, 3);
	n->expired = col_int(q, 4) != 0;
	n->never = col_int(q, 5) != 0;
}

enum err
db_nodes_silent(struct db *db, int64_t before, int64_t now, struct arena *mem,
	struct node_silent **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT n.id, n.name, u.name, "
		"coalesce(l.last_seen, n.created_at) AS seen, "
		"coalesce(n.expires_at <= ?2, 0), l.last_seen IS NULL "
		"FROM node n "
		"JOIN user u ON u.id = n.user_id "
		"LEFT JOIN node_live l ON l.node_id = n.id "
		"WHERE coalesce(l.online, 0) = 0 AND n.tags = '[]' "
		"AND max(coalesce(l.last_seen, 0), n.created_at) < ?1 "
		"ORDER BY seen, n.id");

	stmt_int(q, 1, before);
	stmt_int(q, 2, now);
	return db_all(q, read_silent, mem, sizeof(**rows), rows, count);
}

enum err
db_nodes_expiring(struct db *db, int64_t from, int64_t until, struct arena *mem,
	struct node **nodes, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				     "WHERE expires_at > ?1 AND "
				     "expires_at <= ?2 ORDER BY id");

	stmt_int(q, 1, from);
	stmt_int(q, 2, until);
	return db_all(q, read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_nodes_with_routes(
	struct db *db, struct arena *mem, struct node **nodes, size_t *count)
{
	return db_all(db_stmt(db, "SELECT " NODE_COLUMNS " FROM node "
				  "WHERE routes <> '[]' "
				  "OR approved_routes <> '[]' ORDER BY id"),
		read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_nodes_carrying(struct db *db, const char *routes, struct arena *mem,
	struct node **nodes, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " NODE_COLUMNS " FROM node WHERE id IN ("
		"SELECT r.id FROM node r INDEXED BY node_routes "
		"WHERE (r.routes <> '[]' OR r.approved_routes <> '[]') "
		"AND carries_one(?1, r.routes, r.approved_routes)) "
		"ORDER BY id");

	stmt_text(q, 1, routes);
	return db_all(q, read_node, mem, sizeof(**nodes), nodes, count);
}

enum err
db_node_count(struct db *db, int64_t *count)
{
	return db_number(db_stmt(db, "SELECT count(*) FROM node"), count);
}

bool
node_is_admitted(int64_t expires_at, bool unapproved, int64_t now)
{
	return !unapproved && (!expires_at || expires_at > now);
}
