/*
 * oidc.h: a site with a provider beside it, and a browser on its way there and
 * back.
 */
#ifndef TESTS_FCGI_OIDC_H
#define TESTS_FCGI_OIDC_H

#include "tests/fcgi/browser.h"

#include "db/identity.h"
#include "fcgi/oidc_ask.h"
#include "fcgi/oidc_page.h"
#include "tailnet/oidc_sign_in.h"
#include "tests/lib/fake_provider.h"

/* What stands in an address behind "NAME=", decoded. */
static inline const char *
oidc_part(struct site *s, const char *url, const char *name)
{
	const char *at = strstr(url, arena_printf(s->mem, "&%s=", name));
	char *out;

	if (!at)
		return "";
	at += strlen(name) + 2;
	assert_int_equal(
		text_url_decode(s->mem, at, strcspn(at, "&"), true, &out),
		ERR_OK);
	return out;
}

static inline struct provider
oidc_plain(const struct fake_provider *f, const char *name)
{
	return (struct provider){
		.name = name, .issuer = f->issuer, .client_id = "cairn"
	};
}

static inline int64_t
oidc_put(struct site *s, const struct provider *p)
{
	struct provider_change c = { .provider = *p,
		.secret = "s3cr3t/+",
		.actor = "cli",
		.now = s->now };
	struct secret seal;
	const char *field, *why;
	int64_t id = 0;
	enum err e;

	assert_int_equal(secret_read(s->home, "seal", &seal), ERR_OK);
	c.seal = &seal;
	e = tailnet_provider_put(s->db, &c, s->mem, &id, &field, &why);
	if (e)
		fail_msg("%s: %s: %s", err_words(e), field, why);
	return id;
}

/* A browser that was sent to the provider. */
struct trip {
	struct tab *t;
	struct fake_provider *f;
	const char *url, *state, *nonce;
};

static inline struct trip
oidc_go(struct tab *t, struct fake_provider *f, const char *uri)
{
	struct answer a = tab_get(t, uri);
	struct trip trip = { .t = t, .f = f, .url = a.reply.location };

	if (a.status != 302)
		fail_msg("%s: %d %s", uri, a.status, a.body);
	trip.state = oidc_part(t->s, trip.url, "state");
	trip.nonce = oidc_part(t->s, trip.url, "nonce");
	return trip;
}

/* The claims of the next token; `more` begins with a comma. */
static inline void
oidc_say(const struct trip *trip, const char *sub, const char *more)
{
	(void)snprintf(trip->f->says->claims, FAKE_TEXT,
		"{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"cairn\","
		"\"nonce\":\"%s\",\"exp\":%lld,\"iat\":%lld,"
		"\"auth_time\":%lld%s}",
		trip->f->issuer, sub, trip->nonce,
		(long long)trip->t->s->now + 300, (long long)trip->t->s->now,
		(long long)trip->t->s->now, more);
}

static inline struct answer
oidc_come(const struct trip *trip, const char *more)
{
	return tab_get(trip->t,
		arena_printf(trip->t->s->mem, "/oidc/callback?state=%s%s",
			trip->state, more));
}

/* All of it: who `sub` is comes back with these claims. */
static inline struct answer
oidc_visit(struct tab *t, struct fake_provider *f, const char *sub,
	const char *more)
{
	struct trip trip = oidc_go(t, f, "/oidc/start");

	oidc_say(&trip, sub, more);
	return oidc_come(&trip, "&code=c0de");
}

#define assert_refused(got, word)                                          \
	do {                                                               \
		struct answer refused_ = (got);                            \
		if (refused_.status != 403)                                \
			fail_msg("%d %s", refused_.status, refused_.body); \
		assert_holds(refused_.body, "data-page=\"oidc-refused\""); \
		assert_holds(refused_.body, "data-error=\"" word "\"");    \
		assert_lacks(refused_.head, "Set-Cookie: cairn=");         \
	} while (0)

/* ---- the site ---- */

#define ANN                                                              \
	",\"email\":\"ann@example.org\",\"email_verified\":true,"        \
	"\"preferred_username\":\"ann\",\"name\":\"Ann B\",\"groups\":[" \
	"\"dev\",\"all\"]"

static struct fake_provider *fake;

static inline int
open_both(void **state)
{
	int failed = site_open(state);
	struct provider p;

	fake = fake_provider_new();
	p = oidc_plain(fake, "Login");
	oidc_put(*state, &p);
	return failed;
}

static inline int
close_both(void **state)
{
	fake_provider_free(fake);
	return site_close(state);
}

static inline void
set(struct site *s, const char *name, const char *value)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, name, value, "cli", s->now, s->mem, &why),
		ERR_OK);
}

static inline struct provider
provider(struct site *s)
{
	struct provider p;

	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_OK);
	return p;
}

static inline void
change(struct site *s, struct provider p)
{
	oidc_put(s, &p);
}

static inline struct user
user(struct site *s, const char *name)
{
	struct user u = { .id = 0 };

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u;
}

#define oidc_test(name) \
	cmocka_unit_test_setup_teardown(name, open_both, close_both)

#endif
