#include "db/link.h"

#include <string.h>

static const char *const words[] = {
#define X(name, word) [LINK_##name] = word,
	LINK_TABLE(X)
#undef X
};

const char *
link_word(enum link_kind kind)
{
	return kind < LINK_KINDS ? words[kind] : "";
}

static enum link_kind
kind_of(const char *word)
{
	enum link_kind kind = 0;

	while (kind < LINK_KINDS && strcmp(words[kind], word) != 0)
		kind++;
	return kind;
}

static void
read_link(struct stmt *q, struct arena *mem, void *row)
{
	struct link_row *l = row;
	struct arena *scratch = mem ? mem : arena_new();

	l->id = col_int(q, 0);
	l->kind = kind_of(col_text(q, 1, scratch));
	col_key(q, 2, l->hash, sizeof(l->hash));
	l->user_id = col_int(q, 3);
	l->made_by = col_int(q, 4);
	l->created_at = col_int(q, 5);
	l->expires_at = col_int(q, 6);
	l->used_at = col_int(q, 7);
	if (!mem)
		arena_free(scratch);
}

enum err
db_link_add(struct db *db, const struct link_row *l, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO link (kind, hash, user_id, made_by, created_at, "
		"expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

	stmt_text(q, 1, link_word(l->kind));
	stmt_blob(q, 2, l->hash, sizeof(l->hash));
	stmt_int_or_null(q, 3, l->user_id);
	stmt_int_or_null(q, 4, l->made_by);
	stmt_int(q, 5, l->created_at);
	stmt_int(q, 6, l->expires_at);
	return db_insert(q, id);
}

enum err
db_link_by_hash(struct db *db, const uint8_t hash[32], struct link_row *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT id, kind, hash, user_id, made_by, created_at, "
		"expires_at, used_at FROM link WHERE hash = ?1");

	stmt_blob(q, 1, hash, 32);
	return db_one(q, read_link, NULL, out);
}

enum err
db_link_spend(struct db *db, int64_t id, int64_t now)
{
	struct stmt *q =
		db_stmt(db, "UPDATE link SET used_at = ?2 WHERE id = ?1 "
			    "AND used_at IS NULL AND expires_at > ?2");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_link_revoke(struct db *db, enum link_kind kind, int64_t user_id, int64_t now)
{
	struct stmt *q =
		db_stmt(db, "UPDATE link SET expires_at = ?3 WHERE kind = ?1 "
			    "AND user_id IS ?2 AND expires_at > ?3");

	stmt_text(q, 1, link_word(kind));
	stmt_int_or_null(q, 2, user_id);
	stmt_int(q, 3, now);
	return db_run_any(q, NULL);
}

enum err
db_link_revoke_made_by(struct db *db, int64_t user_id, int64_t now)
{
	struct stmt *q = db_stmt(db, "UPDATE link SET expires_at = ?2 "
				     "WHERE made_by = ?1 AND expires_at > ?2");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, now);
	return db_run_any(q, NULL);
}

enum err
db_link_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db, "DELETE FROM link WHERE expires_at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
