#include "db/ask.h"

#define COLUMNS                                                            \
	"id, node_id, kind, target, token, asked_by, asked_at, asked_ms, " \
	"due_at, state, ended_at, took_ms, answer"

static void
read_ask(struct stmt *q, struct arena *mem, void *row)
{
	struct ask_row *a = row;

	a->id = col_int(q, 0);
	a->node_id = col_int(q, 1);
	a->kind = col_text(q, 2, mem);
	a->target = col_text(q, 3, mem);
	col_key(q, 4, a->token, sizeof(a->token));
	a->asked_by = col_text(q, 5, mem);
	a->asked_at = col_int(q, 6);
	a->asked_ms = col_int(q, 7);
	a->due_at = col_int(q, 8);
	a->state = (enum ask_state)col_int(q, 9);
	a->ended_at = col_int(q, 10);
	a->took_ms = col_int(q, 11);
	a->answer = col_text(q, 12, mem);
}

enum err
db_ask_add(struct db *db, const struct ask_row *a, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO ask (node_id, kind, target, token, asked_by, "
		"asked_at, asked_ms, due_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

	stmt_int(q, 1, a->node_id);
	stmt_text(q, 2, a->kind);
	stmt_text(q, 3, a->target);
	stmt_blob(q, 4, a->token, sizeof(a->token));
	stmt_text(q, 5, a->asked_by);
	stmt_int(q, 6, a->asked_at);
	stmt_int(q, 7, a->asked_ms);
	stmt_int(q, 8, a->due_at);
	return db_insert(q, id);
}

enum err
db_ask_by_id(struct db *db, int64_t id, struct arena *mem, struct ask_row *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " COLUMNS " FROM ask WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_ask, mem, out);
}

enum err
db_asks(struct db *db, int64_t node_id, int64_t limit, struct arena *mem,
	struct ask_row **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " COLUMNS " FROM ask WHERE node_id = ?1 "
			    "ORDER BY id DESC LIMIT ?2");

	stmt_int(q, 1, node_id);
	stmt_int(q, 2, limit);
	return db_all(q, read_ask, mem, sizeof(**rows), rows, count);
}

enum err
db_asks_open(struct db *db, int64_t id, int64_t limit, struct arena *mem,
	struct ask_row **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " COLUMNS " FROM ask WHERE id > ?1 AND state = 0 "
		"ORDER BY id LIMIT ?2");

	stmt_int(q, 1, id);
	stmt_int(q, 2, limit);
	return db_all(q, read_ask, mem, sizeof(**rows), rows, count);
}

enum err
db_ask_open_count(struct db *db, int64_t node_id, int64_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT count(*) FROM ask "
				     "WHERE node_id = ?1 AND state = 0");

	stmt_int(q, 1, node_id);
	return db_number(q, count);
}

enum err
db_ask_last(struct db *db, int64_t *id)
{
	return db_number(db_stmt(db, "SELECT coalesce(max(seq), 0) "
				     "FROM sqlite_sequence WHERE name = 'ask'"),
		id);
}

enum err
db_ask_next_due(struct db *db, int64_t *at)
{
	return db_number(db_stmt(db, "SELECT coalesce(min(due_at), 0) "
				     "FROM ask WHERE state = 0"),
		at);
}

enum err
db_ask_end(struct db *db, const struct ask_row *a)
{
	struct stmt *q = db_stmt(db,
		"UPDATE ask SET state = ?2, ended_at = ?3, took_ms = ?4, "
		"answer = ?5 WHERE id = ?1 AND state = 0");

	stmt_int(q, 1, a->id);
	stmt_int(q, 2, a->state);
	stmt_int(q, 3, a->ended_at);
	stmt_int(q, 4, a->took_ms);
	stmt_text(q, 5, a->answer);
	return db_run(q);
}

enum err
db_asks_silent(struct db *db, int64_t now, int64_t *count)
{
	struct stmt *q = db_stmt(db, "UPDATE ask SET state = 3, ended_at = ?1 "
				     "WHERE state = 0 AND due_at <= ?1");

	stmt_int(q, 1, now);
	return db_run_any(q, count);
}

enum err
db_ask_trim(struct db *db, int64_t node_id, int64_t keep)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM ask WHERE node_id = ?1 AND id <= "
			    "(SELECT id FROM ask WHERE node_id = ?1 "
			    "ORDER BY id DESC LIMIT 1 OFFSET ?2)");
	int64_t gone;

	stmt_int(q, 1, node_id);
	stmt_int(q, 2, keep);
	return db_run_any(q, &gone);
}

enum err
db_ask_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db, "DELETE FROM ask WHERE asked_at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
