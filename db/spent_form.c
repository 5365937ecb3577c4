#include "db/spent_form.h"

static void
read_spent(struct stmt *q, struct arena *mem, void *row)
{
	struct spent_form *s = row;

	s->location = col_text(q, 0, mem);
	s->flash = col_text(q, 1, mem);
	s->session = col_int(q, 2);
}

enum err
db_spent_form_add(
	struct db *db, const uint8_t hash[SPENT_HASH_SIZE], int64_t now)
{
	struct stmt *q = db_stmt(
		db, "INSERT INTO spent_form (hash, at) VALUES (?1, ?2)");

	stmt_blob(q, 1, hash, SPENT_HASH_SIZE);
	stmt_int(q, 2, now);
	return db_run(q);
}

enum err
db_spent_form_answer(struct db *db, const uint8_t hash[SPENT_HASH_SIZE],
	const struct spent_form *answer)
{
	struct stmt *q = db_stmt(db,
		"UPDATE spent_form SET location = ?2, flash = ?3, session = ?4 "
		"WHERE hash = ?1");

	stmt_blob(q, 1, hash, SPENT_HASH_SIZE);
	stmt_text(q, 2, answer->location ? answer->location : "");
	stmt_text(q, 3, answer->flash ? answer->flash : "");
	stmt_int(q, 4, answer->session);
	return db_run(q);
}

enum err
db_spent_form_find(struct db *db, const uint8_t hash[SPENT_HASH_SIZE],
	int64_t now, struct arena *mem, struct spent_form *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT location, flash, session FROM spent_form "
			    "WHERE hash = ?1 AND at > ?2");

	stmt_blob(q, 1, hash, SPENT_HASH_SIZE);
	stmt_int(q, 2, now - SPENT_SECONDS);
	return db_one(q, read_spent, mem, out);
}

enum err
db_spent_form_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db, "DELETE FROM spent_form WHERE at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
