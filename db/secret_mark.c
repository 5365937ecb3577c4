#include "db/secret_mark.h"

static void
read_mark(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	col_key(q, 0, row, SECRET_MARK_SIZE);
}

enum err
db_secret_mark(struct db *db, const char *name, uint8_t out[SECRET_MARK_SIZE])
{
	struct stmt *q =
		db_stmt(db, "SELECT mark FROM secret_mark WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_mark, NULL, out);
}

enum err
db_secret_mark_put(
	struct db *db, const char *name, const uint8_t mark[SECRET_MARK_SIZE])
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO secret_mark (name, mark) VALUES (?1, ?2) "
		"ON CONFLICT (name) DO UPDATE SET mark = ?2");

	stmt_text(q, 1, name);
	stmt_blob(q, 2, mark, SECRET_MARK_SIZE);
	return db_run(q);
}
