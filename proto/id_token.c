#include "proto/id_token.h"

#include <string.h>

#include "base/text.h"
#include "proto/claims.h"

/* Who it is for: us, and where it is for several, handed to us (azp). */
static bool
is_for(struct arena *mem, const char *payload, const char *client_id)
{
	struct json_texts aud = claim_texts(mem, payload, "aud");
	const char *azp = claim_text(mem, payload, "azp");
	bool found = false;

	for (size_t i = 0; i < aud.count; i++)
		found = found || strcmp(aud.at[i], client_id) == 0;
	if (*azp || claim_raw(mem, payload, "azp"))
		return found && strcmp(azp, client_id) == 0;
	return found && aud.count == 1;
}

static const char *
who_it_is_of(const char *payload, const struct id_token_ask *ask,
	const struct id_token *t, struct arena *mem)
{
	const char *nonce = claim_text(mem, payload, "nonce");

	if (strcmp(t->iss, ask->issuer) != 0)
		return "it is of another provider (iss)";
	if (!is_for(mem, payload, ask->client_id))
		return "it is for somebody else (aud, azp)";
	if (!*t->sub || strlen(t->sub) > ID_TOKEN_SUB)
		return "it does not say whose it is (sub)";
	if (ask->sub && strcmp(ask->sub, t->sub) != 0)
		return "it is of another person (sub)";
	if (ask->nonce && !text_same_secret(nonce, ask->nonce))
		return "it is of another sign-in (nonce)";
	return NULL;
}

static const char *
when_it_is_of(
	const struct id_token_ask *ask, const struct id_token *t, int64_t made)
{
	if (!t->until || !made)
		return "it does not say when it is of (exp, iat)";
	if (made > ask->now + ID_TOKEN_SKEW)
		return "it is of the future (iat): one of the two clocks is "
		       "wrong";
	if (t->auth_time > ask->now + ID_TOKEN_SKEW)
		return "its sign-in is of the future (auth_time)";
	if (ask->since && t->auth_time < ask->since - ID_TOKEN_SKEW)
		return "the provider did not ask who it is again (auth_time)";
	return NULL;
}

enum id_token_fault
id_token_take(const char *payload, const struct id_token_ask *ask,
	struct arena *mem, struct id_token *out, const char **why)
{
	struct id_token t = { .claims = payload };

	*why = "it holds no claims";
	if (!claims_are_good(mem, payload))
		return ID_TOKEN_REFUSED;
	t.iss = claim_text(mem, payload, "iss");
	t.sub = claim_text(mem, payload, "sub");
	t.until = claim_int(mem, payload, "exp");
	t.auth_time = claim_int(mem, payload, "auth_time");
	*why = who_it_is_of(payload, ask, &t, mem);
	if (!*why)
		*why = when_it_is_of(ask, &t, claim_int(mem, payload, "iat"));
	if (*why)
		return ID_TOKEN_REFUSED;
	*why = "it has expired (exp)";
	if (t.until <= ask->now - ID_TOKEN_SKEW)
		return ID_TOKEN_EXPIRED;
	*why = NULL;
	*out = t;
	return ID_TOKEN_GOOD;
}
