/*
 * totp_page_test.c: the second factor by its pages, and what knows no code.
 */
#include "tests/fcgi/factor.h"
#include "tests/fcgi/sound.h"

#include "fcgi/device.h"
#include "fcgi/half.h"
#include "tailnet/link.h"

#define LOGIN "name=ann&password=correct+horse+battery&next="

static bool
is_in(struct tab *t)
{
	return tab_get(t, "/me/sessions").status == 200;
}

static void
the_page_shows_the_secret_twice_over(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	const char *first = tab_get(&ann, "/me/totp").body, *again;

	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, first);
	assert_holds(first, "data-page=\"totp\"");
	assert_holds(first, "<svg id=\"qr\"");
	assert_holds(first, "id=\"form-totp\"");
	assert_holds(first, "autocomplete=\"one-time-code\"");
	again = strstr(tab_get(&ann, "/me/totp").body, "id=\"secret\"");
	first = strstr(first, "id=\"secret\"");
	assert_memory_equal(first, again, 100);
	assert_lacks(tab_get(&ann, "/me/security").body, "form-totp-delete");
}

static bool
its_forms_are_good(struct tab *t)
{
	struct tab copy = *t;

	return tab_post(&copy, "/me/theme", "theme=dark&next=").status == 303;
}

static void
a_code_switches_it_on_and_recovery_codes_are_shown_once(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER);
	const char *before = tab_cookie(&ann, "cairn"), *body, *fields;

	tab_get(&ann, "/me/totp");
	fields = tab_form(&ann, field_of(s, code_of(&ann)));
	body = tab_ask(&ann, "POST", "/me/totp", fields).body;
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"recovery-codes\"");
	assert_holds(body, "<h1>Copy these codes now</h1>");
	assert_int_equal(sound_count(body, "<li>"),
		RECOVERY_CODES + sound_count(body, "<li><a"));
	assert_string_not_equal(tab_cookie(&ann, "cairn"), before);
	assert_string_equal(audit_last(s).action, "user.factor_added");
	/* Forms of this page are of the new cookie. */
	assert_true(its_forms_are_good(&ann));
	/* The same form again has no effect and shows nothing. */
	tab_ask(&ann, "POST", "/me/totp", fields);
	assert_int_not_equal(ann.last.status, 200);
	body = tab_get(&ann, "/me/security").body;
	assert_holds(body, "id=\"form-codes\"");
	assert_holds(body, "8 of 8");
	assert_int_equal(tab_get(&ann, "/me/totp").status, 303);
	assert_string_equal(ann.last.reply.location, "/me/security");
}

static void
a_wrong_code_switches_nothing_on(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER);

	tab_send(&ann, "/me/totp", "/me/totp", "code=000000");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-error=\"code\"");
	assert_holds(ann.last.body, "This code is not right.");
	assert_holds(ann.last.body, "<svg id=\"qr\"");
	assert_lacks(ann.last.body, "000000");
}

static void
who_signs_in_by_no_password_is_told_so(void **state)
{
	struct tab ann = tab_of(*state, "ann", ROLE_MEMBER);

	assert_int_equal(tab_get(&ann, "/me/totp").status, 403);
	assert_holds(ann.last.body, "data-error=\"no-password\"");
}

static void
the_password_is_half_of_it_then(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann");
	const char *body;

	assert_string_equal(t.last.reply.location, "/login/code");
	assert_string_equal(tab_cookie(&t, "cairn"), "");
	body = tab_get(&t, "/login/code").body;
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"login-code\"");
	assert_holds(body, "<h1>Enter your code</h1>");
	assert_holds(body, "data-role=\"\"");
	tab_post(&t, "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 303);
	assert_string_equal(t.last.reply.location, "/");
	assert_true(is_in(&t));
	assert_string_equal(tab_cookie(&t, "cairn-half"), "");
	assert_string_equal(audit_last(s).action, "session.started");
}

