#include "fcgi/oidc_ask.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "proto/claims.h"
#include "proto/jwt.h"
#include "tailnet/secrets.h"

enum err
oidc_ask_begin(struct request *r, struct provider *p, struct oidc_ask *out)
{
	int64_t half = r->settings ? r->settings->fcgi_children / 2 : 1;

	*out = (struct oidc_ask){ .r = r,
		.p = p,
		.place = -1,
		.until_ms = clock_now_ms() + OIDC_MS };
	if (r->group == GROUP_JOBS) /* its child is there to wait */
		return ERR_OK;
	return guess_go_outside(r->guess, half > 1 ? half : 1, &out->place);
}

void
oidc_ask_end(struct oidc_ask *a)
{
	guess_come_back(a->r->guess, a->place);
	a->place = -1;
}

static bool
refuse(struct oidc_ask *a, enum oidc_refusal refusal, const char *why)
{
	a->refusal = refusal;
	a->why = why;
	return false;
}

/* ---- one document ---- */

static bool
fetch_one(struct oidc_ask *a, struct fetch *f, struct fetched *got)
{
	a->away = provider_fetch(f, a->until_ms, a->r->mem, got);
	return !a->away;
}

/* ---- discovery ---- */

static enum err
note_discovery(struct oidc_ask *a, const char *text)
{
	struct request *r = a->r;
	enum err e = db_begin(r->db);

	if (!e)
		e = db_provider_discovered(
			r->db, a->p->id, text, a->away ? a->away : "", r->now);
	return db_end(r->db, e);
}

bool
oidc_ask_kept(struct oidc_ask *a)
{
	if (discovery_kept(a->p->discovery, a->r->mem, &a->d) == ERR_OK)
		return true;
	a->away = *a->p->error ? a->p->error : "it was never read";
	return false;
}

bool
oidc_ask_discovery(struct oidc_ask *a)
{
	struct provider *p = a->p;
	int64_t now = a->r->now;

	if (now - p->discovery_at < OIDC_FRESH_SECONDS && !*p->error)
		return oidc_ask_kept(a);
	if (*p->error && now - p->tried_at < OIDC_PAUSE_SECONDS) {
		a->away = p->error;
		return false;
	}
	a->away = provider_ask_discovery(
		p->issuer, a->until_ms, a->r->mem, &a->d);
	p->error = a->away ? a->away : "";
	p->tried_at = now;
	if (!a->away) {
		p->discovery = discovery_print(a->r->mem, &a->d);
		p->discovery_at = now;
	}
	if (note_discovery(a, a->away ? NULL : p->discovery) && !a->away)
		a->away = "what it says of itself could not be stored";
	return !a->away;
}

/* ---- keys ---- */

bool
oidc_ask_keys(struct oidc_ask *a)
{
	struct request *r = a->r;
	const char *keys = NULL;
	enum err e;

	a->away = provider_ask_keys(&a->d, a->until_ms, r->mem, &keys);
	a->p->keys_tried_at = r->now;
	if (keys) {
		a->p->keys = keys;
		a->p->keys_at = r->now;
	}
	e = db_begin(r->db);
	if (!e)
		e = db_provider_keys(r->db, a->p->id, keys, r->now);
	if (db_end(r->db, e) && !a->away)
		a->away = "its keys could not be stored";
	return !a->away;
}

static bool
may_ask_keys(const struct oidc_ask *a)
{
	return a->r->now - a->p->keys_tried_at >= OIDC_PAUSE_SECONDS;
}

/* Old keys are asked for anew; while that fails, they do for a day. */
static bool
have_keys(struct oidc_ask *a)
{
	int64_t age = a->r->now - a->p->keys_at;

	if (*a->p->keys && age < OIDC_KEYS_SECONDS)
		return true;
	if (may_ask_keys(a) && oidc_ask_keys(a))
		return true;
	if (!*a->p->keys || age >= OIDC_KEYS_OLD_SECONDS) {
		a->away = a->away ? a->away : "its keys could not be read";
		return false;
	}
	a->away = NULL;
	return true;
}

/* ---- tokens ---- */

static enum err
open_secret(struct oidc_ask *a, const char **secret)
{
	struct secret seal;
	enum err e;

	*secret = "";
	if (!a->p->secret.len)
		return ERR_OK;
	e = secret_current(a->r->db, a->r->home, "seal", &seal);
	if (!e)
		e = seal_text_open(&seal, a->p->secret, a->r->mem, secret);
	secret_wipe(&seal);
	return e;
}

/* RFC 6749 2.3.1: both are encoded first. */
static const char *
basic(struct arena *mem, const char *id, const char *secret)
{
	const char *both = arena_printf(mem, "%s:%s", text_url_encode(mem, id),
		text_url_encode(mem, secret));

	return arena_printf(mem, "Authorization: Basic %s",
		text_base64(mem, both, strlen(both)));
}

