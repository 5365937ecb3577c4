#include "tailnet/oidc.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/text.h"

/* ---- discovery ---- */

static const struct json_field discovery_fields[] = {
	JSON_FIELD(struct discovery, issuer, "issuer", KEEP_EMPTY),
	JSON_FIELD(struct discovery, authorization, "authorization_endpoint",
		KEEP_EMPTY),
	JSON_FIELD(struct discovery, token, "token_endpoint", KEEP_EMPTY),
	JSON_FIELD(struct discovery, userinfo, "userinfo_endpoint", OMIT_EMPTY),
	JSON_FIELD(struct discovery, keys, "jwks_uri", KEEP_EMPTY),
	JSON_FIELD(struct discovery, end_session, "end_session_endpoint",
		OMIT_EMPTY),
	JSON_FIELD(struct discovery, auth_methods,
		"token_endpoint_auth_methods_supported", OMIT_EMPTY),
	JSON_FIELD(struct discovery, tells_issuer,
		"authorization_response_iss_parameter_supported", OMIT_EMPTY),
};
static const struct json_table discovery_table =
	JSON_TABLE(struct discovery, discovery_fields);

static bool
is_place(const char *url, const char *issuer, struct arena *mem)
{
	return url && provider_url_is_good(url, false, mem) &&
	       (!provider_url_is_plain(url) || provider_url_is_plain(issuer));
}

const char *
discovery_read(struct bytes text, const char *issuer, struct arena *mem,
	struct discovery *out)
{
	struct discovery d = { .issuer = NULL };

	if (json_decode(text, &discovery_table, mem, &d))
		return "what it says of itself is no JSON object that can be "
		       "read";
	if (!d.issuer || strcmp(d.issuer, issuer) != 0)
		return arena_printf(mem,
			"it calls itself \"%.*s\": enter the issuer exactly so",
			PROVIDER_URL_MAX, d.issuer ? d.issuer : "");
	if (!is_place(d.authorization, issuer, mem))
		return "it has no authorization_endpoint that begins with "
		       "https://";
	if (!is_place(d.token, issuer, mem))
		return "it has no token_endpoint that begins with https://";
	if (!is_place(d.keys, issuer, mem))
		return "it has no jwks_uri that begins with https://";
	if (d.userinfo && !is_place(d.userinfo, issuer, mem))
		d.userinfo = NULL;
	if (d.end_session && !is_place(d.end_session, issuer, mem))
		d.end_session = NULL;
	*out = d;
	return NULL;
}

const char *
discovery_print(struct arena *mem, const struct discovery *d)
{
	return json_print(mem, &discovery_table, d);
}

enum err
discovery_kept(const char *text, struct arena *mem, struct discovery *out)
{
	struct discovery d = { .issuer = NULL };

	if (!*text ||
		json_decode((struct bytes){ (const void *)text, strlen(text) },
			&discovery_table, mem, &d))
		return ERR_NOT_FOUND;
	*out = d;
	return ERR_OK;
}

/* ---- a sign-in ---- */

static const char *
base64url(struct arena *mem, const uint8_t bytes[32])
{
	char *text = text_base64(mem, bytes, 32);

	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	return text;
}

static const char *
derived(struct arena *mem, const struct secret *pepper, const char *what,
	const char *state)
{
	uint8_t hash[32];

	pepper_hash(pepper, arena_printf(mem, "oidc %s %s", what, state), hash);
	return base64url(mem, hash);
}

void
oidc_state_hash(const struct secret *pepper, const char *state, uint8_t out[32])
{
	pepper_hash(pepper, state, out);
}

const char *
oidc_nonce(struct arena *mem, const struct secret *pepper, const char *state)
{
	return derived(mem, pepper, "nonce", state);
}

const char *
oidc_verifier(struct arena *mem, const struct secret *pepper, const char *state)
{
	return derived(mem, pepper, "verifier", state);
}

const char *
oidc_redirect(struct arena *mem, const struct settings *s)
{
	return arena_printf(mem, "%s/oidc/callback", s->url);
}

/* RFC 7636 4.2. */
static const char *
challenge(struct arena *mem, const char *verifier)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256((const void *)verifier, strlen(verifier), hash);
	return base64url(mem, hash);
}

bool
oidc_wants_refresh(const struct provider *p)
{
	const char *at = strstr(p->scopes, "offline_access");

	return at && (at == p->scopes || at[-1] == ' ') &&
	       (!at[14] || at[14] == ' ');
}

static const char *
with(struct arena *mem, const char *url, const char *name, const char *value)
{
	return arena_printf(mem, "%s%c%s=%s", url, strchr(url, '?') ? '&' : '?',
		name, text_url_encode(mem, value));
}

const char *
oidc_authorize_url(struct arena *mem, const struct settings *s,
	const struct secret *pepper, const struct provider *p,
	const struct discovery *d, const char *state, enum oidc_aim aim)
{
	const char *verifier = oidc_verifier(mem, pepper, state);
	const char *url = d->authorization;

	url = with(mem, url, "response_type", "code");
	url = with(mem, url, "client_id", p->client_id);
	url = with(mem, url, "redirect_uri", oidc_redirect(mem, s));
	url = with(mem, url, "scope", p->scopes);
	url = with(mem, url, "state", state);
	url = with(mem, url, "nonce", oidc_nonce(mem, pepper, state));
	url = with(mem, url, "code_challenge", challenge(mem, verifier));
	url = with(mem, url, "code_challenge_method", "S256");
	url = with(mem, url, "max_age",
		aim == OIDC_FRESH ? "0"
				  : arena_printf(mem, "%d", OIDC_MAX_AGE));
	if (aim == OIDC_FRESH)
		url = with(mem, url, "prompt", "login");
	/* Core 11: without it the scope may be left out of the answer. */
	else if (oidc_wants_refresh(p))
		url = with(mem, url, "prompt", "consent");
	return url;
}

/* No id_token_hint: ID tokens are not kept. */
const char *
oidc_end_session_url(
	struct arena *mem, const struct settings *s, const struct provider *p)
{
	struct discovery d;
	const char *url;

	if (discovery_kept(p->discovery, mem, &d) || !d.end_session ||
		!*d.end_session)
		return NULL;
	url = with(mem, d.end_session, "client_id", p->client_id);
	return with(mem, url, "post_logout_redirect_uri",
		arena_printf(mem, "%s/login", s->url));
}

static const struct json_field token_fields[] = {
	JSON_FIELD(struct oidc_tokens, id, "id_token", KEEP_EMPTY),
	JSON_FIELD(struct oidc_tokens, access, "access_token", KEEP_EMPTY),
	JSON_FIELD(struct oidc_tokens, refresh, "refresh_token", KEEP_EMPTY),
	JSON_FIELD(struct oidc_tokens, error, "error", KEEP_EMPTY),
};
static const struct json_table token_table =
	JSON_TABLE(struct oidc_tokens, token_fields);

enum err
oidc_tokens_read(struct bytes text, struct arena *mem, struct oidc_tokens *out)
{
	static const struct json_limits limits = { .depth = JSON_DEPTH_MAX,
		.tokens = JSON_TOKENS_MAX,
		.string = 20 * 1024 };
	struct oidc_tokens t = { .id = "" };
	enum err e = json_decode_within(text, &limits, &token_table, mem, &t);

	if (e)
		return e;
	*out = (struct oidc_tokens){ t.id ? t.id : "", t.access ? t.access : "",
		t.refresh ? t.refresh : "", t.error ? t.error : "" };
	return ERR_OK;
}