static void
who_is_led_somewhere_comes_there_behind_the_code(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = tab_new(s);

	tab_send(&t, "/login?next=/admin/audit", "/login",
		"name=ann&password=correct+horse+battery&next=/admin/audit");
	assert_string_equal(
		t.last.reply.location, "/login/code?next=/admin/audit");
	tab_get(&t, t.last.reply.location);
	assert_string_equal(tab_value(&t, "next"), "/admin/audit");
	tab_post(&t, "/login/code",
		arena_printf(
			s->mem, "%s&next=/admin/audit", now_code(s, &ann)));
	assert_string_equal(t.last.reply.location, "/admin/audit");
	/* And nowhere else. */
	t = half(s, "ann");
	tab_get(&t, "/login/code?next=//evil.example");
	assert_string_equal(tab_value(&t, "next"), "");
}

static void
a_code_is_good_for_one_browser(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_MEMBER);
	struct tab one = half(s, "ann"), two = half(s, "ann");
	const char *code = now_code(s, &ann);

	tab_send(&one, "/login/code", "/login/code", code);
	assert_int_equal(one.last.status, 303);
	tab_send(&two, "/login/code", "/login/code", code);
	assert_int_equal(two.last.status, 422);
	assert_holds(two.last.body, "data-error=\"code-used\"");
	assert_holds(two.last.body, "This code was used already. Wait for the "
				    "next one: each opens once.");
	assert_false(is_in(&two));
	assert_string_equal(audit_last(s).action, "session.refused");
	assert_string_equal(audit_last(s).detail, "wrong code");
	/* A recovery code does the same. */
	code = arena_printf(s->mem, "code=%.11s", ann.recovery);
	tab_send(&two, "/login/code", "/login/code", code);
	assert_int_equal(two.last.status, 303);
	one = half(s, "ann");
	tab_send(&one, "/login/code", "/login/code", code);
	assert_int_equal(one.last.status, 422);
}

static void
the_code_of_another_user_opens_nothing(void **state)
{
	struct site *s = *state;
	struct owned bob = owned(s, "bob", ROLE_MEMBER);
	struct tab t;

	owned(s, "ann", ROLE_OWNER);
	t = half(s, "ann");
	tab_send(&t, "/login/code", "/login/code", now_code(s, &bob));
	assert_int_equal(t.last.status, 422);
	tab_send(&t, "/login/code", "/login/code",
		arena_printf(s->mem, "code=%.11s", bob.recovery));
	assert_int_equal(t.last.status, 422);
	assert_false(is_in(&t));
}

/* Every page of the site map, but those for everybody. */
static void
half_signed_in_nothing_else_opens(void **state)
{
	struct site *s = *state;
	struct tab t;

	owned(s, "ann", ROLE_OWNER);
	t = half(s, "ann");
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		struct tab copy = t;
		int status;

		if (!(route->flags & PEOPLE) || !route->can ||
			strchr(route->path, '*'))
			continue;
		if (route->method == METHOD_POST)
			status = tab_send(&copy, "/login", route->path, "")
					 .status;
		else
			status = tab_get(&copy, route->path).status;
		if (route->flags & OUT)
			continue;
		if (route->method == METHOD_POST && status != 401)
			fail_msg("POST %s: %d", route->path, status);
		if (route->method != METHOD_POST &&
			(status != 303 || !text_starts(copy.last.reply.location,
						  "/login?next=")))
			fail_msg("GET %s: %d", route->path, status);
	}
	assert_int_equal(tab_get(&t, "/login").status, 200);
}

