/*
 * seal.h: the instance's two secrets on disk, and what they protect.
 *
 * HOME/keys/seal (0600, 32 random bytes) seals the private halves of
 * server_key; HOME/keys/pepper (0600, 32 bytes) keys the hashes of preauth
 * keys, auth ids and tokens, so that a stolen database opens nothing.  `cairn
 * init` makes both; losing them loses the Noise key, so backups carry them.
 */
#ifndef TAILNET_SEAL_H
#define TAILNET_SEAL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proto/key.h"

enum {
	SECRET_SIZE = 32,
};

struct secret {
	uint8_t bytes[SECRET_SIZE];
};

/* Makes HOME/keys (0700) and the named file ("seal", "pepper") if missing:
 * written whole, fsynced, renamed. */
enum err secret_make(const char *home, const char *name);
/* ERR_NOT_FOUND, ERR_IO; ERR_CRYPTO when the file has another size. */
enum err secret_read(const char *home, const char *name, struct secret *out);
void secret_wipe(struct secret *s);

/* A secret for one purpose, from which the one it is made of cannot be told.
 * Handlers hold that of "pages" and not the seal: it opens what they sealed
 * themselves, and no private key of the server. */
void secret_derive(
	const struct secret *from, const char *purpose, struct secret *out);

/* XSalsa20-Poly1305 with a random nonce in front. */
struct bytes seal_bytes(
	struct arena *mem, const struct secret *seal, struct bytes plain);
/* ERR_CRYPTO: it was not sealed with this, or was changed since. */
enum err unseal_bytes(const struct secret *seal, struct bytes sealed,
	struct arena *mem, struct bytes *plain);
/* The same of a key. */
struct bytes seal_close(struct arena *mem, const struct secret *seal,
	const struct key *private);
enum err seal_open(
	const struct secret *seal, struct bytes sealed, struct key *private);

/* The same of a text: what a provider must not be asked for without. */
struct bytes seal_text_close(
	struct arena *mem, const struct secret *seal, const char *text);
/* ERR_CRYPTO also for a key that was sealed. */
enum err seal_text_open(const struct secret *seal, struct bytes sealed,
	struct arena *mem, const char **text);

/* BLAKE2b-256 keyed with the pepper over `text`. */
void pepper_hash(
	const struct secret *pepper, const char *text, uint8_t out[32]);

#endif
