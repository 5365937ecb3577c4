/*
 * overview_page_test.c: how things stand, at a glance.
 */
#include "tests/fcgi/machines.h"

#include "db/live.h"
#include "tailnet/audit.h"
#include "tailnet/dns.h"
#include "tailnet/policy_store.h"

static void
a_new_instance_says_what_is_still_to_be_done(void **state)
{
	static const char *const steps[] = { "factor", "machine", "policy",
		"dns", "owner", "backup", "https" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body = tab_get(&ann, "/admin/").body;

	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"overview\"");
	assert_holds(body, "<title>Overview · ");
	assert_holds(
		body, "<a href=\"/admin/\" aria-current=\"page\">Overview</a>");
	assert_holds(body, "<ol id=\"checklist\"");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		assert_holds(
			body, arena_printf(s->mem,
				      "data-step=\"%s\" data-state=\"open\"",
				      steps[i]));
	assert_holds(body,
		"<a href=\"/admin/machines?status=online\"><b>0</b> online");
	assert_holds(body, "user.created");
}

static void
what_is_done_is_marked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body;

	machine(s, &(struct made){ .name = "laptop", .tags = "[\"tag:a\"]" });
	(void)person_without_password(s, "eve", ROLE_OWNER);
	body = tab_get(&ann, "/admin/").body;
	assert_holds(body, "data-step=\"machine\" data-state=\"done\"");
	assert_holds(body, "data-step=\"owner\" data-state=\"done\"");
	assert_holds(body, "data-step=\"policy\" data-state=\"open\"");
}

static void
the_step_backup_leads_the_owner_to_the_page_that_makes_one(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_AUDITOR);

	assert_holds(tab_get(&ann, "/admin/").body,
		"data-step=\"backup\" data-state=\"open\">"
		"<a href=\"/admin/settings/backup\">");
	assert_lacks(tab_get(&bob, "/admin/").body, "data-step=\"backup\"");
	tab_get(&ann, "/admin/settings/backup");
	tab_send(&ann, "/admin/settings/backup", "/admin/settings/backup",
		"passphrase=&passphrase_again=");
	assert_int_equal(ann.last.status, 303);
	assert_holds(tab_get(&ann, "/admin/").body,
		"data-step=\"backup\" data-state=\"open\"");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(audit(s->db, s->now, "user:1", "backup.downloaded",
				 "server", 0, "x"),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_holds(tab_get(&ann, "/admin/").body,
		"data-step=\"backup\" data-state=\"done\"");
}

static void
a_backup_of_the_command_line_counts_as_elsewhere(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(
		audit(s->db, s->now, "cli", "backup.made", "server", 0, ""),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_holds(tab_get(&ann, "/admin/").body,
		"data-step=\"backup\" data-state=\"done\"");
}

static void
nobody_is_told_to_do_what_the_role_may_not(void **state)
{
	static const struct {
		enum role role;
		const char *has, *lacks;
	} cases[] = {
		{ ROLE_ADMIN, "https", "owner" },
		{ ROLE_NETWORK_ADMIN, "policy", "machine" },
		{ ROLE_IT_ADMIN, "machine", "dns" },
		{ ROLE_AUDITOR, "factor", "policy" },
	};
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tab t = tab_of(
			s, arena_printf(s->mem, "u%zu", i), cases[i].role);

		tab_get(&t, "/admin/");
		assert_holds(t.last.body,
			arena_printf(s->mem, "data-step=\"%s\"", cases[i].has));
		assert_lacks(
			t.last.body, arena_printf(s->mem, "data-step=\"%s\"",
					     cases[i].lacks));
	}
}

static void
is_counted(struct site *s, const char *body, const char *word, int count,
	const char *words)
{
	assert_holds(body, arena_printf(s->mem,
				   "data-fact=\"%s\"><a href=\"/admin/machines?"
				   "status=%s\"><b>%d</b> %s</a>",
				   word, word, count, words));
}

/* One that is expired is that alone, though it is connected still. */
static void
machines_are_counted_by_their_state_and_add_up(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const struct made made[] = {
		{ .name = "on", .tags = "[\"tag:a\"]", .online = true },
		{ .name = "off",
			.tags = "[\"tag:a\"]",
			.last_seen = NOW - 60,
			.routes = "[\"10.9.0.0/16\"]" },
		{ .name = "off2",
			.tags = "[\"tag:a\"]",
			.last_seen = NOW - 60,
			.expires_at = s->now + 7 * 86400 },
		{ .name = "old",
			.tags = "[\"tag:a\"]",
			.online = true,
			.expires_at = NOW - 1 },
		{ .name = "new", .tags = "[\"tag:a\"]" },
		{ .name = "asks", .tags = "[\"tag:a\"]", .unapproved = true },
	};
	const char *body;

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		machine(s, &made[i]);
	body = tab_get(&ann, "/admin/").body;
	assert_holds(body, "><b>6</b> machines<");
	is_counted(s, body, "online", 1, "online");
	is_counted(s, body, "offline", 2, "offline");
	is_counted(s, body, "never", 1, "never connected");
	is_counted(s, body, "expired", 1, "expired");
	is_counted(s, body, "needs-approval", 1, "needs approval");
	assert_holds(body, "><b>1</b> expires within 7 days<");
	assert_holds(body, "><b>1</b> has routes that wait<");
	assert_holds(body, "><b>0</b> SSH logins wait<");
	assert_holds(tab_get(&ann, "/admin/machines?expires=7").body,
		">1 of 6 machines");
	assert_holds(tab_get(&ann, "/admin/machines?route=waiting").body,
		">1 of 6 machines");
}

static void
the_last_ten_events_are_there(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	for (int i = 0; i < 12; i++)
		(void)person_without_password(
			s, arena_printf(s->mem, "user%d", i), ROLE_MEMBER);
	tab_get(&ann, "/admin/");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"event-"), 10);
	assert_holds(ann.last.body, ">user11<");
	assert_lacks(ann.last.body, ">user0<");
	assert_holds(
		ann.last.body, "data-event=\"user.created\">User added</td>");
	assert_true(strlen(ann.last.body) <= 30 * 1024);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_instance_says_what_is_still_to_be_done),
		TEST(what_is_done_is_marked),
		TEST(the_step_backup_leads_the_owner_to_the_page_that_makes_one),
		TEST(a_backup_of_the_command_line_counts_as_elsewhere),
		TEST(nobody_is_told_to_do_what_the_role_may_not),
		TEST(machines_are_counted_by_their_state_and_add_up),
		TEST(the_last_ten_events_are_there),
	};

	return cmocka_run_group_tests_name("fcgi/overview", tests, NULL, NULL);
}