static void
five_minutes_later_one_begins_again(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann");

	s->now += HALF_SECONDS - 1;
	assert_int_equal(tab_get(&t, "/login/code").status, 200);
	s->now += 1;
	tab_post(&t, "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 303);
	assert_string_equal(t.last.reply.location, "/login");
	assert_holds(tab_get(&t, "/login").body, "data-flash=\"code-late\"");
	assert_false(is_in(&t));
	assert_int_equal(tab_get(&t, "/login/code").status, 303);
}

static void
what_is_forged_is_nobody(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab bob = tab_with_password(s, "bob", ROLE_MEMBER), t;
	const char *good, *forged[6];

	(void)bob;
	t = half(s, "ann");
	good = tab_cookie(&t, "cairn-half");
	forged[0] = "";
	forged[1] = "1.9999999999.";
	forged[2] = arena_printf(s->mem, "2%s", good + 1);
	forged[3] = arena_printf(s->mem, "%sx", good);
	forged[4] = "1";
	forged[5] = "1.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	for (size_t i = 0; i < 6; i++) {
		tab_keep(&t, arena_printf(s->mem, "cairn-half=%s", forged[i]));
		assert_int_equal(tab_get(&t, "/login/code").status, 303);
	}
	/* Stolen, without the pre-session that it hangs on. */
	t = tab_new(s);
	tab_get(&t, "/login");
	tab_keep(&t, arena_printf(s->mem, "cairn-half=%s", good));
	tab_post(&t, "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 303);
	assert_false(is_in(&t));
}

static void
a_new_password_ends_the_half(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann");

	tab_send(&ann.tab, "/me/security", "/me/password",
		"password_old=correct+horse+battery&password=another+long+one&"
		"password_again=another+long+one");
	assert_int_equal(ann.tab.last.status, 303);
	tab_send(&t, "/login", "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 303);
	assert_false(is_in(&t));
}

static void
codes_are_guessed_five_times_and_then_one_waits(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann");

	s->guess = guess_new();
	for (int i = 0; i < GUESS_FREE; i++) {
		tab_send(&t, "/login/code", "/login/code", "code=000000");
		assert_int_equal(t.last.status, 422);
	}
	tab_send(&t, "/login/code", "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 429);
	assert_string_equal(t.last.reply.retry_after, "60");
	/* From elsewhere too; the account's password is not locked by it. */
	guess_forget(s->guess, GUESS_ADDRESS, "192.0.2.7");
	t = half(s, "ann");
	tab_send(&t, "/login/code", "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 429);
	s->now += 60;
	tab_send(&t, "/login/code", "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 303);
}

/* Days later, too: who mistypes now and then never waits. */
static void
a_right_code_ends_the_count_of_wrong_ones(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t;

	s->guess = guess_new();
	for (int round = 0; round < 2; round++) {
		t = half(s, "ann");
		for (int i = 1; i < GUESS_FREE; i++) {
			tab_send(&t, "/login/code", "/login/code",
				"code=000000");
			assert_int_equal(t.last.status, 422);
		}
		tab_send(&t, "/login/code", "/login/code", now_code(s, &ann));
		assert_int_equal(t.last.status, 303);
		s->now += 130;
	}
}

static void
a_session_that_guesses_codes_waits_and_others_do_not(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann"), own;

	tab_send(&t, "/login/code", "/login/code", now_code(s, &ann));
	s->now += 60;
	own = half(s, "ann");
	s->guess = guess_new();
	for (int i = 0; i < GUESS_FREE; i++) {
		tab_send(&t, "/login/confirm", "/login/confirm", "code=000000");
		assert_int_equal(t.last.status, 422);
		guess_forget(s->guess, GUESS_ADDRESS, "192.0.2.7");
	}
	tab_send(&t, "/login/confirm", "/login/confirm", now_code(s, &ann));
	assert_int_equal(t.last.status, 429);
	tab_send(&own, "/login/code", "/login/code", now_code(s, &ann));
	assert_int_equal(own.last.status, 303);
	/* It is remembered for longer than the wait. */
	s->now += 130;
	tab_send(&t, "/login/confirm", "/login/confirm", "code=000000");
	assert_int_equal(t.last.status, 422);
	tab_send(&t, "/login/confirm", "/login/confirm", now_code(s, &ann));
	assert_string_equal(t.last.reply.retry_after, "120");
}

static void
the_form_of_a_code_is_guarded(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	struct tab t = half(s, "ann");

	tab_get(&t, "/login/code");
	t.more[0] = "HTTP_ORIGIN=https://evil.example";
	tab_post(&t, "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 403);
	t.more[0] = NULL;
	tab_get(&t, "/login/code");
	t.csrf = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	tab_post(&t, "/login/code", now_code(s, &ann));
	assert_int_equal(t.last.status, 403);
	assert_false(is_in(&t));
}

static void
who_has_a_factor_confirms_by_a_code(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	const char *body;

	s->now += 600;
	assert_int_equal(
		tab_get(&ann.tab, "/admin/users/1/delete").status, 303);
	body = tab_get(&ann.tab, ann.tab.last.reply.location).body;
	assert_holds(body, "id=\"fresh-code\"");
	assert_lacks(body, "fresh-password");
	tab_post(&ann.tab, "/login/confirm",
		"password=correct+horse+battery&code=000000");
	assert_int_equal(ann.tab.last.status, 422);
	assert_holds(ann.tab.last.body, "data-error=\"code\"");
	tab_post(&ann.tab, "/login/confirm", now_code(s, &ann));
	assert_int_equal(ann.tab.last.status, 303);
	assert_int_not_equal(
		tab_get(&ann.tab, "/admin/users/1/delete").status, 303);
}

static void
a_late_form_asks_for_the_code_and_is_kept(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);

	person_without_password(s, "bob", ROLE_MEMBER);
	tab_get(&ann.tab, "/admin/users/2");
	tab_choose(&ann.tab, "form-role");
	s->now += 600;
	tab_post(&ann.tab, "/admin/users/2/role", "role=auditor");
	assert_int_equal(ann.tab.last.status, 403);
	assert_holds(ann.tab.last.body, "data-page=\"fresh\"");
	assert_holds(ann.tab.last.body, "id=\"fresh-code\"");
	tab_post(&ann.tab, "/admin/users/2/role",
		arena_printf(s->mem, "role=auditor&%s", now_code(s, &ann)));
	assert_int_equal(ann.tab.last.status, 303);
	assert_string_equal(audit_last(s).action, "user.role_set");
}

static void
it_is_switched_off_after_a_question(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_MEMBER);
	struct tab t;

	tab_get(&ann.tab, "/me/security");
	tab_choose(&ann.tab, "form-totp-delete");
	tab_post(&ann.tab, "/me/totp/delete", "");
	assert_int_equal(ann.tab.last.status, 200);
	assert_holds(ann.tab.last.body, "Switch the second factor off?");
	tab_post(&ann.tab, "/me/totp/delete", "confirm=1");
	assert_int_equal(ann.tab.last.status, 303);
	assert_string_equal(audit_last(s).action, "user.factor_removed");
	t = half(s, "ann");
	assert_string_equal(t.last.reply.location, "/");
	assert_true(is_in(&t));
}

static void
new_recovery_codes_are_shown_once(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_MEMBER);

	tab_get(&ann.tab, "/me/security");
	tab_choose(&ann.tab, "form-codes");
	tab_post(&ann.tab, "/me/totp/codes", "");
	assert_int_equal(ann.tab.last.status, 200);
	assert_holds(ann.tab.last.body, "data-page=\"recovery-codes\"");
	assert_lacks(
		ann.tab.last.body, arena_printf(s->mem, "%.11s", ann.recovery));
}

static void
the_list_of_users_tells_who_has_one(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	(void)owned(s, "bob", ROLE_MEMBER);
	tab_get(&ann, "/admin/users?factor=yes");
	assert_holds(ann.last.body, "1 of 2 users");
	assert_holds(ann.last.body, ">bob<");
	assert_holds(ann.last.body, "data-label=\"Second factor\">Yes<");
	tab_get(&ann, "/admin/users?factor=no&sort=-name");
	assert_holds(ann.last.body, "1 of 2 users");
	assert_holds(ann.last.body, "data-label=\"Second factor\">No<");
	assert_holds(tab_get(&ann, "/admin/users?factor=odd").body,
		"id=\"filter-note\"");
	assert_holds(tab_get(&ann, "/admin/users.json?factor=yes").body,
		"\"second_factor\":true");
	assert_holds(tab_get(&ann, "/admin/users.csv").body, ",second_factor,");
}

static void
an_admin_takes_it_away_from_who_lost_it(void **state)
{
	struct site *s = *state;
	struct owned bob = owned(s, "bob", ROLE_MEMBER);
	struct tab ann = tab_of(s, "ann", ROLE_IT_ADMIN), t;

	tab_get(&ann, "/admin/users/1");
	assert_holds(ann.last.body, "data-fact=\"factor\"");
	tab_choose(&ann, "form-factor");
	tab_post(&ann, "/admin/users/1/factor/delete", "");
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "Take the second factor of bob away?");
	tab_post(&ann, "/admin/users/1/factor/delete", "confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_holds(tab_get(&ann, "/admin/users/1").body,
		"data-flash=\"user-factor-removed\"");
	assert_lacks(ann.last.body, "form-factor\"");
	assert_false(is_in(&bob.tab));
	t = half(s, "bob");
	assert_true(is_in(&t));
}

static void
an_owner_keeps_it_from_who_may_not_touch_them(void **state)
{
	struct site *s = *state;
	struct tab it;

	owned(s, "ann", ROLE_OWNER);
	it = tab_of(s, "it", ROLE_IT_ADMIN);
	assert_lacks(tab_get(&it, "/admin/users/1").body, "form-factor\"");
	tab_send(&it, "/me/security", "/admin/users/1/factor/delete",
		"confirm=1");
	assert_int_equal(it.last.status, 403);
}

/* ---- a known browser ---- */

static void
fail_as(struct site *s, struct tab *t, const char *name, int times)
{
	for (int i = 0; i < times; i++) {
		tab_send(t, "/login", "/login",
			arena_printf(s->mem,
				"name=%s&password=some+other+words&next=",
				name));
		if (t->last.status != 422)
			fail_msg("try %d: %d", i, t->last.status);
		guess_forget(s->guess, GUESS_ADDRESS, "192.0.2.7");
	}
}

static int
try_of(struct tab *t)
{
	return tab_send(t, "/login", "/login", LOGIN).status;
}

static void
strangers_do_not_lock_a_known_browser_out(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER);
	struct tab eve = tab_new(s), new = tab_new(s);

	s->guess = guess_new();
	fail_as(s, &eve, "ann", GUESS_FREE);
	assert_int_equal(try_of(&new), 429);
	tab_send(&ann, "/me/security", "/logout", "");
	assert_int_equal(try_of(&ann), 303);
	/* Whoever guesses is where they were. */
	assert_int_equal(try_of(&eve), 429);
}

/* As many of them as there are children but one: the last one is for pages, and
 * for whom a browser knows. */
static void
strangers_who_sign_in_at_once_leave_room_for_others(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), new;
	int place;

	tab_send(&ann, "/me/security", "/logout", "");
	new = tab_new(s);
	tab_get(&new, "/login");
	s->guess = guess_new();
	set(s, "fcgi_children", "2");
	assert_int_equal(
		guess_let_in(s->guess, 1, "192.0.2.9", &place), ERR_OK);
	assert_int_equal(try_of(&new), 503);
	assert_string_equal(new.last.reply.retry_after, "5");
	assert_int_equal(try_of(&ann), 303);
	guess_let_out(s->guess, place);
	assert_int_equal(try_of(&new), 303);
	assert_int_equal(
		guess_let_in(s->guess, 1, "192.0.2.9", &place), ERR_OK);
}

