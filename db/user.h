/*
 * user.h: the people of the tailnet, table `user`.
 */
#ifndef DB_USER_H
#define DB_USER_H

#include "db/db.h"

struct user {
	int64_t id;
	const char *name; /* unique without regard to case */
	const char *display_name, *email, *picture_url; /* "" if not known */
	int64_t created_at;
};

/* All but id.  ERR_EXISTS when the name is taken. */
enum err db_user_add(struct db *db, const struct user *u, int64_t *id);
enum err db_user_rename(struct db *db, int64_t id, const char *name);
/* ERR_IN_USE while nodes name the user; its preauth keys go with it. */
enum err db_user_delete(struct db *db, int64_t id);
enum err db_user_by_id(
	struct db *db, int64_t id, struct arena *mem, struct user *out);
enum err db_user_by_name(
	struct db *db, const char *name, struct arena *mem, struct user *out);
/* By id. */
enum err db_users(
	struct db *db, struct arena *mem, struct user **users, size_t *count);
enum err db_user_node_count(struct db *db, int64_t id, int64_t *count);

#endif
