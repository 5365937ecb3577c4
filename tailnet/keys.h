/*
 * keys.h: making, finding and ending preauth keys.
 */
#ifndef TAILNET_KEYS_H
#define TAILNET_KEYS_H

#include "db/preauth_key.h"
#include "tailnet/people.h"
#include "tailnet/seal.h"

enum {
	PREAUTH_PREFIX_LEN = 12,
	PREAUTH_SECRET_LEN = 64,
	TAGS_MAX = 16,                /* on a key or a node */
	PREAUTH_DESCRIPTION_MAX = 50, /* characters */
};

/* "tag:" + letter + letters, digits, '-'; lower case. */
bool tag_is_valid(const char *tag);
/* Each valid, sorted, no doubles, at most TAGS_MAX, as JSON text.
 * ERR_BAD_TAG, ERR_TOO_BIG. */
enum err tags_normal(struct arena *mem, const char *const *tags, size_t count,
	const char **json);

/*
 * `k` gives user_id, reusable, ephemeral, tags (JSON, normal), expires_at,
 * description, unapproved.  *text is the whole key, shown this once.
 * ERR_NO_OWNER, ERR_TAG_UNKNOWN, ERR_NOT_FOUND (user), ERR_DENIED (not a user
 * that `a` may own as), ERR_TOO_BIG (description).
 */
enum err tailnet_preauth_key_add(struct db *db, const struct secret *pepper,
	const struct preauth_key *k, const struct actor *a, int64_t now,
	struct arena *mem, int64_t *id, const char **text);

/* The row of a whole key, whatever its state.  ERR_KEY_UNKNOWN, in the same
 * time for an unknown prefix and a wrong secret. */
enum err tailnet_preauth_key_find(struct db *db, const struct secret *pepper,
	const char *text, struct arena *mem, struct preauth_key *out);
/* ERR_KEY_EXPIRED, ERR_KEY_USED, ERR_KEY_REVOKED, or OK. */
enum err preauth_key_usable(const struct preauth_key *k, int64_t now);

enum err tailnet_preauth_key_revoke(
	struct db *db, int64_t id, const char *actor, int64_t now);
/* Nodes that came with it stay; ephemeral ones stay ephemeral. */
enum err tailnet_preauth_key_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

#endif
