/*
 * id_token.h: whether an ID token is for us, of this moment and of this sign-in
 * (OpenID Connect Core 3.1.3.7).  Its signature is jwt.h's.
 */
#ifndef PROTO_ID_TOKEN_H
#define PROTO_ID_TOKEN_H

#include "base/arena.h"

#include <stdint.h>

enum {
	ID_TOKEN_SKEW = 60, /* seconds that two clocks may differ */
	ID_TOKEN_SUB = 255, /* bytes of a sub: Core 2 */
};

struct id_token_ask {
	const char *issuer, *client_id;
	const char *nonce; /* NULL: of a refresh, which has none */
	const char *sub;   /* NULL: anybody's */
	int64_t now;
	int64_t since; /* signed in no earlier than that (auth_time); 0: ever */
};

struct id_token {
	const char *iss, *sub;
	int64_t until;      /* exp */
	int64_t auth_time;  /* 0: it does not say */
	const char *claims; /* all of it, JSON */
};

enum id_token_fault {
	ID_TOKEN_GOOD,
	ID_TOKEN_EXPIRED,
	ID_TOKEN_REFUSED,
};

/* *why: in words, for people. */
enum id_token_fault id_token_take(const char *payload,
	const struct id_token_ask *ask, struct arena *mem, struct id_token *out,
	const char **why);

#endif
