#include "db/preauth_key.h"

/* The order here is the order in read_preauth_key. */
#define PREAUTH_KEY_COLUMNS                                                  \
	"id, prefix, hash, user_id, reusable, ephemeral, tags, created_at, " \
	"expires_at, revoked_at, used_at, last_used_at, description, "       \
	"preapproved, made_by, uses"

static void
read_preauth_key(struct stmt *q, struct arena *mem, void *row)
{
	struct preauth_key *k = row;

	k->id = col_int(q, 0);
	k->prefix = col_text(q, 1, mem);
	col_key(q, 2, k->hash, sizeof(k->hash));
	k->user_id = col_int(q, 3);
	k->reusable = col_int(q, 4) != 0;
	k->ephemeral = col_int(q, 5) != 0;
	k->tags = col_text(q, 6, mem);
	k->created_at = col_int(q, 7);
	k->expires_at = col_int(q, 8);
	k->revoked_at = col_int(q, 9);
	k->used_at = col_int(q, 10);
	k->last_used_at = col_int(q, 11);
	k->description = col_text(q, 12, mem);
	k->unapproved = col_int(q, 13) == 0;
	k->made_by = col_text(q, 14, mem);
	k->uses = col_int(q, 15);
}

enum err
db_preauth_key_add(struct db *db, const struct preauth_key *k, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO preauth_key (prefix, hash, user_id, reusable, "
		"ephemeral, tags, created_at, expires_at, revoked_at, used_at, "
		"last_used_at, description, preapproved, made_by) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14)");

	stmt_text(q, 1, k->prefix);
	stmt_blob(q, 2, k->hash, sizeof(k->hash));
	stmt_int_or_null(q, 3, k->user_id);
	stmt_int(q, 4, k->reusable);
	stmt_int(q, 5, k->ephemeral);
	stmt_text(q, 6, k->tags ? k->tags : "[]");
	stmt_int(q, 7, k->created_at);
	stmt_int_or_null(q, 8, k->expires_at);
	stmt_int_or_null(q, 9, k->revoked_at);
	stmt_int_or_null(q, 10, k->used_at);
	stmt_int_or_null(q, 11, k->last_used_at);
	stmt_text(q, 12, k->description ? k->description : "");
	stmt_int(q, 13, !k->unapproved);
	stmt_text(q, 14, k->made_by ? k->made_by : "");
	return db_insert(q, id);
}

enum err
db_preauth_key_by_id(
	struct db *db, int64_t id, struct arena *mem, struct preauth_key *out)
{
	struct stmt *q = db_stmt(db, "SELECT " PREAUTH_KEY_COLUMNS
				     " FROM preauth_key WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_preauth_key, mem, out);
}

enum err
db_preauth_key_by_prefix(struct db *db, const char *prefix, struct arena *mem,
	struct preauth_key *out)
{
	struct stmt *q = db_stmt(db, "SELECT " PREAUTH_KEY_COLUMNS
				     " FROM preauth_key WHERE prefix = ?1");

	stmt_text(q, 1, prefix);
	return db_one(q, read_preauth_key, mem, out);
}

enum err
db_preauth_keys(struct db *db, struct arena *mem, struct preauth_key **keys,
	size_t *count)
{
	return db_all(db_stmt(db, "SELECT " PREAUTH_KEY_COLUMNS
				  " FROM preauth_key ORDER BY id"),
		read_preauth_key, mem, sizeof(**keys), keys, count);
}

/* One statement tests and spends, so that of two machines with a one-time key
 * one gets in (TS-2025-007). */
enum err
db_preauth_key_use(struct db *db, int64_t id, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE preauth_key SET used_at = coalesce(used_at, ?2), "
		"last_used_at = ?2, uses = uses + 1 WHERE id = ?1 AND revoked_at IS NULL "
		"AND (expires_at IS NULL OR expires_at > ?2) "
		"AND (reusable <> 0 OR used_at IS NULL)");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_preauth_key_revoke(struct db *db, int64_t id, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE preauth_key "
		"SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_preauth_key_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM preauth_key WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_preauth_key_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM preauth_key WHERE revoked_at < ?1 "
		"OR expires_at < ?1 OR (reusable = 0 AND used_at < ?1)");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
