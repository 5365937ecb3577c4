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
	TAGS_MAX = 16,                    /* on a key or a node */
	PREAUTH_DESCRIPTION_MAX = 50,     /* characters */
	PREAUTH_OWN_LIFE_MAX = 7 * 86400, /* seconds, of a key of a member */
};

/* How long a key is good that a form makes, the shortest first: also what the
 * setting key_life takes. */
#define PREAUTH_LIVES(X)             \
	X("1h", "1 hour", 3600)      \
	X("1d", "1 day", 86400)      \
	X("7d", "7 days", 604800)    \
	X("30d", "30 days", 2592000) \
	X("90d", "90 days", 7776000)

enum {
#define X(word, words, seconds) +1
	PREAUTH_LIFE_COUNT = 0 PREAUTH_LIVES(X),
#undef X
};

/* "tag:" + letter + letters, digits, '-'; lower case. */
bool tag_is_valid(const char *tag);
/* Each valid, sorted, no doubles, at most TAGS_MAX, as JSON text.
 * ERR_BAD_TAG, ERR_TOO_BIG. */
enum err tags_normal(struct arena *mem, const char *const *tags, size_t count,
	const char **json);

/*
 * An actor whose role reaches nobody else makes keys only while the setting
 * members_make_keys is on, and then for itself alone, of one use, without tags,
 * good for at most PREAUTH_OWN_LIFE_MAX, and pre-approved only where nobody
 * needs approval; else ERR_DENIED.
 *
 * `k` gives user_id, reusable, ephemeral, tags (JSON, normal), expires_at,
 * description, unapproved.  *text is the whole key, shown this once.
 * ERR_NO_OWNER, ERR_TAG_UNKNOWN, ERR_NOT_FOUND (user), ERR_DENIED (not a user
 * that `a` may own as), ERR_TOO_BIG (description).
 */
enum err tailnet_preauth_key_add(struct db *db, const struct secret *pepper,
	const struct preauth_key *k, const struct actor *a, int64_t now,
	struct arena *mem, int64_t *id, const char **text);

/* The setting key_life: how long a new key is good where nobody says otherwise.
 */
enum err preauth_key_life(
	struct db *db, struct arena *mem, const char **duration);

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
