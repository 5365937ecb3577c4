/*
 * fake_provider.h: an OpenID provider on a port of this machine, which says
 * what the test wants it to say: right, wrong, late, without end or nothing.
 *
 * A process of its own answers; what it says lies in memory that it shares with
 * the test.  It ends with fake_provider_free, or with the test program.
 */
#ifndef TESTS_LIB_FAKE_PROVIDER_H
#define TESTS_LIB_FAKE_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/signer.h"

enum {
	FAKE_TEXT = 8 * 1024,
	FAKE_KEYS = 2,
};

enum fake_place {
	FAKE_DISCOVERY,
	FAKE_JWKS,
	FAKE_TOKEN,
	FAKE_USERINFO,
	FAKE_PLACES,
};

enum fake_manner {
	FAKE_GOOD,
	FAKE_SLOW,     /* takes the request and never answers */
	FAKE_DRIP,     /* a byte now and then, for ever */
	FAKE_HUGE,     /* 64 MiB */
	FAKE_NOTHING,  /* hangs up */
	FAKE_NO_JSON,  /* half a document */
	FAKE_BROKEN,   /* 500 */
	FAKE_DENIES,   /* 400 {"error":"invalid_grant"} */
	FAKE_ELSEWHERE /* 302 to itself, where all would be good */
};

struct fake_says {
	enum fake_manner manner[FAKE_PLACES];
	int asked[FAKE_PLACES];
	int key; /* it signs with */
	bool shown[FAKE_KEYS];
	bool tells_issuer;
	bool ends_session;        /* it has an end_session_endpoint */
	char claims[FAKE_TEXT];   /* of the next ID token; "": none is given */
	char token[FAKE_TEXT];    /* given instead, if not "" */
	char userinfo[FAKE_TEXT]; /* "": it has none */
	char refresh[FAKE_TEXT];  /* the refresh token; "": none */
	char issuer[256];         /* that it says it is; "": its own */
	/* The last request for tokens. */
	char posted[FAKE_TEXT], authorization[FAKE_TEXT];
};

struct fake_provider {
	char issuer[64];
	int port;
	struct fake_says *says;
	int pid;
	struct signer *keys[FAKE_KEYS];
};

struct fake_provider *fake_provider_new(void);
void fake_provider_free(struct fake_provider *f);

#endif
