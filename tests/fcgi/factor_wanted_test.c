/*
 * factor_wanted_test.c: whom the setting require_second_factor asks for a
 * second factor, and where they come to behind it.
 */
#include "tests/fcgi/factor.h"
#include "tests/fcgi/sound.h"

#include "tailnet/link.h"

#define JOIN "/register/hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA"
#define PASSWORDS                                       \
	"password=correct+horse+battery&password_again" \
	"=correct+horse+battery"

/* Where somebody comes to who signs in to go to JOIN. */
static const char *
led_to(struct site *s, const char *name)
{
	struct tab t = tab_new(s);

	tab_send(&t, "/login?next=" JOIN, "/login",
		arena_printf(s->mem,
			"name=%s&password=correct+horse+battery&next=" JOIN,
			name));
	assert_int_equal(t.last.status, 303);
	return t.last.reply.location;
}

static void
a_member_is_asked_for_none(void **state)
{
	struct site *s = *state;
	struct tab t;

	set(s, "require_second_factor", "true");
	person(s, "bob", ROLE_MEMBER);
	assert_string_equal(led_to(s, "bob"), JOIN);
	t = half(s, "bob");
	assert_string_equal(t.last.reply.location, "/");
	assert_lacks(tab_get(&t, "/me/totp").body,
		"Admins of this network need a second factor");
	/* What is no page of a member stays closed by the role. */
	assert_int_equal(tab_get(&t, "/admin/machines").status, 403);
	assert_holds(t.last.body, "data-error=\"role\"");
}

static void
a_member_who_was_invited_goes_on_to_connect(void **state)
{
	struct site *s = *state;
	static const struct {
		enum role role;
		const char *to;
	} invited[] = {
		{ ROLE_MEMBER, "/connect" },
		{ ROLE_AUDITOR, "/me/totp?next=/connect" },
	};

	set(s, "require_second_factor", "true");
	for (size_t i = 0; i < sizeof(invited) / sizeof(invited[0]); i++) {
		int64_t id = person_without_password(
			s, i ? "eve" : "bob", invited[i].role);
		struct tab t = tab_new(s);
		const char *token, *path;

		assert_int_equal(tailnet_invite(s->db, &s->pepper, &actor_cli,
					 id, s->now, s->mem, &token),
			ERR_OK);
		path = arena_printf(s->mem, "/invite/%s", token);
		tab_send(&t, path, path, PASSWORDS);
		assert_int_equal(t.last.status, 303);
		assert_string_equal(t.last.reply.location, invited[i].to);
	}
}

static void
whoever_is_more_than_a_member_is_asked(void **state)
{
	struct site *s = *state;

	set(s, "require_second_factor", "true");
	for (enum role role = 0; role < ROLES; role++) {
		const char *name = arena_printf(s->mem, "eve-%d", role);

		person(s, name, role);
		assert_string_equal(led_to(s, name),
			role == ROLE_MEMBER ? JOIN : "/me/totp?next=" JOIN);
	}
}

static void
behind_the_codes_they_come_to_where_they_wanted(void **state)
{
	struct site *s = *state;
	const char *to = arena_printf(s->mem, "/me/totp?next=%s", JOIN), *form;
	struct tab ann;

	set(s, "require_second_factor", "true");
	person(s, "ann", ROLE_ADMIN);
	ann = half(s, "ann");
	assert_holds(tab_get(&ann, to).body, "value=\"" JOIN "\"");
	/* A wrong code forgets it not. */
	tab_post(&ann, "/me/totp", "code=000000&next=" JOIN);
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "value=\"" JOIN "\"");
	form = tab_form(&ann, arena_printf(s->mem, "%s&next=" JOIN,
				      field_of(s, code_of(&ann))));
	tab_ask(&ann, "POST", "/me/totp", form);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "<a href=\"" JOIN "\">I have them</a>");
}

static void
it_is_added_for_no_other_site(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_ADMIN);

	assert_lacks(tab_get(&ann, "/me/totp?next=//evil.example").body,
		"evil.example");
	tab_post(&ann, "/me/totp",
		arena_printf(s->mem, "%s&next=//evil.example",
			field_of(s, code_of(&ann))));
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "<a href=\"/me/security\">I have them</a>");
}

static void
who_must_have_one_comes_to_no_admin_page_without(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_ADMIN), t;

	set(s, "require_second_factor", "true");
	assert_int_equal(tab_get(&ann, "/admin/machines").status, 303);
	assert_string_equal(
		ann.last.reply.location, "/me/totp?next=/admin/machines");
	assert_int_equal(tab_get(&ann, "/admin/events").status, 303);
	assert_string_equal(ann.last.reply.location, "/me/totp");
	tab_send(&ann, "/me/security", "/admin/users/new",
		"name=eve&sign_in=none");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-error=\"factor\"");
	/* The own portal stays. */
	assert_int_equal(tab_get(&ann, "/me").status, 200);
	assert_lacks(ann.last.body, "href=\"/admin/\"");
	/* A new sign-in leads there. */
	t = half(s, "ann");
	assert_string_equal(t.last.reply.location, "/me/totp");
	assert_holds(tab_get(&t, "/me/totp").body,
		"the admin pages are closed to you");
	tab_post(&t, "/me/totp", field_of(s, code_of(&t)));
	assert_int_equal(t.last.status, 200);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 200);
	/* Who signs in by no password has nothing to add. */
	ann = tab_of(s, "olga", ROLE_ADMIN);
	assert_int_equal(tab_get(&ann, "/admin/machines").status, 200);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_member_is_asked_for_none),
		TEST(a_member_who_was_invited_goes_on_to_connect),
		TEST(whoever_is_more_than_a_member_is_asked),
		TEST(behind_the_codes_they_come_to_where_they_wanted),
		TEST(it_is_added_for_no_other_site),
		TEST(who_must_have_one_comes_to_no_admin_page_without),
	};

	return cmocka_run_group_tests_name(
		"fcgi/factor_wanted", tests, NULL, NULL);
}
