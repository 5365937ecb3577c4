/*
 * user.h: what may be done to a user.  One transaction each, with audit row.
 * `actor` is who does it: "cli", "user:3".  What people with roles may do to
 * each other is people.h.
 */
#ifndef TAILNET_USER_H
#define TAILNET_USER_H

#include "db/user.h"

enum {
	USER_NAME_MIN = 2,
	USER_NAME_MAX = 63,
	DISPLAY_NAME_MAX = 64, /* characters */
	EMAIL_MAX = 254,
};

/* 2 to 63 bytes: a letter, then letters digits - . _ @ (one @ at most), not
 * "tagged-devices". */
bool user_name_is_valid(const char *name);
/* An address that mail could reach: something, one @, something. */
bool email_is_valid(const char *email);
/* Maps name a user by e-mail address, or by name: nobody looks like another.
 * `before` is the user as it was, NULL for a new one: what stays is not asked,
 * as databases of version 1 may hold one address twice.  ERR_EXISTS (the name
 * is somebody's address), ERR_EMAIL_TAKEN; inside the caller's transaction. */
enum err user_is_distinct(
	struct db *db, const struct user *before, const struct user *u);
/* ERR_LAST_OWNER when no other active owner would be left without this user;
 * inside the caller's transaction. */
enum err user_not_last_owner(struct db *db, const struct user *u);

/* ERR_BAD_NAME, ERR_EXISTS. */
enum err tailnet_user_add(struct db *db, const struct user *u,
	const char *actor, int64_t now, int64_t *id);
enum err tailnet_user_rename(struct db *db, int64_t id, const char *name,
	const char *actor, int64_t now);
/* ERR_IN_USE while the user owns nodes, ERR_LAST_OWNER. */
enum err tailnet_user_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

#endif
