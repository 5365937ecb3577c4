/*
 * account_test.c: what everybody has for themselves: sessions, password, look.
 */
#include "tests/fcgi/sound.h"

#include "fcgi/agent.h"

#define FIREFOX                                                           \
	"HTTP_USER_AGENT=Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko" \
	"/20100101 Firefox/140.0"

/* Another browser of the same person. */
static struct tab
tab_more(struct site *s, const char *name)
{
	struct tab t = tab_new(s);

	t.more[0] = FIREFOX;
	tab_sign_in(&t, name);
	t.more[0] = NULL;
	return t;
}

static int64_t
session_of(struct tab *t)
{
	struct web_session s;
	uint8_t hash[32];

	session_hash(&t->s->pepper, tab_cookie(t, "cairn"), hash);
	assert_int_equal(db_web_session_by_hash(
				 t->s->db, hash, t->s->now, t->s->mem, &s),
		ERR_OK);
	return s.id;
}

static bool
is_in(struct tab *t)
{
	return tab_get(t, "/me/sessions").status == 200;
}

static void
people_see_where_they_are_signed_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), more;
	struct tab bob = tab_with_password(s, "bob", ROLE_OWNER);
	struct answer a;

	more = tab_more(s, "ann");
	a = tab_get(&ann, "/me/sessions");
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"sessions\"");
	assert_holds(a.body, "<h1>Where you are signed in</h1>");
	assert_holds(a.body, "<table id=\"sessions\"");
	assert_holds(a.body, "data-label=\"Last used\">now</td>");
	assert_holds(a.body, "Firefox on Linux");
	assert_int_equal(sound_count(a.body, "<tr id=\"session-"), 2);
	assert_int_equal(sound_count(a.body, "this one</span>"), 1);
	assert_int_equal(sound_count(a.body, "/revoke\""), 1);
	assert_holds(a.body, "action=\"/me/sessions/revoke-others\"");
	assert_lacks(a.body, "href=\"/admin/\"");
	a = tab_get(&bob, "/me/sessions");
	assert_lacks(a.body, "revoke-others");
	/* Who may read finds the way back. */
	assert_holds(a.body, "<ul><li><a href=\"/admin/\">Admin</a></li><li>"
			     "<a href=\"/me\">Your machines</a></li>");
	assert_true(is_in(&more));
}

static void
one_session_ends_and_the_others_stay(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), more, third;
	const char *path;

	more = tab_more(s, "ann");
	third = tab_more(s, "ann");
	path = arena_printf(s->mem, "/me/sessions/%lld/revoke",
		(long long)session_of(&more));
	assert_int_equal(tab_send(&ann, "/me/sessions", path, "").status, 303);
	assert_string_equal(ann.last.reply.location, "/me/sessions");
	assert_string_equal(audit_last(s).action, "session.revoked");
	assert_false(is_in(&more));
	assert_true(is_in(&third));
	assert_true(is_in(&ann));
	assert_int_equal(tab_send(&ann, "/me/sessions", path, "").status, 404);
	assert_holds(ann.last.body, "href=\"/me/sessions\"");
}

static void
nobody_ends_the_session_of_another_here(void **state)
{
	static const char *const wrong[] = { "0", "-1", "x", "01", "99" };
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	struct tab bob = tab_with_password(s, "bob", ROLE_MEMBER);
	const char *path = arena_printf(s->mem, "/me/sessions/%lld/revoke",
		(long long)session_of(&bob));

	assert_int_equal(tab_send(&ann, "/me/sessions", path, "").status, 404);
	assert_true(is_in(&bob));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(
			tab_send(&ann, "/me/sessions",
				arena_printf(s->mem, "/me/sessions/%s/revoke",
					wrong[i]),
				"")
				.status,
			404);
}

static void
all_other_sessions_end_at_once(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), more, third;
	struct tab bob = tab_with_password(s, "bob", ROLE_MEMBER);

	more = tab_more(s, "ann");
	third = tab_more(s, "ann");
	tab_send(&ann, "/me/sessions", "/me/sessions/revoke-others", "");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(audit_last(s).action, "session.revoked");
	assert_holds(tab_get(&ann, "/me/sessions").body,
		"data-flash=\"sessions-ended\"");
	assert_false(is_in(&more));
	assert_false(is_in(&third));
	assert_true(is_in(&bob));
}

#define NEW_PASSWORD                                                    \
	"password_old=correct+horse+battery&password=another+long+one&" \
	"password_again=another+long+one"

