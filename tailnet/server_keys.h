/*
 * server_keys.h: making and opening the server's own key pairs, whose private
 * halves are sealed (db/server_key.h).
 */
#ifndef TAILNET_SERVER_KEYS_H
#define TAILNET_SERVER_KEYS_H

#include "db/server_key.h"
#include "tailnet/seal.h"

/* In the caller's transaction, which retired the one before: X25519, with its
 * audit row if `actor` is not NULL. */
enum err server_key_make(struct db *db, const struct secret *seal,
	const char *kind, const char *actor, int64_t now, struct arena *mem,
	struct key *public);

enum {
	NOISE_KEYS_MOST = 4, /* that are answered at a time */
};

struct noise_keys {
	size_t count; /* the first is the one that /key tells */
	struct {
		struct key public, private;
		int64_t until; /* answered until then; 0: no end */
	} at[NOISE_KEYS_MOST];
};
/* Those that are answered at `now`. */
enum err noise_keys_open(struct db *db, const char *home, int64_t now,
	struct arena *mem, struct noise_keys *out);
void noise_keys_wipe(struct noise_keys *k);
/* The one of the own relay. */
enum err relay_key_open(struct db *db, const char *home, struct arena *mem,
	struct key *private);

#endif
