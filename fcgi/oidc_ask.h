/*
 * oidc_ask.h: what is asked of a provider while somebody signs in.
 *
 * Whoever asks waits in a handler, which answers nobody else meanwhile: so all
 * that one request asks takes OIDC_MS at most, and no more than half of the
 * handlers wait at once (at least one may).  What was read is kept in the row
 * (db/provider.h): discovery is asked for anew after OIDC_FRESH_SECONDS, keys
 * after OIDC_KEYS_SECONDS or when a token names one that is not there, but not
 * more often than each OIDC_PAUSE_SECONDS.
 */
#ifndef FCGI_OIDC_ASK_H
#define FCGI_OIDC_ASK_H

#include "fcgi/request.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/provider_ask.h"

enum {
	OIDC_FRESH_SECONDS = 60,
	OIDC_KEYS_SECONDS = 3600,
	OIDC_PAUSE_SECONDS = 10,
	/* Keys that cannot be read anew are good for so long. */
	OIDC_KEYS_OLD_SECONDS = 86400,
};

/* One request that asks; `place` is given back by oidc_ask_end. */
struct oidc_ask {
	struct request *r;
	struct provider *p; /* brought up to what is read */
	struct discovery d;
	int place;
	int64_t until_ms;
	/* Why it went wrong: */
	const char *away;          /* the provider does not answer as one */
	enum oidc_refusal refusal; /* it does, and this is no sign-in */
	const char *why;
};

/* ERR_BUSY: too many wait already. */
enum err oidc_ask_begin(
	struct request *r, struct provider *p, struct oidc_ask *out);
void oidc_ask_end(struct oidc_ask *a);

/* Each: true, or `away` or `refusal` is set. */
bool oidc_ask_discovery(struct oidc_ask *a);
/* The one that is kept, whatever its age. */
bool oidc_ask_kept(struct oidc_ask *a);
bool oidc_ask_keys(struct oidc_ask *a);
/* `form` begins with the grant; who we are is added. */
bool oidc_ask_tokens(
	struct oidc_ask *a, const char *form, struct oidc_tokens *out);
/* The signature, then id_token.h with what `want` expects. */
bool oidc_ask_verify(struct oidc_ask *a, const char *token,
	const struct id_token_ask *want, struct id_token *out);
/* With what userinfo adds, where the token leaves something open. */
bool oidc_ask_person(struct oidc_ask *a, const struct id_token *t,
	const char *access, struct oidc_person *out);

/* The refresh token; "" where it is not wanted. */
const char *oidc_refresh_of(
	const struct provider *p, const struct oidc_tokens *t);

#endif
