/*
 * jwt.h: signed tokens (RFC 7515, 7519) and the keys that they are signed with
 * (RFC 7517).
 *
 * Only signatures by a provider's private key are taken: RS, PS and ES with 256
 * to 512 bits.  "none" and the HS family are not: with those, whoever knows the
 * public key or the client's secret could sign.  A key is used only by the
 * algorithm family that it was made for (RFC 8725 3.1).
 */
#ifndef PROTO_JWT_H
#define PROTO_JWT_H

#include "base/json.h"

enum {
	JWT_MAX = 16 * 1024,        /* bytes of a token */
	JWT_KEYS_MAX = 32,          /* of a provider; further ones are left */
	JWT_KEYS_BYTES = 64 * 1024, /* of its document */
	JWT_RSA_MIN = 2048,         /* bits: RFC 7518 3.3 */
};

enum jwt_fault {
	JWT_GOOD,
	JWT_MALFORMED, /* no token of three parts with a header */
	JWT_ALGORITHM, /* one that is not taken, or an extension (crit) */
	JWT_NO_KEY,    /* no key of that name, or for that algorithm */
	JWT_SIGNATURE, /* no key fits */
};

/* In words, for people. */
const char *jwt_fault_words(enum jwt_fault f);

/* The JWKS in our own form, without what is no public key for signatures;
 * ERR_BAD_INPUT when it is no JWKS, or none is left. */
enum err jwt_keys_read(struct bytes text, struct arena *mem, const char **keys);
/* How many there are. */
size_t jwt_keys_count(struct arena *mem, const char *keys);

/* Verifies with `keys` as jwt_keys_read had them.  *payload: the JSON that was
 * signed. */
enum jwt_fault jwt_verify(const char *token, const char *keys,
	struct arena *mem, const char **payload);

#endif
