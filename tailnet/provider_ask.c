#include "tailnet/provider_ask.h"

#include <string.h>

#include "base/clock.h"
#include "proto/jwt.h"

const char *
provider_fetch(struct fetch *f, int64_t until_ms, struct arena *mem,
	struct fetched *got)
{
	f->max = OIDC_DOC_MAX;
	f->most_ms = until_ms - clock_now_ms();
	f->private_too = true; /* an admin named it, and it stays there */
	f->stay = true;
	f->loopback_http = provider_url_is_plain(f->url);
	if (f->most_ms <= 0)
		return "it took too long";
	fetch_get(f, mem, got);
	return got->failed;
}

static const char *
discovery_url(struct arena *mem, const char *issuer)
{
	size_t len = strlen(issuer);

	while (len && issuer[len - 1] == '/')
		len--;
	return arena_printf(
		mem, "%.*s/.well-known/openid-configuration", (int)len, issuer);
}

const char *
provider_ask_discovery(const char *issuer, int64_t until_ms, struct arena *mem,
	struct discovery *out)
{
	struct fetch f = { .url = discovery_url(mem, issuer) };
	struct fetched got;
	const char *why = provider_fetch(&f, until_ms, mem, &got);

	return why ? why : discovery_read(got.body, issuer, mem, out);
}

const char *
provider_ask_keys(const struct discovery *d, int64_t until_ms,
	struct arena *mem, const char **keys)
{
	struct fetch f = { .url = d->keys };
	struct fetched got;
	const char *why = provider_fetch(&f, until_ms, mem, &got);

	if (!why && jwt_keys_read(got.body, mem, keys))
		why = "its keys are no JWKS with a key for signatures";
	return why;
}

void
provider_try(const char *issuer, int64_t most_ms, struct arena *mem,
	struct provider_trial *out)
{
	int64_t until_ms = clock_now_ms() + most_ms;
	const char *keys;

	*out = (struct provider_trial){ .keys = 0 };
	out->trouble = provider_ask_discovery(issuer, until_ms, mem, &out->d);
	if (!out->trouble)
		out->trouble = provider_ask_keys(&out->d, until_ms, mem, &keys);
	if (!out->trouble)
		out->keys = jwt_keys_count(mem, keys);
}
