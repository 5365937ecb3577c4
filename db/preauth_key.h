/*
 * preauth_key.h: keys that let machines in, table `preauth_key`.
 *
 * "hskey-auth-" + 12 characters (prefix, public, unique) + "-" + 64 (secret).
 * Only a keyed hash of the secret is kept.
 */
#ifndef DB_PREAUTH_KEY_H
#define DB_PREAUTH_KEY_H

#include "db/db.h"

enum {
	PREAUTH_HASH_SIZE = 32,
};

struct preauth_key {
	int64_t id;
	const char *prefix;
	uint8_t hash[PREAUTH_HASH_SIZE];
	int64_t user_id; /* 0: none, then it has tags */
	bool reusable, ephemeral;
	const char *tags; /* JSON list */
	int64_t created_at;
	int64_t expires_at, revoked_at, used_at, last_used_at; /* 0: never */
	const char *description;                               /* "" if none */
	bool unapproved;     /* what it lets in waits for an admin */
	const char *made_by; /* actor */
	int64_t uses;
};

enum err db_preauth_key_add(
	struct db *db, const struct preauth_key *k, int64_t *id);
enum err db_preauth_key_by_id(
	struct db *db, int64_t id, struct arena *mem, struct preauth_key *out);
enum err db_preauth_key_by_prefix(struct db *db, const char *prefix,
	struct arena *mem, struct preauth_key *out);
/* By id. */
enum err db_preauth_keys(struct db *db, struct arena *mem,
	struct preauth_key **keys, size_t *count);
/* Compare and swap: ERR_NOT_FOUND unless the key is usable at `now` (not
 * revoked, not expired, reusable or never used).  Sets used_at once. */
enum err db_preauth_key_use(struct db *db, int64_t id, int64_t now);
enum err db_preauth_key_revoke(struct db *db, int64_t id, int64_t now);
enum err db_preauth_key_delete(struct db *db, int64_t id);
/* Keys that are spent, revoked or expired since before `before`. */
enum err db_preauth_key_prune(struct db *db, int64_t before, int64_t *gone);

#endif
