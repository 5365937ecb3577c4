/*
 * signer.h: what signs tokens as a provider does, for tests.  What cannot be
 * done fails the test program.
 */
#ifndef TESTS_LIB_SIGNER_H
#define TESTS_LIB_SIGNER_H

#include <stdbool.h>

#include "base/arena.h"

struct signer;

/* "RS256", "ES256" and the like; a key named `kid`. */
struct signer *signer_new(const char *alg, const char *kid);
/* The same with an RSA key of that many bits. */
struct signer *signer_new_bits(const char *alg, const char *kid, int bits);
void signer_free(struct signer *s);
/* {"kty":…}: its public half. */
const char *signer_jwk(struct signer *s, struct arena *mem);
/* {"keys":[…]} of one or two. */
const char *signer_jwks(struct signer *a, struct signer *b, struct arena *mem);
const char *signer_sign(
	struct signer *s, const char *payload, struct arena *mem);
/* With a header of one's own; signed by HMAC-SHA256 with that secret ("" : an
 * empty signature). */
const char *signer_forge(const char *head, const char *payload,
	const char *secret, struct arena *mem);

#endif
