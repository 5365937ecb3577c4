#include "db/noise_session.h"

enum err
db_noise_session_add(struct db *db, const struct noise_session *s)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO noise_session (id, machine_key, capver, address, "
		"hash, started_at, ended_at, reason) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

	stmt_int(q, 1, s->id);
	stmt_blob(q, 2, &s->machine_key, sizeof(s->machine_key));
	stmt_int(q, 3, s->capver);
	stmt_text(q, 4, s->address ? s->address : "");
	stmt_blob(q, 5, s->hash, sizeof(s->hash));
	stmt_int(q, 6, s->started_at);
	stmt_int_or_null(q, 7, s->ended_at);
	stmt_text(q, 8, s->reason);
	return db_run_any(q, NULL);
}

enum err
db_noise_session_end(struct db *db, int64_t id, int64_t now, const char *reason)
{
	struct stmt *q = db_stmt(db,
		"UPDATE noise_session SET ended_at = ?2, reason = ?3 "
		"WHERE id = ?1 AND ended_at IS NULL");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	stmt_text(q, 3, reason);
	return db_run_any(q, NULL);
}

enum err
db_noise_session_last(struct db *db, int64_t *id)
{
	return db_number(
		db_stmt(db, "SELECT coalesce(max(id), 0) FROM noise_session"),
		id);
}

static void
read_session(struct stmt *q, struct arena *mem, void *row)
{
	struct noise_session *s = row;

	s->id = col_int(q, 0);
	col_key(q, 1, &s->machine_key, sizeof(s->machine_key));
	s->capver = col_int(q, 2);
	s->address = col_text(q, 3, mem);
	col_key(q, 4, s->hash, sizeof(s->hash));
	s->started_at = col_int(q, 5);
	s->ended_at = col_int(q, 6);
	s->reason = col_text(q, 7, mem);
}

enum err
db_noise_session_newest(struct db *db, const struct key *machine_key,
	struct arena *mem, struct noise_session *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT id, machine_key, capver, address, hash, started_at, "
		"ended_at, reason FROM noise_session WHERE machine_key = ?1 "
		"ORDER BY ended_at IS NOT NULL, id DESC LIMIT 1");

	stmt_blob(q, 1, machine_key, sizeof(*machine_key));
	return db_one(q, read_session, mem, out);
}

enum err
db_noise_session_end_all(
	struct db *db, int64_t now, const char *reason, int64_t *count)
{
	struct stmt *q = db_stmt(db,
		"UPDATE noise_session SET ended_at = ?1, reason = ?2 "
		"WHERE ended_at IS NULL");

	stmt_int(q, 1, now);
	stmt_text(q, 2, reason);
	return db_run_any(q, count);
}

/* The newest row stays: db_noise_session_last never goes back. */
enum err
db_noise_session_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM noise_session WHERE ended_at < ?1 "
			    "AND id < (SELECT max(id) FROM noise_session)");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}

static void
read_cut(struct stmt *q, struct arena *mem, void *row)
{
	int64_t *counts = row;

	(void)mem;
	counts[0] = col_int(q, 0);
	counts[1] = col_int(q, 1);
}

enum err
db_noise_session_cut(struct db *db, int64_t least, int64_t longest,
	int64_t most, int64_t *ended, int64_t *cut)
{
	struct stmt *q = db_stmt(db,
		"SELECT count(*), coalesce(sum(ended_at - started_at BETWEEN "
		"?1 AND ?2), 0) FROM (SELECT started_at, ended_at FROM "
		"noise_session WHERE ended_at IS NOT NULL "
		"ORDER BY ended_at DESC LIMIT ?3)");
	int64_t counts[2] = { 0, 0 };
	enum err e;

	stmt_int(q, 1, least);
	stmt_int(q, 2, longest);
	stmt_int(q, 3, most);
	e = db_one(q, read_cut, NULL, counts);
	*ended = counts[0];
	*cut = counts[1];
	return e;
}
