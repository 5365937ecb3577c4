/*
 * server_key.h: the server's own Noise and DERP keys, table `server_key`.
 *
 * The public half is in clear; the private half is sealed (tailnet/seal.h).
 * Running clients keep the Noise key's public half for the life of their
 * process (docs/PROTOCOL.md), so one that is replaced may be answered a while
 * longer: until retired_at.
 */
#ifndef DB_SERVER_KEY_H
#define DB_SERVER_KEY_H

#include "db/db.h"
#include "proto/key.h"

struct server_key {
	int64_t id;
	const char *kind; /* "noise" or "derp" */
	struct key public;
	struct bytes sealed;
	int64_t created_at;
	int64_t retired_at; /* 0: it is the one */
};

enum err db_server_key_add(struct db *db, const struct server_key *k);
/* The one that is not retired; ERR_NOT_FOUND. */
enum err db_server_key(struct db *db, const char *kind, struct arena *mem,
	struct server_key *out);

/* The one, then those whose end is still to come, newest first. */
enum err db_server_keys(struct db *db, const char *kind, int64_t now,
	struct arena *mem, struct server_key **rows, size_t *count);
/* The one of that kind ends at `at`.  Of all whose end has come by `now` the
 * private half is wiped. */
enum err db_server_key_retire(
	struct db *db, const char *kind, int64_t at, int64_t now);
/* Those before the one end now. */
enum err db_server_key_end_old(
	struct db *db, const char *kind, int64_t now, int64_t *count);
/* When the first of all was made, which is when the instance was. */
enum err db_server_key_first(struct db *db, int64_t *at);

#endif