static void
a_new_password_ends_the_other_sessions(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), more, fresh;
	const char *before = tab_cookie(&ann, "cairn");

	more = tab_more(s, "ann");
	tab_send(&ann, "/me/security", "/me/password", NEW_PASSWORD);
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, "/me/security");
	assert_string_equal(audit_last(s).action, "user.password_set");
	assert_string_not_equal(tab_cookie(&ann, "cairn"), before);
	assert_holds(tab_get(&ann, "/me/security").body,
		"data-flash=\"password-changed\"");
	assert_false(is_in(&more));
	fresh = tab_new(s);
	assert_int_equal(tab_send(&fresh, "/login", "/login",
				 "name=ann&password=correct+horse+battery")
				 .status,
		422);
	assert_int_equal(tab_send(&fresh, "/login", "/login",
				 "name=ann&password=another+long+one")
				 .status,
		303);
}

static void
a_refused_password_changes_nothing(void **state)
{
	static const char *const wrong[][2] = {
		{ "password_old=wrong&password=another+long+one&"
		  "password_again=another+long+one",
			"id=\"password-password_old-error\" data-error=\""
			"password-wrong\">This is not your password.<" },
		{ "password_old=correct+horse+battery&password=another+long+"
		  "one&password_again=x",
			"data-error=\"password-differs\"" },
		{ "password_old=correct+horse+battery&password=short&"
		  "password_again=short",
			"data-error=\"password-short\"" },
		{ "password=another+long+one&password_again=another+long+one",
			"data-error=\"required\"" },
		{ "", "data-error=\"required\"" },
	};
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER), more;

	more = tab_more(s, "ann");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct answer a = tab_send(
			&ann, "/me/security", "/me/password", wrong[i][0]);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, wrong[i][1]);
		assert_holds(a.body, "<title>Error: Security");
		assert_lacks(a.body, "another long one");
	}
	assert_true(is_in(&more));
	more = tab_more(s, "ann"); /* by the password as it was */
	assert_true(is_in(&more));
}

static void
guessing_the_old_password_is_slowed_down(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER);

	s->guess = guess_new();
	for (int i = 0; i < GUESS_FREE; i++)
		tab_send(&ann, "/me/security", "/me/password",
			"password_old=wrong&password=another+long+one&"
			"password_again=another+long+one");
	assert_int_equal(ann.last.status, 422);
	tab_send(&ann, "/me/security", "/me/password", NEW_PASSWORD);
	assert_int_equal(ann.last.status, 429);
}

static void
the_look_is_a_cookie(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER);

	assert_sound(s->mem, tab_get(&ann, "/me/security").body);
	assert_holds(ann.last.body, "data-theme=\"auto\"");
	assert_int_equal(tab_post(&ann, "/me/theme", "theme=dark").status, 303);
	assert_string_equal(ann.last.reply.location, "/me/security");
	assert_holds(ann.last.head,
		"Set-Cookie: cairn-theme=dark; Path=/; Max-Age=31536000");
	assert_holds(tab_get(&ann, "/me/security").body, "data-theme=\"dark\"");
	assert_holds(ann.last.body, "data-flash=\"theme-set\"");
	assert_int_equal(
		tab_post(&ann, "/me/theme", "theme=light&next=/me/sessions")
			.status,
		303);
	assert_string_equal(ann.last.reply.location, "/me/sessions");
	tab_send(&ann, "/me/security", "/me/theme",
		"theme=light&next=//evil.example");
	assert_string_equal(ann.last.reply.location, "/me/security");
	tab_send(&ann, "/me/security", "/me/theme", "theme=pink");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "data-error=\"choice\"");
	assert_holds(ann.last.body, "data-theme=\"light\"");
}

static void
a_hostile_browser_is_shown_as_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_MEMBER),
		   evil = tab_new(s);

	evil.more[0] = "HTTP_USER_AGENT=<script>alert(1)</script>";
	tab_sign_in(&evil, "ann");
	assert_sound(s->mem, tab_get(&ann, "/me/sessions").body);
	assert_lacks(ann.last.body, "alert(1)");
	assert_holds(ann.last.body, "A browser");
}

static void
browsers_are_named_as_people_know_them(void **state)
{
	static const char *const known[][2] = {
		{ FIREFOX, "Firefox on Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		  "(KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 "
		  "Edg/141.0.0.0",
			"Edge on Windows" },
		{ "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
		  "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
		  "Safari/605.1.15",
			"Safari on macOS" },
		{ "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 "
		  "(KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
			"Chrome on Android" },
		{ "", "A browser" },
	};
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_string_equal(
			agent_words(s->mem, known[i][0]), known[i][1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(people_see_where_they_are_signed_in),
		TEST(one_session_ends_and_the_others_stay),
		TEST(nobody_ends_the_session_of_another_here),
		TEST(all_other_sessions_end_at_once),
		TEST(a_new_password_ends_the_other_sessions),
		TEST(a_refused_password_changes_nothing),
		TEST(guessing_the_old_password_is_slowed_down),
		TEST(the_look_is_a_cookie),
		TEST(a_hostile_browser_is_shown_as_text),
		TEST(browsers_are_named_as_people_know_them),
	};

	return cmocka_run_group_tests_name("fcgi/account", tests, NULL, NULL);
}
