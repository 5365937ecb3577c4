/*
 * policy_text.h: the versions of the policy, tables `policy` and `policy_text`;
 * the newest counts.
 *
 * A text is kept once and byte for byte, under its SHA-256, whichever versions
 * have it; stored again, it mends a row that was damaged.  The newest
 * POLICY_VERSIONS_KEPT versions stay.
 */
#ifndef DB_POLICY_TEXT_H
#define DB_POLICY_TEXT_H

#include "db/db.h"

enum {
	POLICY_VERSIONS_KEPT = 200,
	POLICY_HASH_SIZE = 32,
	POLICY_HASH_TEXT = 2 * POLICY_HASH_SIZE, /* in hex, without the NUL */
	POLICY_NOTE_MAX = 200,                   /* characters */
};

struct policy_text {
	int64_t id;         /* the number of the version */
	const char *text;   /* NULL in lists; "" if its row is gone */
	const char *hash;   /* SHA-256 in hex, of what was stored then */
	const char *author; /* as audit.actor */
	const char *author_name, *via, *note; /* "" if not known */
	int64_t restored; /* the version whose text it is again, or 0 */
	int64_t added,
		removed;     /* lines, to the version before; -1: not known */
	const char *domains; /* JSON list: of logins, as they were then */
	int64_t created_at;
};

/* All but id and hash; versions past the limit go, with their texts. */
enum err db_policy_add(struct db *db, const struct policy_text *p, int64_t *id);
/* ERR_NOT_FOUND when none was ever stored: then everything is allowed. */
enum err db_policy_current(
	struct db *db, struct arena *mem, struct policy_text *out);
/* Its number and hash (hex) alone; 0 and "" when none was ever stored. */
enum err db_policy_newest(
	struct db *db, int64_t *id, char hash[POLICY_HASH_TEXT + 1]);
enum err db_policy_version(
	struct db *db, int64_t id, struct arena *mem, struct policy_text *out);
/* The newest of the versions before that one; ERR_NOT_FOUND. */
enum err db_policy_before(
	struct db *db, int64_t id, struct arena *mem, struct policy_text *out);
/* Newest first, without their texts: `limit` after the first `skip`. */
enum err db_policy_versions(struct db *db, int64_t skip, int64_t limit,
	struct arena *mem, struct policy_text **rows, size_t *count);
enum err db_policy_count(struct db *db, int64_t *count);
/* Whether the text is still the one that was stored under this hash. */
bool policy_text_is_whole(const struct policy_text *p);
/* SHA-256 in hex. */
void policy_hash(const char *text, char out[POLICY_HASH_TEXT + 1]);

#endif
