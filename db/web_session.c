#include "db/web_session.h"

/* The order here is the order in read_session. */
#define SESSION_COLUMNS                                                      \
	"id, hash, pre_hash, user_id, address, agent, started_at, used_at, " \
	"fresh_at, identity_id"
/* ?2 is now; the two numbers are SESSION_IDLE_SECONDS and _LIFE_SECONDS. */
#define SESSION_LIVES "used_at > ?2 - 43200 AND started_at > ?2 - 604800"

_Static_assert(SESSION_IDLE_SECONDS == 43200 && SESSION_LIFE_SECONDS == 604800,
	"SESSION_LIVES has the same numbers");

static void
read_session(struct stmt *q, struct arena *mem, void *row)
{
	struct web_session *s = row;

	s->id = col_int(q, 0);
	col_key(q, 1, s->hash, sizeof(s->hash));
	col_key(q, 2, s->pre_hash, sizeof(s->pre_hash));
	s->user_id = col_int(q, 3);
	s->address = col_text(q, 4, mem);
	s->agent = col_text(q, 5, mem);
	s->started_at = col_int(q, 6);
	s->used_at = col_int(q, 7);
	s->fresh_at = col_int(q, 8);
	s->identity_id = col_int(q, 9);
}

static enum err
make_room(struct db *db, int64_t user_id)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM web_session WHERE user_id = ?1 AND id NOT IN "
		"(SELECT id FROM web_session WHERE user_id = ?1 "
		"ORDER BY used_at DESC, id DESC LIMIT ?2)");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, SESSIONS_MAX - 1);
	return db_run_any(q, NULL);
}

enum err
db_web_session_add(struct db *db, const struct web_session *s, int64_t *id)
{
	enum err e = make_room(db, s->user_id);
	struct stmt *q;

	if (e)
		return e;
	q = db_stmt(db,
		"INSERT INTO web_session (hash, pre_hash, user_id, address, "
		"agent, started_at, used_at, fresh_at, identity_id) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
	stmt_blob(q, 1, s->hash, sizeof(s->hash));
	stmt_blob(q, 2, s->pre_hash, sizeof(s->pre_hash));
	stmt_int(q, 3, s->user_id);
	stmt_text(q, 4, s->address);
	stmt_text(q, 5, s->agent);
	stmt_int(q, 6, s->started_at);
	stmt_int(q, 7, s->used_at);
	stmt_int(q, 8, s->fresh_at);
	stmt_int(q, 9, s->identity_id);
	return db_insert(q, id);
}

enum err
db_web_session_by_hash(struct db *db, const uint8_t hash[SESSION_HASH_SIZE],
	int64_t now, struct arena *mem, struct web_session *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " SESSION_COLUMNS " FROM web_session "
			    "WHERE hash = ?1 AND " SESSION_LIVES);

	stmt_blob(q, 1, hash, SESSION_HASH_SIZE);
	stmt_int(q, 2, now);
	return db_one(q, read_session, mem, out);
}

enum err
db_web_session_by_id(struct db *db, int64_t id, int64_t now, struct arena *mem,
	struct web_session *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " SESSION_COLUMNS " FROM web_session "
			    "WHERE id = ?1 AND " SESSION_LIVES);

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_one(q, read_session, mem, out);
}

enum err
db_web_sessions(struct db *db, int64_t user_id, int64_t now, struct arena *mem,
	struct web_session **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " SESSION_COLUMNS " FROM web_session "
			    "WHERE user_id = ?1 AND " SESSION_LIVES
			    " ORDER BY used_at DESC, id DESC");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, now);
	return db_all(q, read_session, mem, sizeof(**rows), rows, count);
}

enum err
db_web_session_acts(
	struct db *db, int64_t id, int64_t now, const char *role, bool *acts)
{
	struct stmt *q = db_stmt(db,
		"SELECT EXISTS (SELECT 1 FROM web_session JOIN user "
		"ON user.id = user_id WHERE web_session.id = ?1 "
		"AND " SESSION_LIVES " AND role = ?3 AND status = 'active')");
	int64_t n = 0;
	enum err e;

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	stmt_text(q, 3, role);
	e = db_number(q, &n);
	if (!e)
		*acts = n != 0;
	return e;
}

enum err
db_web_session_used(struct db *db, int64_t id, int64_t now)
{
	struct stmt *q = db_stmt(
		db, "UPDATE web_session SET used_at = ?2 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_web_session_rehash(
	struct db *db, int64_t id, const uint8_t hash[SESSION_HASH_SIZE])
{
	struct stmt *q =
		db_stmt(db, "UPDATE web_session SET hash = ?2 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_blob(q, 2, hash, SESSION_HASH_SIZE);
	return db_run(q);
}

enum err
db_web_session_fresh(struct db *db, int64_t id, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE web_session SET used_at = ?2, fresh_at = ?2 "
		"WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_web_session_end(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM web_session WHERE id = ?1 OR pre_hash = "
		"(SELECT pre_hash FROM web_session WHERE id = ?1 "
		"AND pre_hash <> zeroblob(32))");
	int64_t gone = 0;
	enum err e;

	stmt_int(q, 1, id);
	e = db_run_any(q, &gone);
	return !e && !gone ? ERR_NOT_FOUND : e;
}

enum err
db_web_sessions_end(struct db *db, int64_t user_id, int64_t but, int64_t *gone)
{
	struct stmt *q = db_stmt(
		db, "DELETE FROM web_session WHERE user_id = ?1 AND id <> ?2");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, but);
	return db_run_any(q, gone);
}

enum err
db_web_sessions_end_of(struct db *db, int64_t identity_id)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM web_session WHERE identity_id = ?1");

	stmt_int(q, 1, identity_id);
	return db_run_any(q, NULL);
}

enum err
db_web_sessions_unvouch(struct db *db, int64_t identity_id)
{
	struct stmt *q = db_stmt(db, "UPDATE web_session SET identity_id = 0 "
				     "WHERE identity_id = ?1");

	stmt_int(q, 1, identity_id);
	return db_run_any(q, NULL);
}

enum err
db_web_session_prune(struct db *db, int64_t now, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM web_session WHERE used_at <= ?1 - ?2 "
			    "OR started_at <= ?1 - ?3");

	stmt_int(q, 1, now);
	stmt_int(q, 2, SESSION_IDLE_SECONDS);
	stmt_int(q, 3, SESSION_LIFE_SECONDS);
	return db_run_any(q, gone);
}
