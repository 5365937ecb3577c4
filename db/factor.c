#include "db/factor.h"

static void
read_factor(struct stmt *q, struct arena *mem, void *row)
{
	struct factor *f = row;

	f->user_id = col_int(q, 0);
	f->secret = col_blob(q, 1, mem);
	f->step = col_int(q, 2);
	f->added_at = col_int(q, 3);
	f->codes = col_int(q, 4);
}

enum err
db_factor_by_user(
	struct db *db, int64_t user_id, struct arena *mem, struct factor *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT user_id, secret, step, added_at, "
			    "(SELECT count(*) FROM recovery_code r "
			    "WHERE r.user_id = f.user_id) FROM factor f "
			    "WHERE user_id = ?1");

	stmt_int(q, 1, user_id);
	return db_one(q, read_factor, mem, out);
}

static enum err
is_so(struct stmt *q, int64_t user_id, bool *so)
{
	int64_t n = 0;
	enum err e;

	stmt_int(q, 1, user_id);
	e = db_number(q, &n);
	if (!e)
		*so = n != 0;
	return e;
}

enum err
db_factor_is_there(struct db *db, int64_t user_id, bool *there)
{
	return is_so(db_stmt(db, "SELECT EXISTS "
				 "(SELECT 1 FROM factor WHERE user_id = ?1)"),
		user_id, there);
}

enum err
db_factor_is_lacking(struct db *db, int64_t user_id, bool *lacking)
{
	return is_so(db_stmt(db, "SELECT EXISTS (SELECT 1 FROM login l "
				 "WHERE user_id = ?1 AND password <> '' AND "
				 "NOT EXISTS (SELECT 1 FROM factor f "
				 "WHERE f.user_id = l.user_id))"),
		user_id, lacking);
}

enum err
db_factor_add(struct db *db, const struct factor *f)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO factor (user_id, secret, step, added_at) "
		"VALUES (?1, ?2, ?3, ?4)");

	stmt_int(q, 1, f->user_id);
	stmt_blob(q, 2, f->secret.at, f->secret.len);
	stmt_int(q, 3, f->step);
	stmt_int(q, 4, f->added_at);
	return db_run(q);
}

enum err
db_factor_use(struct db *db, int64_t user_id, int64_t step)
{
	struct stmt *q = db_stmt(db, "UPDATE factor SET step = ?2 "
				     "WHERE user_id = ?1 AND step < ?2");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, step);
	return db_run(q);
}

enum err
db_factor_delete(struct db *db, int64_t user_id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM factor WHERE user_id = ?1");

	stmt_int(q, 1, user_id);
	return db_run(q);
}

enum err
db_recovery_add(
	struct db *db, int64_t user_id, const uint8_t hash[RECOVERY_HASH_SIZE])
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO recovery_code (user_id, hash) VALUES (?1, ?2)");

	stmt_int(q, 1, user_id);
	stmt_blob(q, 2, hash, RECOVERY_HASH_SIZE);
	return db_run(q);
}

enum err
db_recovery_use(
	struct db *db, int64_t user_id, const uint8_t hash[RECOVERY_HASH_SIZE])
{
	struct stmt *q = db_stmt(db, "DELETE FROM recovery_code "
				     "WHERE user_id = ?1 AND hash = ?2");

	stmt_int(q, 1, user_id);
	stmt_blob(q, 2, hash, RECOVERY_HASH_SIZE);
	return db_run(q);
}

enum err
db_recovery_delete(struct db *db, int64_t user_id)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM recovery_code WHERE user_id = ?1");

	stmt_int(q, 1, user_id);
	return db_run_any(q, NULL);
}
