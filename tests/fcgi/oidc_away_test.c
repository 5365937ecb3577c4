/*
 * oidc_away_test.c: a provider that does not behave, and proving again who it
 * is.
 */
#include "tests/fcgi/oidc.h"

#include "tailnet/health_checks.h"

#include <time.h>

/* ---- a provider that does not behave ---- */

static void
a_provider_that_does_not_behave_lets_nobody_in_and_passwords_work(void **state)
{
	static const enum fake_manner manners[] = { FAKE_HUGE, FAKE_NOTHING,
		FAKE_NO_JSON, FAKE_BROKEN, FAKE_ELSEWHERE };
	struct site *s = *state;
	struct tab t = tab_new(s), boss = tab_of(s, "boss", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(manners) / sizeof(*manners); i++) {
		fake->says->manner[FAKE_DISCOVERY] = manners[i];
		s->now += OIDC_FRESH_SECONDS;
		tab_get(&t, "/oidc/start");
		assert_int_equal(t.last.status, 503);
		assert_holds(t.last.body, "data-page=\"provider-away\"");
		assert_holds(t.last.head, "Retry-After: 10");
		assert_int_equal(tab_get(&t, "/login").status, 200);
		assert_int_equal(tab_get(&boss, "/admin/machines").status, 200);
	}
	/* Who may set it right reads why. */
	tab_get(&boss, "/oidc/start");
	tab_get(&t, "/oidc/start");
	assert_holds(t.last.body, "does not answer");
	assert_holds(boss.last.body, "It said: ");
	assert_lacks(t.last.body, "It said: ");
}

static void
a_provider_that_is_away_is_not_asked_by_everybody(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	fake->says->manner[FAKE_DISCOVERY] = FAKE_NOTHING;
	for (int i = 0; i < 5; i++)
		assert_int_equal(tab_get(&t, "/oidc/start").status, 503);
	assert_int_equal(fake->says->asked[FAKE_DISCOVERY], 1);
	fake->says->manner[FAKE_DISCOVERY] = FAKE_GOOD;
	s->now += OIDC_PAUSE_SECONDS;
	oidc_go(&t, fake, "/oidc/start");
}

static void
tokens_and_keys_of_such_a_provider_open_nothing(void **state)
{
	static const enum fake_manner manners[] = { FAKE_HUGE, FAKE_NOTHING,
		FAKE_NO_JSON, FAKE_BROKEN, FAKE_ELSEWHERE };
	struct site *s = *state;
	struct tab t = tab_new(s);

	for (enum fake_place p = FAKE_JWKS; p <= FAKE_TOKEN; p++)
		for (size_t i = 0; i < sizeof(manners) / sizeof(*manners);
			i++) {
			fake->says->manner[p] = manners[i];
			s->now += OIDC_PAUSE_SECONDS;
			oidc_visit(&t, fake, "7", ANN);
			if (t.last.status != 503)
				fail_msg("%d, %zu: %d %s", p, i, t.last.status,
					t.last.body);
			assert_lacks(t.last.head, "Set-Cookie: cairn=");
			fake->says->manner[p] = FAKE_GOOD;
		}
	s->now += OIDC_PAUSE_SECONDS;
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
}

static void
a_provider_that_never_ends_is_waited_for_so_long_and_no_longer(void **state)
{
	static const enum fake_manner manners[] = { FAKE_SLOW, FAKE_DRIP };
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t i = 0; i < 2; i++) {
		fake->says->manner[FAKE_TOKEN] = manners[i];
		oidc_say(&trip, "7", ANN);
		assert_int_equal(oidc_come(&trip, "&code=c").status, 503);
		trip = oidc_go(&t, fake, "/oidc/start");
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range(to.tv_sec - from.tv_sec, 2 * OIDC_MS / 1000 - 1,
		2 * OIDC_MS / 1000 + 4);
}

static void
one_that_says_it_is_another_is_not_asked_further(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	(void)snprintf(fake->says->issuer, sizeof(fake->says->issuer),
		"https://login.example.org");
	assert_int_equal(tab_get(&t, "/oidc/start").status, 503);
	assert_holds(provider(s).error, "https://login.example.org");
}

