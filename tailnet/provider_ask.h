/*
 * provider_ask.h: what a provider says of itself: its discovery and its keys,
 * asked for over the network.  Nothing is stored.
 *
 * An admin named the address, so it may be one of the own network; redirects
 * are not followed, a document has OIDC_DOC_MAX bytes at most.
 */
#ifndef TAILNET_PROVIDER_ASK_H
#define TAILNET_PROVIDER_ASK_H

#include "tailnet/fetch.h"
#include "tailnet/oidc.h"

enum {
	OIDC_MS = 8000, /* all that one asks of it at once */
};

/* One document of a provider's, until `until_ms` (clock_now_ms): NULL, or why
 * there is none.  Limits are set here, the rest of `f` is the caller's. */
const char *provider_fetch(struct fetch *f, int64_t until_ms, struct arena *mem,
	struct fetched *got);
/* NULL, or what is wrong. */
const char *provider_ask_discovery(const char *issuer, int64_t until_ms,
	struct arena *mem, struct discovery *out);
/* *keys: a JWKS with a key for signatures at least, as it is kept; as it was
 * when there is something wrong. */
const char *provider_ask_keys(const struct discovery *d, int64_t until_ms,
	struct arena *mem, const char **keys);

/* Both, one after the other, as "Test" does: what was learned of it within
 * `most_ms`. */
struct provider_trial {
	struct discovery d;  /* d.issuer NULL: it was not read */
	size_t keys;         /* for signatures */
	const char *trouble; /* NULL: it answers as it should */
};
void provider_try(const char *issuer, int64_t most_ms, struct arena *mem,
	struct provider_trial *out);

#endif
