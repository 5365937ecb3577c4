#include "db/user.h"

#include <string.h>

static const char *const roles[] = {
#define X(name, word) [ROLE_##name] = word,
	ROLE_TABLE(X)
#undef X
};

static const char *const statuses[] = {
#define X(name, word) [USER_##name] = word,
	USER_STATUS_TABLE(X)
#undef X
};

const char *
role_word(enum role role)
{
	return role < ROLES ? roles[role] : "";
}

enum role
role_of(const char *word)
{
	enum role role = 0;

	while (role < ROLES && strcmp(roles[role], word) != 0)
		role++;
	return role;
}

const char *
user_status_word(enum user_status status)
{
	return status < USER_STATUSES ? statuses[status] : "";
}

enum user_status
user_status_of(const char *word)
{
	enum user_status status = 0;

	while (status < USER_STATUSES && strcmp(statuses[status], word) != 0)
		status++;
	return status;
}

/* The order here is the order in read_user. */
#define USER_COLUMNS                                                             \
	"id, name, display_name, email, picture_url, created_at, role, status, " \
	"groups"

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
	u->role = role_of(col_text(q, 6, mem));
	u->status = user_status_of(col_text(q, 7, mem));
	u->groups = col_text(q, 8, mem);
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
		"created_at, role, status) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

	stmt_text(q, 1, u->name);
	stmt_text(q, 2, or_empty(u->display_name));
	stmt_text(q, 3, or_empty(u->email));
	stmt_text(q, 4, or_empty(u->picture_url));
	stmt_int(q, 5, u->created_at);
	stmt_text(q, 6, role_word(u->role));
	stmt_text(q, 7, user_status_word(u->status));
	return db_insert(q, id);
}

enum err
db_user_update(struct db *db, const struct user *u)
{
	struct stmt *q = db_stmt(db,
		"UPDATE user SET name = ?2, display_name = ?3, email = ?4, "
		"role = ?5, status = ?6 WHERE id = ?1");

	stmt_int(q, 1, u->id);
	stmt_text(q, 2, u->name);
	stmt_text(q, 3, or_empty(u->display_name));
	stmt_text(q, 4, or_empty(u->email));
	stmt_text(q, 5, role_word(u->role));
	stmt_text(q, 6, user_status_word(u->status));
	return db_run(q);
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
db_user_set_groups(struct db *db, int64_t id, const char *groups)
{
	struct stmt *q = db_stmt(db, "UPDATE user SET groups = ?2 "
				     "WHERE id = ?1 AND groups <> ?2");

	stmt_int(q, 1, id);
	stmt_text(q, 2, groups);
	return db_run_any(q, NULL);
}

enum err
db_user_set_picture(struct db *db, int64_t id, const char *url)
{
	struct stmt *q = db_stmt(db, "UPDATE user SET picture_url = ?2 "
				     "WHERE id = ?1 AND picture_url <> ?2");

	stmt_int(q, 1, id);
	stmt_text(q, 2, url);
	return db_run_any(q, NULL);
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

enum err
db_user_by_email(
	struct db *db, const char *email, struct arena *mem, struct user *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " USER_COLUMNS " FROM user WHERE email <> '' "
		"AND email = ?1 COLLATE NOCASE "
		"AND 1 = (SELECT count(*) FROM user "
		"WHERE email = ?1 COLLATE NOCASE)");

	stmt_text(q, 1, email);
	return db_one(q, read_user, mem, out);
}

static enum err
is_anothers(struct stmt *q, int64_t but, const char *text, bool *found)
{
	int64_t n = 0;
	enum err e;

	stmt_int(q, 1, but);
	stmt_text(q, 2, text);
	e = db_number(q, &n);
	if (!e)
		*found = n != 0;
	return e;
}

enum err
db_user_email_is_anothers(
	struct db *db, int64_t but, const char *text, bool *found)
{
	return is_anothers(db_stmt(db, "SELECT EXISTS (SELECT 1 FROM user "
				       "WHERE email <> '' AND id <> ?1 "
				       "AND email = ?2 COLLATE NOCASE)"),
		but, text, found);
}

enum err
db_user_word_is_anothers(
	struct db *db, int64_t but, const char *text, bool *found)
{
	return is_anothers(
		db_stmt(db, "SELECT EXISTS (SELECT 1 FROM user "
			    "WHERE ?2 <> '' AND id <> ?1 "
			    "AND (email = ?2 COLLATE NOCASE OR name = ?2))"),
		but, text, found);
}

enum err
db_user_owners(struct db *db, int64_t *count)
{
	return db_number(
		db_stmt(db, "SELECT count(*) FROM user WHERE role = 'owner' "
			    "AND status = 'active'"),
		count);
}

enum err
db_user_first_owner(struct db *db, struct arena *mem, struct user *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " USER_COLUMNS " FROM user WHERE role = 'owner' "
		"ORDER BY status <> 'active', id LIMIT 1");

	return db_one(q, read_user, mem, out);
}