static void
no_more_wait_for_a_provider_than_may(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	int places[3];

	s->guess = guess_new();
	assert_int_equal(guess_go_outside(s->guess, 2, &places[0]), ERR_OK);
	oidc_go(&t, fake, "/oidc/start"); /* 4 handlers: two may */
	assert_int_equal(guess_go_outside(s->guess, 2, &places[1]), ERR_OK);
	assert_int_equal(guess_go_outside(s->guess, 2, &places[2]), ERR_BUSY);
	tab_get(&t, "/oidc/start");
	assert_int_equal(t.last.status, 503);
	assert_holds(t.last.head, "Retry-After: 2");
	guess_come_back(s->guess, places[0]);
	oidc_go(&t, fake, "/oidc/start");
	guess_come_back(s->guess, places[1]);
}

/* ---- fresh ---- */

static void
a_sign_in_is_as_fresh_as_the_provider_says(void **state)
{
	static const struct {
		const char *auth_time;
		int status;
	} cases[] = { { "0", 303 }, { "1793599400", 303 },
		{ "1793599401", 200 }, { "1793600000", 200 } };
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tab t = tab_new(s);
		struct trip trip = oidc_go(&t, fake, "/oidc/start");
		struct user u;
		char *at;

		oidc_say(&trip, "7", ANN);
		at = strstr(fake->says->claims, "\"auth_time\":") + 12;
		memcpy(at, cases[i].auth_time, strlen(cases[i].auth_time));
		if (i == 0)
			memcpy(at - 12, "\"auth_x\"   :1", 13);
		assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
		u = user(s, "ann");
		u.role = ROLE_IT_ADMIN;
		assert_int_equal(db_user_update(s->db, &u), ERR_OK);
		tab_get(&t, arena_printf(s->mem, "/admin/users/%lld/delete",
				    (long long)person(s,
					    arena_printf(s->mem, "m%zu", i),
					    ROLE_MEMBER)));
		assert_int_equal(t.last.status, cases[i].status);
	}
}

static void
who_must_show_it_again_does_so_at_the_provider(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip;

	oidc_visit(&t, fake, "7", ANN);
	s->now += 601;
	tab_get(&t, "/login/confirm?next=/me/security");
	assert_holds(t.last.body,
		"/oidc/start?provider=1&amp;fresh=1&amp;next=/me/security");
	trip = oidc_go(
		&t, fake, "/oidc/start?provider=1&fresh=1&next=/me/security");
	assert_holds(trip.url, "prompt=login");
	assert_holds(trip.url, "max_age=0");
	oidc_say(&trip, "8", ANN); /* somebody else's account */
	assert_refused(oidc_come(&trip, "&code=c"), "user");
	trip = oidc_go(&t, fake, "/oidc/start?fresh=1");
	oidc_say(&trip, "7", ANN);
	s->now += 120; /* which was signed in before it was asked */
	memcpy(strstr(fake->says->claims, "\"auth_time\":") + 12, "1793600000",
		10);
	assert_refused(oidc_come(&trip, "&code=c"), "token");
	trip = oidc_go(&t, fake, "/oidc/start?fresh=1&next=/me/security");
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/me/security");
}

static void
passwords_are_off_only_when_an_owner_came_by_a_provider(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *why;
	struct user u;

	person(s, "boss", ROLE_OWNER);
	assert_int_equal(settings_put(s->db, "password_sign_in", "false", "cli",
				 s->now, s->mem, &why),
		ERR_LAST_PROVIDER);
	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(settings_put(s->db, "password_sign_in", "false", "cli",
				 s->now, s->mem, &why),
		ERR_LAST_PROVIDER);
	u = user(s, "ann");
	u.role = ROLE_OWNER;
	assert_int_equal(db_user_update(s->db, &u), ERR_OK);
	set(s, "password_sign_in", "false");
	t = tab_new(s);
	tab_get(&t, "/login");
	assert_lacks(t.last.body, "type=\"password\"");
	assert_holds(t.last.body, "id=\"oidc\"");
	assert_int_equal(
		ask_with(s, &(struct ask){ .method = "POST",
				    .uri = "/login",
				    .body = "name=boss&password=correct+horse+"
					    "battery&csrf=x&once="
					    "aaaaaaaaaaaaaaaaaaaaaa",
				    .more = { "CONTENT_TYPE=application/"
					      "x-www-form-urlencoded" } })
			.status,
		403);
	assert_int_equal(tailnet_provider_delete(s->db, 1, "cli", s->now),
		ERR_LAST_PROVIDER);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
}

