#include "db/server_key.h"

/* The order here is the order in read_server_key. */
#define SERVER_KEY_COLUMNS "id, kind, public, sealed, created_at"

static void
read_server_key(struct stmt *q, struct arena *mem, void *row)
{
	struct server_key *k = row;

	k->id = col_int(q, 0);
	k->kind = col_text(q, 1, mem);
	col_key(q, 2, &k->public, sizeof(k->public));
	k->sealed = col_blob(q, 3, mem);
	k->created_at = col_int(q, 4);
}

enum err
db_server_key_add(struct db *db, const struct server_key *k)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO server_key (kind, public, sealed, created_at) "
		"VALUES (?1, ?2, ?3, ?4)");

	stmt_text(q, 1, k->kind);
	stmt_blob(q, 2, &k->public, sizeof(k->public));
	stmt_blob(q, 3, k->sealed.at, k->sealed.len);
	stmt_int(q, 4, k->created_at);
	return db_run_any(q, NULL);
}

enum err
db_server_key(struct db *db, const char *kind, struct arena *mem,
	struct server_key *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " SERVER_KEY_COLUMNS " FROM server_key "
			    "WHERE kind = ?1 AND retired_at IS NULL");

	stmt_text(q, 1, kind);
	return db_one(q, read_server_key, mem, out);
}

enum err
db_server_key_first(struct db *db, int64_t *at)
{
	return db_number(db_stmt(db, "SELECT coalesce(min(created_at), 0) "
				     "FROM server_key"),
		at);
}
