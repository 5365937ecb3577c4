/*
 * server_key.h: the server's own Noise and DERP keys, table `server_key`.
 *
 * The public half is in clear; the private half is sealed (tailnet/seal.h).
 * The Noise key is permanent: running clients keep its public half for the life
 * of their process (spec/protocol.md 1).
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
};

enum err db_server_key_add(struct db *db, const struct server_key *k);
/* The one that is not retired; ERR_NOT_FOUND. */
enum err db_server_key(struct db *db, const char *kind, struct arena *mem,
	struct server_key *out);

/* When the first of all was made, which is when the instance was. */
enum err db_server_key_first(struct db *db, int64_t *at);

#endif