static void
a_known_browser_has_five_tries_itself(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), new;

	tab_send(&ann, "/me/security", "/logout", "");
	s->guess = guess_new();
	fail_as(s, &ann, "ann", GUESS_FREE);
	assert_int_equal(try_of(&ann), 429);
	new = tab_new(s);
	assert_int_equal(try_of(&new), 303);
}

static void
a_browser_is_known_to_its_own_account_only(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_with_password(s, "bob", ROLE_MEMBER);
	const char *good = tab_cookie(&bob, "cairn-device"), *forged[4];

	person(s, "ann", ROLE_OWNER);
	tab_send(&bob, "/me/security", "/logout", "");
	s->guess = guess_new();
	fail_as(s, &bob, "ann", GUESS_FREE);
	assert_int_equal(try_of(&bob), 429);
	forged[0] = arena_printf(s->mem, "2%s", good + 1);
	forged[1] = "2.AAAAAAAAAAAAAAAAAAAAAA.";
	forged[2] = "2.";
	forged[3] = "";
	for (size_t i = 0; i < 4; i++) {
		tab_keep(&bob,
			arena_printf(s->mem, "cairn-device=%s", forged[i]));
		assert_int_equal(try_of(&bob), 429);
	}
}

static void
guesses_at_the_login_do_not_lock_who_is_signed_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	struct tab eve = tab_new(s);

	s->guess = guess_new();
	fail_as(s, &eve, "ann", GUESS_FREE);
	tab_send(&ann, "/login/confirm", "/login/confirm",
		"password=correct+horse+battery");
	assert_int_equal(ann.last.status, 303);
	/* But a session guesses no more than anybody. */
	for (int i = 0; i < GUESS_FREE; i++) {
		tab_send(&ann, "/login/confirm", "/login/confirm",
			"password=some+other+words");
		assert_int_equal(ann.last.status, 422);
		assert_holds(ann.last.body, "Name and password do not match.");
		guess_forget(s->guess, GUESS_ADDRESS, "192.0.2.7");
	}
	tab_send(&ann, "/login/confirm", "/login/confirm",
		"password=correct+horse+battery");
	assert_int_equal(ann.last.status, 429);
}

