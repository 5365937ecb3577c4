/*
 * oidc_attack_test.c: signing in by a provider: every way in which it must not
 * work.
 */
#include "tests/fcgi/oidc.h"

/* ---- attacks ---- */

static void
a_state_of_another_browser_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), eve = tab_new(s);
	struct trip trip = oidc_go(&eve, fake, "/oidc/start"), mine;

	oidc_say(&trip, "7", ANN);
	trip.t = &t;
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	/* Nor with a cookie of one's own state. */
	mine = oidc_go(&t, fake, "/oidc/start");
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	assert_int_equal(fake->says->asked[FAKE_TOKEN], 0);
	oidc_say(&mine, "7", ANN);
	assert_int_equal(oidc_come(&mine, "&code=c0de").status, 303);
}

static void
an_answer_that_comes_twice_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");
	struct tab kept = t;

	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c0de").status, 303);
	trip.t = &kept; /* with the cookies of before */
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	assert_int_equal(fake->says->asked[FAKE_TOKEN], 1);
}

static void
a_code_that_was_used_is_refused_by_the_provider_and_here(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	fake->says->manner[FAKE_TOKEN] = FAKE_DENIES;
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	assert_holds(t.last.body, "invalid_grant");
	assert_string_equal(audit_last(s).action, "session.refused");
}

static void
an_answer_without_a_good_state_is_refused(void **state)
{
	static const char *const bad[] = { "/oidc/callback",
		"/oidc/callback?code=x", "/oidc/callback?state=&code=x",
		"/oidc/callback?state=abcdef&code=x",
		"/oidc/callback?state=%00&code=x",
		"/oidc/callback?state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa&code=x" };
	struct site *s = *state;
	struct tab t = tab_new(s);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		s->now += 60;
		assert_refused(tab_get(&t, bad[i]), "state");
	}
}

static void
an_answer_that_comes_too_late_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	s->now += OIDC_FLOW_SECONDS - 1;
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c0de").status, 303);
	trip = oidc_go(&t, fake, "/oidc/start");
	s->now += OIDC_FLOW_SECONDS;
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "expired");
}

static void
who_said_no_at_the_provider_is_told_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	assert_refused(oidc_come(&trip, "&error=access_denied"
					"&error_description=%3Cscript%3E"),
		"denied");
	assert_lacks(t.last.body, "script>");
	trip = oidc_go(&t, fake, "/oidc/start");
	assert_refused(oidc_come(&trip, ""), "token");
}

/* RFC 9207, and what it is for: two providers, one of them bad. */
static void
the_answer_of_one_provider_is_not_taken_to_another(void **state)
{
	struct site *s = *state;
	struct fake_provider *evil = fake_provider_new();
	struct provider p = oidc_plain(evil, "Evil");
	struct tab t = tab_new(s);
	struct trip trip;

	oidc_put(s, &p);
	trip = oidc_go(&t, evil, "/oidc/start?provider=2");
	assert_refused(
		oidc_come(&trip, arena_printf(s->mem, "&code=c0de&iss=%s",
					 fake->issuer)),
		"token");
	assert_int_equal(evil->says->asked[FAKE_TOKEN], 0);
	/* One that says it tells, and does not. */
	fake->says->tells_issuer = true;
	trip = oidc_go(&t, fake, "/oidc/start?provider=1");
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	trip = oidc_go(&t, fake, "/oidc/start?provider=1");
	oidc_say(&trip, "7", ANN);
	assert_int_equal(
		oidc_come(&trip,
			arena_printf(s->mem, "&code=c0de&iss=%s", fake->issuer))
			.status,
		303);
	fake_provider_free(evil);
}

