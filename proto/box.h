/*
 * box.h: the NaCl box that DERP's handshake is sealed with.
 *
 * X25519, then XSalsa20-Poly1305, by libsodium.  A box on the wire is 24 bytes
 * of nonce, 16 of authenticator, then the ciphertext.  Opening one proves that
 * whoever made it holds the private half of `theirs`.
 */
#ifndef PROTO_BOX_H
#define PROTO_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	BOX_KEY_LEN = 32,
	BOX_NONCE_LEN = 24,
	BOX_EXTRA = BOX_NONCE_LEN + 16, /* a box is this much longer */
};

/* A new private key, clamped as clients clamp theirs. */
void box_private(uint8_t private[BOX_KEY_LEN]);
void box_public(
	const uint8_t private[BOX_KEY_LEN], uint8_t public[BOX_KEY_LEN]);

/* `out` has room for len + BOX_EXTRA.  ERR_CRYPTO: `theirs` is no usable key.
 */
enum err box_seal(const uint8_t theirs[BOX_KEY_LEN],
	const uint8_t mine[BOX_KEY_LEN], const void *plain, size_t len,
	uint8_t *out);
/* `out` has room for len - BOX_EXTRA.  ERR_BAD_INPUT: too short for a box;
 * ERR_CRYPTO: not sealed with these keys. */
enum err box_open(const uint8_t theirs[BOX_KEY_LEN],
	const uint8_t mine[BOX_KEY_LEN], const uint8_t *box, size_t len,
	void *out);

#endif
