#include "db/server_key.h"

/* The order here is the order in read_server_key. */
#define SERVER_KEY_COLUMNS \
	"id, kind, public, sealed, created_at, coalesce(retired_at, 0)"

static void
read_server_key(struct stmt *q, struct arena *mem, void *row)
{
	struct server_key *k = row;

	k->id = col_int(q, 0);
	k->kind = col_text(q, 1, mem);
	col_key(q, 2, &k->public, sizeof(k->public));
	k->sealed = col_blob(q, 3, mem);
	k->created_at = col_int(q, 4);
	k->retired_at = col_int(q, 5);
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
db_server_keys(struct db *db, const char *kind, int64_t now, struct arena *mem,
	struct server_key **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " SERVER_KEY_COLUMNS " FROM server_key WHERE kind = ?1 "
		"AND (retired_at IS NULL OR retired_at > ?2) "
		"ORDER BY retired_at IS NOT NULL, id DESC");

	stmt_text(q, 1, kind);
	stmt_int(q, 2, now);
	return db_all(q, read_server_key, mem, sizeof(**rows), rows, count);
}

static enum err
wipe_old(struct db *db, int64_t now)
{
	struct stmt *q =
		db_stmt(db, "UPDATE server_key SET sealed = x'' "
			    "WHERE retired_at <= ?1 AND length(sealed) > 0");

	stmt_int(q, 1, now);
	return db_run_any(q, NULL);
}

enum err
db_server_key_retire(struct db *db, const char *kind, int64_t at, int64_t now)
{
	struct stmt *q = db_stmt(db, "UPDATE server_key SET retired_at = ?2 "
				     "WHERE kind = ?1 AND retired_at IS NULL");
	enum err e;

	stmt_text(q, 1, kind);
	stmt_int(q, 2, at);
	e = db_run_any(q, NULL);
	return e ? e : wipe_old(db, now);
}

enum err
db_server_key_end_old(
	struct db *db, const char *kind, int64_t now, int64_t *count)
{
	struct stmt *q = db_stmt(db, "UPDATE server_key SET retired_at = ?2 "
				     "WHERE kind = ?1 AND retired_at > ?2");
	enum err e;

	stmt_text(q, 1, kind);
	stmt_int(q, 2, now);
	e = db_run_any(q, count);
	return e ? e : wipe_old(db, now);
}

enum err
db_server_key_first(struct db *db, int64_t *at)
{
	return db_number(db_stmt(db, "SELECT coalesce(min(created_at), 0) "
				     "FROM server_key"),
		at);
}
