/*
 * noise_session.h: established Noise sessions, table `noise_session`, so that
 * handlers, pages and the audit log can name them.  Written behind by the
 * worker; never holds a transport key.
 */
#ifndef DB_NOISE_SESSION_H
#define DB_NOISE_SESSION_H

#include "db/db.h"
#include "proto/key.h"

struct noise_session {
	int64_t id;
	struct key machine_key;
	int64_t capver;
	const char *address;
	uint8_t hash[8];              /* of BLAKE2b(handshake hash) */
	int64_t started_at, ended_at; /* 0: still open */
	const char *reason;
};

enum err db_noise_session_add(struct db *db, const struct noise_session *s);
enum err db_noise_session_end(
	struct db *db, int64_t id, int64_t now, const char *reason);
/* The greatest id ever given, 0 if none. */
enum err db_noise_session_last(struct db *db, int64_t *id);
/* The newest of that machine, an open one before others; ERR_NOT_FOUND. */
enum err db_noise_session_newest(struct db *db, const struct key *machine_key,
	struct arena *mem, struct noise_session *out);
/* Closes what an earlier worker left open. */
enum err db_noise_session_end_all(
	struct db *db, int64_t now, const char *reason, int64_t *count);
/* Of the newest `most` that ended: how many, and how many of them lasted from
 * `least` to `longest` seconds. */
enum err db_noise_session_cut(struct db *db, int64_t least, int64_t longest,
	int64_t most, int64_t *ended, int64_t *cut);
enum err db_noise_session_prune(struct db *db, int64_t before, int64_t *gone);

#endif
