#include "db/login.h"

static void
read_login(struct stmt *q, struct arena *mem, void *row)
{
	struct login *l = row;

	l->user_id = col_int(q, 0);
	l->password = col_text(q, 1, mem);
	l->set_at = col_int(q, 2);
	l->signed_in_at = col_int(q, 3);
}

enum err
db_login_by_user(
	struct db *db, int64_t user_id, struct arena *mem, struct login *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT user_id, password, set_at, signed_in_at FROM login "
		"WHERE user_id = ?1");

	stmt_int(q, 1, user_id);
	return db_one(q, read_login, mem, out);
}

enum err
db_login_set_password(
	struct db *db, int64_t user_id, const char *password, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO login (user_id, password, set_at) "
		"VALUES (?1, ?2, ?3) ON CONFLICT (user_id) DO UPDATE SET "
		"password = excluded.password, set_at = excluded.set_at");

	stmt_int(q, 1, user_id);
	stmt_text(q, 2, password);
	stmt_int(q, 3, now);
	return db_run(q);
}

enum err
db_login_signed_in(struct db *db, int64_t user_id, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO login (user_id, signed_in_at) VALUES (?1, ?2) "
		"ON CONFLICT (user_id) DO UPDATE SET "
		"signed_in_at = excluded.signed_in_at");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, now);
	return db_run(q);
}
