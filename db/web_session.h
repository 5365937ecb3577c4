/*
 * web_session.h: browsers that are signed in, table `web_session`.
 *
 * The cookie's value is kept only as a keyed hash.  A session that ends is a
 * row that is deleted; a trigger tells the change log, so that the worker ends
 * the event streams of that browser.
 */
#ifndef DB_WEB_SESSION_H
#define DB_WEB_SESSION_H

#include "db/db.h"

enum {
	SESSION_HASH_SIZE = 32,
	SESSION_AGENT_MAX = 256,          /* bytes kept of the user agent */
	SESSION_IDLE_SECONDS = 12 * 3600, /* since it was used last … */
	SESSION_LIFE_SECONDS = 7 * 86400, /* … and since it began */
	SESSIONS_MAX = 50, /* of one user; the oldest ends for a new one */
};

struct web_session {
	int64_t id;
	uint8_t hash[SESSION_HASH_SIZE];
	uint8_t pre_hash[SESSION_HASH_SIZE]; /* zero: none */
	int64_t user_id;
	const char *address, *agent;
	int64_t started_at, used_at;
	int64_t fresh_at;    /* the last proof of who it is */
	int64_t identity_id; /* by which a provider vouched; 0: otherwise */
};

/* All but id; ends the user's oldest sessions past SESSIONS_MAX. */
enum err db_web_session_add(
	struct db *db, const struct web_session *s, int64_t *id);
/* The row of that cookie, unless its time is over at `now`: ERR_NOT_FOUND. */
enum err db_web_session_by_hash(struct db *db,
	const uint8_t hash[SESSION_HASH_SIZE], int64_t now, struct arena *mem,
	struct web_session *out);
enum err db_web_session_by_id(struct db *db, int64_t id, int64_t now,
	struct arena *mem, struct web_session *out);
/* Those of one user whose time is not over, newest use first. */
enum err db_web_sessions(struct db *db, int64_t user_id, int64_t now,
	struct arena *mem, struct web_session **rows, size_t *count);
/* Whether that session lives and its user is active and has that role. */
enum err db_web_session_acts(
	struct db *db, int64_t id, int64_t now, const char *role, bool *acts);
enum err db_web_session_used(struct db *db, int64_t id, int64_t now);
/* Another cookie for the same session: the one before opens nothing. */
enum err db_web_session_rehash(
	struct db *db, int64_t id, const uint8_t hash[SESSION_HASH_SIZE]);
enum err db_web_session_fresh(struct db *db, int64_t id, int64_t now);
/* With those that the same form of sign-in began. */
enum err db_web_session_end(struct db *db, int64_t id);
/* All of a user but one (0: all); how many. */
enum err db_web_sessions_end(
	struct db *db, int64_t user_id, int64_t but, int64_t *gone);
/* All that a provider vouched for by that identity. */
enum err db_web_sessions_end_of(struct db *db, int64_t identity_id);
/* They go on, but nobody vouches for them any more. */
enum err db_web_sessions_unvouch(struct db *db, int64_t identity_id);
/* Those whose time is over. */
enum err db_web_session_prune(struct db *db, int64_t now, int64_t *gone);

#endif
