/*
 * factor.h: who has a second factor, as an authenticator knows it, and who is
 * half signed in.
 */
#ifndef TESTS_FCGI_FACTOR_H
#define TESTS_FCGI_FACTOR_H

#include "tests/fcgi/browser.h"

#include "tailnet/factor.h"

static inline void
set(struct site *s, const char *name, const char *value)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, name, value, "cli", s->now, s->mem, &why),
		ERR_OK);
}

/* The code that the page's own secret makes now. */
static inline const char *
code_of(struct tab *t)
{
	uint8_t secret[TOTP_SECRET_SIZE];
	char *code = arena_alloc(t->s->mem, TOTP_CODE_SIZE);

	factor_offer(&t->s->pepper, tab_cookie(t, "cairn"), secret);
	totp_code(secret, totp_step(t->s->now), code);
	return code;
}

static inline const char *
field_of(struct site *s, const char *code)
{
	return arena_printf(s->mem, "code=%s", code);
}

/* Somebody with a factor, as an authenticator and a drawer know it. */
struct owned {
	struct tab tab;
	uint8_t secret[TOTP_SECRET_SIZE];
	const char *recovery; /* all eight, a blank between */
};

static inline struct owned
owned(struct site *s, const char *name, enum role role)
{
	struct owned o = { .tab = tab_with_password(s, name, role) };
	const char *at;

	factor_offer(&s->pepper, tab_cookie(&o.tab, "cairn"), o.secret);
	tab_send(&o.tab, "/me/totp", "/me/totp", field_of(s, code_of(&o.tab)));
	if (o.tab.last.status != 200)
		fail_msg("%d %s", o.tab.last.status, o.tab.last.body);
	at = strstr(o.tab.last.body, "id=\"secret\"");
	assert_non_null(at);
	at = strstr(at, "value=\"");
	o.recovery = arena_printf(
		s->mem, "%.*s", (int)strcspn(at + 7, "\""), at + 7);
	s->now += 60; /* the code of now is used */
	return o;
}

static inline const char *
now_code(struct site *s, const struct owned *o)
{
	char code[TOTP_CODE_SIZE];

	totp_code(o->secret, totp_step(s->now), code);
	return field_of(s, code);
}

/* A browser that has shown the password. */
static inline struct tab
half(struct site *s, const char *name)
{
	struct tab t = tab_new(s);

	tab_send(&t, "/login", "/login",
		arena_printf(s->mem,
			"name=%s&password=correct+horse+battery&next=", name));
	assert_int_equal(t.last.status, 303);
	return t;
}

#endif