static void
say_who_we_are(struct oidc_ask *a, const char *form, const char *secret,
	struct fetch *f)
{
	const struct json_texts *methods = &a->d.auth_methods;
	struct arena *mem = a->r->mem;
	bool by_form = methods->count &&
		       !list_has(methods, "client_secret_basic") &&
		       list_has(methods, "client_secret_post");

	f->post = arena_printf(mem, "%s&client_id=%s", form,
		text_url_encode(mem, a->p->client_id));
	if (*secret && by_form)
		f->post = arena_printf(mem, "%s&client_secret=%s", f->post,
			text_url_encode(mem, secret));
	else if (*secret)
		f->header = basic(mem, a->p->client_id, secret);
}

/* What a token's address says no with, for people. */
static const char *
error_words(struct arena *mem, const char *error)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	return arena_printf(mem, "The provider refused the code (%s).",
		*error && strspn(error, letters) == strlen(error)
			? error
			: "without a reason");
}

bool
oidc_ask_tokens(struct oidc_ask *a, const char *form, struct oidc_tokens *out)
{
	struct fetch f = { .url = a->d.token, .any_status = true };
	struct fetched got;
	const char *secret;

	if (open_secret(a, &secret)) {
		a->away = "the client's secret cannot be opened: enter it "
			  "again in the settings";
		return false;
	}
	say_who_we_are(a, form, secret, &f);
	if (!fetch_one(a, &f, &got))
		return false;
	if (oidc_tokens_read(got.body, a->r->mem, out) ||
		(got.status != 200 && !*out->error)) {
		a->away = arena_printf(a->r->mem,
			"its token_endpoint answers %d and no tokens",
			got.status);
		return false;
	}
	if (got.status != 200 || *out->error)
		return refuse(a, OIDC_REFUSED_TOKEN,
			error_words(a->r->mem, out->error));
	return true;
}

static enum jwt_fault
verify(struct oidc_ask *a, const char *token, const char **payload)
{
	enum jwt_fault fault =
		jwt_verify(token, a->p->keys, a->r->mem, payload);

	/* The provider has new keys; or somebody makes names up. */
	if (fault == JWT_NO_KEY && may_ask_keys(a) && oidc_ask_keys(a))
		fault = jwt_verify(token, a->p->keys, a->r->mem, payload);
	return fault;
}

bool
oidc_ask_verify(struct oidc_ask *a, const char *token,
	const struct id_token_ask *want, struct id_token *out)
{
	struct arena *mem = a->r->mem;
	const char *payload = NULL, *why = NULL;
	enum id_token_fault fault;
	enum jwt_fault jwt;

	if (!have_keys(a))
		return false;
	jwt = verify(a, token, &payload);
	if (a->away)
		return false;
	if (jwt)
		return refuse(a, OIDC_REFUSED_TOKEN,
			arena_printf(mem, "The ID token is not taken: %s.",
				jwt_fault_words(jwt)));
	fault = id_token_take(payload, want, mem, out, &why);
	if (fault)
		return refuse(a,
			fault == ID_TOKEN_EXPIRED ? OIDC_REFUSED_EXPIRED
						  : OIDC_REFUSED_TOKEN,
			arena_printf(
				mem, "The ID token is not taken: %s.", why));
	return true;
}

/* ---- who it is ---- */

static bool
ask_userinfo(struct oidc_ask *a, const struct id_token *t, const char *access,
	const char **json)
{
	struct fetch f = { .url = a->d.userinfo,
		.header = arena_printf(
			a->r->mem, "Authorization: Bearer %s", access) };
	struct fetched got;

	if (!fetch_one(a, &f, &got))
		return false;
	*json = arena_printf(a->r->mem, "%.*s", (int)got.body.len,
		(const char *)got.body.at);
	if (!text_is_utf8(got.body.at, got.body.len) ||
		!claims_are_good(a->r->mem, *json)) {
		a->away = "its userinfo is no JSON object that can be read";
		return false;
	}
	if (strcmp(claim_text(a->r->mem, *json, "sub"), t->sub) != 0)
		return refuse(a, OIDC_REFUSED_TOKEN,
			"The provider's userinfo is of another person (sub).");
	return true;
}

/* An access token goes into a header: what RFC 6750 2.1 lets it be. */
static bool
is_bearer(const char *access)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~+/=";

	return *access && strspn(access, letters) == strlen(access);
}

bool
oidc_ask_person(struct oidc_ask *a, const struct id_token *t,
	const char *access, struct oidc_person *out)
{
	const char *userinfo = NULL;

	if (a->d.userinfo && is_bearer(access) &&
		oidc_wants_userinfo(a->p, t, a->r->mem) &&
		!ask_userinfo(a, t, access, &userinfo))
		return false;
	oidc_person_read(a->p, t, userinfo, a->r->mem, out);
	return true;
}

const char *
oidc_refresh_of(const struct provider *p, const struct oidc_tokens *t)
{
	return oidc_wants_refresh(p) ? t->refresh : "";
}
