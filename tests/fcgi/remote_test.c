/* remote_test.c: signing in as whom nginx vouches for. */
#include "tests/fcgi/browser.h"

static void
vouch(struct site *s, bool on)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, "remote_user", on ? "true" : "false", "cli",
			s->now, s->mem, &why),
		ERR_OK);
}

static void
whom_nginx_vouches_for_comes_in_by_a_form(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	person(s, "ann", ROLE_ADMIN);
	vouch(s, true);
	t.more[0] = "REMOTE_USER=ann";
	tab_get(&t, "/login?next=/admin/users");
	assert_int_equal(t.last.status, 200); /* looking signs nobody in */
	assert_holds(t.last.body, "Continue as ann");
	tab_choose(&t, "form-remote");
	assert_int_equal(
		tab_post(&t, "/login/remote", "next=/admin/users").status, 303);
	assert_string_equal(t.last.reply.location, "/admin/users");
	assert_int_equal(tab_get(&t, "/admin/users").status, 200);
}

static void
nobody_is_believed_without_the_setting(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	person(s, "ann", ROLE_ADMIN);
	t.more[0] = "REMOTE_USER=ann";
	tab_get(&t, "/login");
	assert_lacks(t.last.body, "Continue as");
	assert_int_equal(tab_post(&t, "/login/remote", "").status, 403);
	assert_lacks(t.last.head, "Set-Cookie: cairn=");
}

/* What a client sends becomes HTTP_… on the way. */
static void
a_header_of_the_client_vouches_for_nobody(void **state)
{
	static const char *const claims[] = { "HTTP_REMOTE_USER=ann",
		"HTTP_X_REMOTE_USER=ann", "REMOTE_USER=",
		"HTTP_AUTHORIZATION="
		"Basic YW5uOng=" };
	struct site *s = *state;

	person(s, "ann", ROLE_ADMIN);
	vouch(s, true);
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		struct tab t = tab_new(s);

		t.more[0] = claims[i];
		tab_get(&t, "/login");
		assert_lacks(t.last.body, "Continue as");
		assert_int_equal(tab_post(&t, "/login/remote", "").status, 403);
	}
}

static void
who_is_unknown_or_suspended_stays_outside(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	int64_t bob = person(s, "bob", ROLE_MEMBER);

	vouch(s, true);
	t.more[0] = "REMOTE_USER=eve";
	tab_get(&t, "/login");
	assert_int_equal(tab_post(&t, "/login/remote", "").status, 403);
	assert_int_equal(tailnet_person_status(s->db, &actor_cli, bob,
				 PERSON_SUSPEND, s->now),
		ERR_OK);
	t.more[0] = "REMOTE_USER=bob";
	tab_get(&t, "/login");
	assert_int_equal(tab_post(&t, "/login/remote", "").status, 403);
	assert_lacks(t.last.head, "Set-Cookie: cairn=");
}

#define test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(whom_nginx_vouches_for_comes_in_by_a_form),
		test(nobody_is_believed_without_the_setting),
		test(a_header_of_the_client_vouches_for_nobody),
		test(who_is_unknown_or_suspended_stays_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
