/*
 * events_test.c: who is handed on to the worker's streams, and as what.
 */
#include "tests/fcgi/checks.h"
#include "tests/fcgi/hostile.h"

#include "db/change.h"
#include "tailnet/register.h"

static const char *
link_of(struct site *s)
{
	struct answer a = ask(s, GROUP_INNER, "POST", "/machine/register",
		"{\"Version\":142,\"NodeKey\":\"" NKEY_A
		"\",\"Hostinfo\":{\"Hostname\":\"laptop\"}}");
	const char *at = strstr(a.body, "/register/hskey-authreq-");

	assert_non_null(at);
	return arena_printf(s->mem, "%.48s", at);
}

static void
who_reads_hears_of_everything(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	struct answer a = tab_get(&t, "/admin/events");

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reply.accel, "/_worker/events/admin/1");
	assert_int_equal(a.reply.class, REPLY_STREAM);
	assert_string_equal(a.body, "");
}

static void
a_member_hears_of_the_own_machines_only(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_MEMBER);
	struct answer a = tab_get(&t, "/admin/events");

	assert_int_equal(a.status, 403);
	assert_null(a.reply.accel);
	a = tab_get(&t, "/me/events");
	assert_string_equal(a.reply.accel, "/_worker/events/me/1");
}

static void
who_is_not_signed_in_hears_nothing(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	assert_int_equal(tab_get(&t, "/admin/events").status, 303);
	assert_null(t.last.reply.accel);
	assert_int_equal(tab_get(&t, "/me/events").status, 303);
	assert_null(t.last.reply.accel);
}

static void
since_is_a_number_or_left_out(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	static const char *const odd[] = { "", "-1", "1%0d%0aX-Y:1", "1&x=2",
		"x", "99999999999999999999" };

	assert_string_equal(tab_get(&t, "/admin/events?since=17").reply.accel,
		"/_worker/events/admin/1?since=17");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct answer a = tab_get(&t,
			arena_printf(s->mem, "/admin/events?since=%s", odd[i]));

		assert_int_equal(a.status, 200);
		assert_string_equal(a.reply.accel,
			i == 3 ? "/_worker/events/admin/1?since=1"
			       : "/_worker/events/admin/1");
	}
}

static void
whoever_has_the_link_of_a_machine_hears_of_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *path = link_of(s);
	struct answer a = tab_get(&t, arena_printf(s->mem, "%s/events", path));

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reply.accel, "/_worker/events/register/1");
}

static void
whoever_has_the_link_of_a_check_hears_of_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	int64_t id = machine_of(s, 0, "gate");
	struct ssh_check c = check_of(s, id, id, "root");
	struct answer a = tab_get(
		&t, arena_printf(s->mem, "%s/events", check_path(s, &c)));

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reply.accel, "/_worker/events/auth/1");
	a = tab_get(&t, "/auth/hskey-authreq-aaaaaaaaaaaaaaaaaaaaaaaa/events");
	assert_int_equal(a.status, 404);
	assert_null(a.reply.accel);
}

static void
a_guessed_link_of_a_machine_leads_nowhere(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	(void)link_of(s);
	assert_int_equal(tab_get(&t, "/register/hskey-authreq-"
				     "aaaaaaaaaaaaaaaaaaaaaaaa/events")
				 .status,
		404);
	assert_null(t.last.reply.accel);
	assert_int_equal(tab_get(&t, "/register/1/events").status, 400);
	assert_null(t.last.reply.accel);
}

static void
a_live_page_says_which_change_it_was_made_at(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a = tab_get(&t, "/admin/machines");
	int64_t seq;

	assert_int_equal(db_change_last(s->db, &seq), ERR_OK);
	assert_true(seq > 0);
	assert_holds(a.body,
		arena_printf(s->mem, "data-live-seq=\"%lld\"", (long long)seq));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_reads_hears_of_everything),
		TEST(a_member_hears_of_the_own_machines_only),
		TEST(who_is_not_signed_in_hears_nothing),
		TEST(since_is_a_number_or_left_out),
		TEST(whoever_has_the_link_of_a_machine_hears_of_it),
		TEST(whoever_has_the_link_of_a_check_hears_of_it),
		TEST(a_guessed_link_of_a_machine_leads_nowhere),
		TEST(a_live_page_says_which_change_it_was_made_at),
	};

	return cmocka_run_group_tests_name("fcgi/events", tests, NULL, NULL);
}
