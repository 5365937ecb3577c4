/*
 * user.h: what may be done to a user.  One transaction each, with audit row.
 * `actor` is who does it: "cli", "user:3".
 */
#ifndef TAILNET_USER_H
#define TAILNET_USER_H

#include "db/user.h"

/* Names: 2 to 63 bytes, begin with a letter, letters digits - . _ @ (one @ at
 * most), not "tagged-devices".  ERR_BAD_NAME, ERR_EXISTS. */
enum err tailnet_user_add(struct db *db, const struct user *u,
	const char *actor, int64_t now, int64_t *id);
enum err tailnet_user_rename(struct db *db, int64_t id, const char *name,
	const char *actor, int64_t now);
/* ERR_IN_USE while the user owns nodes. */
enum err tailnet_user_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

#endif