static const char *
role_form(struct site *s, int64_t id, const char *what)
{
	return arena_printf(s->mem, "/admin/users/%lld%s", (long long)id, what);
}

/* Whoever has the server has the site: docs/DEPLOY.md tells it so. */
static void
an_owner_who_lost_all_comes_in_by_the_link_and_hands_over(void **state)
{
	struct site *s = *state;
	struct owned ann = owned(s, "ann", ROLE_OWNER);
	int64_t bob = person(s, "bob", ROLE_MEMBER), first = 1;
	struct settings settings;
	struct tab t = tab_new(s), his;
	const char *link;

	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_setup_link(s->db, &settings, &s->pepper,
				 s->now, s->mem, &link),
		ERR_OK);
	link = strstr(link, "/setup/");
	tab_send(&t, link, link,
		"password=another+good+horse&password_again="
		"another+good+horse");
	assert_int_equal(t.last.status, 303);
	assert_false(is_in(&ann.tab)); /* whoever has the old browser */
	tab_send(&t, "/login", "/login",
		"name=ann&password=another+good+horse&next=");
	assert_true(is_in(&t)); /* without the code that is lost */
	tab_get(&t, role_form(s, bob, ""));
	tab_choose(&t, "form-role");
	tab_post(&t, role_form(s, bob, "/role"), "role=owner");
	assert_int_equal(t.last.status, 303);
	his = half(s, "bob");
	tab_get(&his, role_form(s, first, ""));
	tab_choose(&his, "form-role");
	tab_post(&his, role_form(s, first, "/role"), "role=member");
	assert_int_equal(his.last.status, 303);
	assert_int_equal(tab_get(&t, "/admin/").status, 303);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_owner_who_lost_all_comes_in_by_the_link_and_hands_over),
		TEST(the_page_shows_the_secret_twice_over),
		TEST(a_code_switches_it_on_and_recovery_codes_are_shown_once),
		TEST(a_wrong_code_switches_nothing_on),
		TEST(who_signs_in_by_no_password_is_told_so),
		TEST(the_password_is_half_of_it_then),
		TEST(who_is_led_somewhere_comes_there_behind_the_code),
		TEST(a_code_is_good_for_one_browser),
		TEST(the_code_of_another_user_opens_nothing),
		TEST(half_signed_in_nothing_else_opens),
		TEST(five_minutes_later_one_begins_again),
		TEST(what_is_forged_is_nobody),
		TEST(a_new_password_ends_the_half),
		TEST(codes_are_guessed_five_times_and_then_one_waits),
		TEST(a_right_code_ends_the_count_of_wrong_ones),
		TEST(a_session_that_guesses_codes_waits_and_others_do_not),
		TEST(the_form_of_a_code_is_guarded),
		TEST(who_has_a_factor_confirms_by_a_code),
		TEST(a_late_form_asks_for_the_code_and_is_kept),
		TEST(it_is_switched_off_after_a_question),
		TEST(new_recovery_codes_are_shown_once),
		TEST(the_list_of_users_tells_who_has_one),
		TEST(an_admin_takes_it_away_from_who_lost_it),
		TEST(an_owner_keeps_it_from_who_may_not_touch_them),
		TEST(strangers_do_not_lock_a_known_browser_out),
		TEST(strangers_who_sign_in_at_once_leave_room_for_others),
		TEST(a_known_browser_has_five_tries_itself),
		TEST(a_browser_is_known_to_its_own_account_only),
		TEST(guesses_at_the_login_do_not_lock_who_is_signed_in),
	};

	return cmocka_run_group_tests_name("fcgi/totp", tests, NULL, NULL);
}