static void
two_providers_have_people_of_their_own(void **state)
{
	struct site *s = *state;
	struct fake_provider *second = fake_provider_new();
	struct provider p = oidc_plain(second, "Second");
	struct tab t = tab_new(s), other = tab_new(s);
	struct trip one, two;

	oidc_put(s, &p);
	tab_get(&t, "/login");
	assert_holds(t.last.body, "Continue with Login");
	assert_holds(t.last.body, "id=\"oidc-2\"");
	/* Both at once in one browser: a tab each. */
	one = oidc_go(&t, fake, "/oidc/start?provider=1&next=/a");
	two = oidc_go(&t, second, "/oidc/start?provider=2&next=/b");
	oidc_say(&one, "7", ",\"preferred_username\":\"ann\"");
	oidc_say(&two, "7", ",\"preferred_username\":\"ann\"");
	assert_int_equal(oidc_come(&two, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/b");
	assert_int_equal(oidc_come(&one, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/a");
	(void)user(s, "ann");
	(void)user(s, "ann-2");
	/* A token of the one is not taken as the other's. */
	two = oidc_go(&other, second, "/oidc/start?provider=2");
	(void)snprintf(second->says->token, FAKE_TEXT, "%s",
		signer_sign(fake->keys[0],
			arena_printf(s->mem,
				"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":"
				"\"cairn\",\"nonce\":\"%s\",\"exp\":%lld,"
				"\"iat\":%lld}",
				fake->issuer, two.nonce, (long long)s->now + 60,
				(long long)s->now),
			s->mem));
	assert_refused(oidc_come(&two, "&code=c"), "token");
	fake_provider_free(second);
}

static void
bad_tokens_open_nothing(void **state)
{
	static const char *const bad[] = {
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"other\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"other\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%sx\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793609999}",
	};
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *claims = fake->says->claims, *n;

		trip = oidc_go(&t, fake, "/oidc/start");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(claims, FAKE_TEXT, bad[i], fake->issuer,
			(long long)s->now + 300);
#pragma GCC diagnostic pop
		n = strstr(claims, "\"N\"");
		if (n)
			(void)snprintf(claims, FAKE_TEXT, "%.*s\"%s\"%s",
				(int)(n - claims), arena_strdup(s->mem, claims),
				trip.nonce, arena_strdup(s->mem, n + 3));
		assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	}
	trip = oidc_go(&t, fake, "/oidc/start");
	oidc_say(&trip, "7", ANN);
	s->now += 360;
	assert_refused(oidc_come(&trip, "&code=c0de"), "expired");
	trip = oidc_go(&t, fake, "/oidc/start");
	*fake->says->claims = '\0';
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	trip = oidc_go(&t, fake, "/oidc/start");
	(void)snprintf(fake->says->token, FAKE_TEXT, "%s",
		signer_forge("{\"alg\":\"HS256\",\"kid\":\"first\"}",
			arena_printf(s->mem,
				"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":"
				"\"cairn\",\"nonce\":\"%s\",\"exp\":%lld,"
				"\"iat\":%lld}",
				fake->issuer, trip.nonce,
				(long long)s->now + 60, (long long)s->now),
			"s3cr3t/+", s->mem));
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
}

static void
new_keys_are_fetched_once_and_not_for_every_name(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	oidc_visit(&t, fake, "7", ANN);
	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(fake->says->asked[FAKE_JWKS], 1);
	fake->says->key = 1; /* which it does not show yet */
	s->now += OIDC_PAUSE_SECONDS;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
	fake->says->shown[1] = true;
	fake->says->shown[0] = false;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
	s->now += OIDC_PAUSE_SECONDS;
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(fake->says->asked[FAKE_JWKS], 3);
	fake->says->key = 0; /* the old key opens nothing any more */
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
}

static void
keys_that_were_withdrawn_are_good_for_an_hour_at_most(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	oidc_visit(&t, fake, "7", ANN);
	fake->says->shown[0] = false;
	fake->says->shown[1] = true;
	s->now += OIDC_KEYS_SECONDS;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		oidc_test(a_state_of_another_browser_is_refused),
		oidc_test(an_answer_that_comes_twice_is_refused),
		oidc_test(
			a_code_that_was_used_is_refused_by_the_provider_and_here),
		oidc_test(an_answer_without_a_good_state_is_refused),
		oidc_test(an_answer_that_comes_too_late_is_refused),
		oidc_test(who_said_no_at_the_provider_is_told_so),
		oidc_test(the_answer_of_one_provider_is_not_taken_to_another),
		oidc_test(two_providers_have_people_of_their_own),
		oidc_test(bad_tokens_open_nothing),
		oidc_test(new_keys_are_fetched_once_and_not_for_every_name),
		oidc_test(
			keys_that_were_withdrawn_are_good_for_an_hour_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
