/*
 * key.h: the 32-byte keys of the protocol, and their text forms.
 *
 * Machine, node and disco keys are X25519 public keys; each kind has a prefix
 * of its own ("nodekey:" and 64 hex digits).  A key of zeros stands for "none".
 */
#ifndef PROTO_KEY_H
#define PROTO_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	KEY_SIZE = 32,
	KEY_TEXT_SIZE = sizeof("discokey:") + 2 * KEY_SIZE,
	KEY_SHORT_SIZE = sizeof("[AbCdE]"),
};

enum key_kind {
	KEY_MACHINE,   /* mkey: also the server's own Noise key */
	KEY_NODE,      /* nodekey: */
	KEY_DISCO,     /* discokey: */
	KEY_PRIVATE,   /* privkey: of a machine, node or server, in files */
	KEY_LOCK,      /* nlpub: tailnet lock; read as tlpub: too */
	KEY_CHALLENGE, /* chalpub: of the early payload */
};

struct key {
	uint8_t bytes[KEY_SIZE];
};

/* The whole text must be the prefix and 64 hex digits of either case. */
enum err key_parse(enum key_kind kind, const char *s, struct key *out);
void key_print(
	enum key_kind kind, const struct key *k, char out[KEY_TEXT_SIZE]);
char *key_text(struct arena *mem, enum key_kind kind, const struct key *k);
/* "[AbCdE]" for logs and pages; "" for zeros. */
void key_short(const struct key *k, char out[KEY_SHORT_SIZE]);

bool key_is_zero(const struct key *k);
/* Takes the same time wherever they differ. */
bool key_equal(const struct key *a, const struct key *b);

/* A fresh X25519 pair; ERR_CRYPTO if the random source fails. */
enum err key_new(struct key *private_key, struct key *public_key);
enum err key_public(const struct key *private_key, struct key *public_key);
/* ERR_CRYPTO for public keys of low order, which would make the secret zero. */
enum err key_shared(const struct key *private_key, const struct key *public_key,
	struct key *secret);
void key_wipe(struct key *k);

#endif