/* All are asked within four seconds, so that the others are looked at too. */
static void
the_look_at_the_health_does_not_wait_for_a_slow_provider(void **state)
{
	struct site *s = *state;
	struct fake_provider *second = fake_provider_new();
	struct provider p = oidc_plain(second, "Second");
	struct health_row *rows;
	struct timespec from, to;

	oidc_put(s, &p);
	fake->says->manner[FAKE_JWKS] = FAKE_SLOW;
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(
		tailnet_health_look(s->db, s->home, s->now, s->mem), ERR_OK);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range(to.tv_sec - from.tv_sec, 3, 7);
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows[HEALTH_PROVIDER].state, HEALTH_WARN);
	assert_holds(rows[HEALTH_PROVIDER].what, "Login does not answer");
	assert_holds(rows[HEALTH_PROVIDER].what, "Second was not asked");
	assert_holds(
		rows[HEALTH_PROVIDER].remedy, "cairn providers test Login");
	/* Who signs in finds what was read for a sign-in. */
	assert_int_equal(provider(s).tried_at, 0);
	fake->says->manner[FAKE_JWKS] = FAKE_GOOD;
	assert_int_equal(
		tailnet_health_look(s->db, s->home, s->now, s->mem), ERR_OK);
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows[HEALTH_PROVIDER].state, HEALTH_OK);
	fake_provider_free(second);
}

static void
assert_health(struct site *s, enum health_state state, const char *words)
{
	struct health_row *rows;

	assert_int_equal(
		tailnet_health_look(s->db, s->home, s->now, s->mem), ERR_OK);
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_holds(rows[HEALTH_PROVIDER].what, words);
	assert_int_equal(rows[HEALTH_PROVIDER].state, state);
}

static void
the_health_fails_when_nobody_can_sign_in(void **state)
{
	struct site *s = *state;
	struct fake_provider *second = fake_provider_new();
	struct provider p = oidc_plain(second, "Second");
	struct tab t = tab_new(s);
	struct user u;

	assert_health(s, HEALTH_OK, "Login answers, with 1 key");
	fake->says->shown[1] = true;
	assert_health(s, HEALTH_OK, "Login answers, with 2 keys");
	oidc_visit(&t, fake, "7", ANN);
	u = user(s, "ann");
	u.role = ROLE_OWNER;
	assert_int_equal(db_user_update(s->db, &u), ERR_OK);
	oidc_put(s, &p);
	fake->says->manner[FAKE_DISCOVERY] = FAKE_BROKEN;
	second->says->manner[FAKE_JWKS] = FAKE_NO_JSON;
	assert_health(s, HEALTH_WARN, "Second does not answer");
	set(s, "password_sign_in", "false");
	assert_health(s, HEALTH_FAIL, "Login does not answer");
	second->says->manner[FAKE_JWKS] = FAKE_GOOD;
	assert_health(s, HEALTH_WARN, "Login does not answer");
	fake->says->manner[FAKE_DISCOVERY] = FAKE_GOOD;
	assert_health(s, HEALTH_OK, "Second answers");
	fake_provider_free(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		oidc_test(
			a_provider_that_does_not_behave_lets_nobody_in_and_passwords_work),
		oidc_test(a_provider_that_is_away_is_not_asked_by_everybody),
		oidc_test(tokens_and_keys_of_such_a_provider_open_nothing),
		oidc_test(
			a_provider_that_never_ends_is_waited_for_so_long_and_no_longer),
		oidc_test(one_that_says_it_is_another_is_not_asked_further),
		oidc_test(no_more_wait_for_a_provider_than_may),
		oidc_test(a_sign_in_is_as_fresh_as_the_provider_says),
		oidc_test(who_must_show_it_again_does_so_at_the_provider),
		oidc_test(
			the_look_at_the_health_does_not_wait_for_a_slow_provider),
		oidc_test(the_health_fails_when_nobody_can_sign_in),
		oidc_test(
			passwords_are_off_only_when_an_owner_came_by_a_provider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
