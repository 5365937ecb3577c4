#include "db/user.h"

/* The order here is the order in read_user. */
#define USER_COLUMNS "id, name, display_name, email, picture_url, created_at"

static void
read_user(struct stmt *q, struct arena *mem, void *row)
{
	struct user *u = row;

	u->id = col_int(q, 0);
	u->name = col_text(q, 1, mem);
	u->display_name = col_text(q, 2, mem);
	u->email = col_text(q, 3, mem);
	u->picture_url = col_text(q, 4, mem);
	u->created_at = col_int(q, 5);
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

enum err
db_user_add(struct db *db, const struct user *u, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO user (name, display_name, email, picture_url, "
		"created_at) VALUES (?1, ?2, ?3, ?4, ?5)");

	stmt_text(q, 1, u->name);
	stmt_text(q, 2, or_empty(u->display_name));
	stmt_text(q, 3, or_empty(u->email));
	stmt_text(q, 4, or_empty(u->picture_url));
	stmt_int(q, 5, u->created_at);
	return db_insert(q, id);
}

enum err
db_user_rename(struct db *db, int64_t id, const char *name)
{
	struct stmt *q = db_stmt(db, "UPDATE user SET name = ?2 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_text(q, 2, name);
	return db_run(q);
}

enum err
db_user_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM user WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_user_by_id(struct db *db, int64_t id, struct arena *mem, struct user *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " USER_COLUMNS " FROM user WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_user, mem, out);
}

enum err
db_user_by_name(
	struct db *db, const char *name, struct arena *mem, struct user *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " USER_COLUMNS " FROM user WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_user, mem, out);
}

enum err
db_users(struct db *db, struct arena *mem, struct user **users, size_t *count)
{
	return db_all(
		db_stmt(db, "SELECT " USER_COLUMNS " FROM user ORDER BY id"),
		read_user, mem, sizeof(**users), users, count);
}

enum err
db_user_node_count(struct db *db, int64_t id, int64_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT count(*) FROM node WHERE user_id = ?1");

	stmt_int(q, 1, id);
	return db_number(q, count);
}
