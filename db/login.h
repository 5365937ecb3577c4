/*
 * login.h: how users sign in, table `login`.  Beside `user`, without triggers:
 * that somebody signed in concerns no machine.
 */
#ifndef DB_LOGIN_H
#define DB_LOGIN_H

#include "db/db.h"

struct login {
	int64_t user_id;
	const char *password;         /* Argon2id text; "" opens nothing */
	int64_t set_at, signed_in_at; /* 0: never */
};

/* ERR_NOT_FOUND for who never had a password. */
enum err db_login_by_user(
	struct db *db, int64_t user_id, struct arena *mem, struct login *out);
enum err db_login_set_password(
	struct db *db, int64_t user_id, const char *password, int64_t now);
enum err db_login_signed_in(struct db *db, int64_t user_id, int64_t now);

#endif
