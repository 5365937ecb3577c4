/*
 * stale_page_test.c: what the page of stale machines shows of a rule that would
 * be, and where it complains.
 */
#include "tests/fcgi/machines.h"

#include "tailnet/setting_ask.h"
#include "tailnet/stale.h"

#define DAY  86400
#define PAGE "/admin/settings/stale"

enum {
	SHOWN_MAX = 200, /* machines, as the page has it */
};

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why = "";

	if (settings_put(s->db, name, value, "cli", s->now, s->mem, &why))
		fail_msg("%s: %s", name, why);
}

/* A hundred days after all was made. */
static struct tab
later(struct site *s)
{
	s->now = NOW + 100 * DAY;
	return tab_of(s, "ann", ROLE_OWNER);
}

/* Machines of bob that were seen a second more than so many days ago. */
static int64_t
silent(struct site *s, int count, int days)
{
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER), id = 0;

	for (int i = 0; i < count; i++)
		id = machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%d", i),
				.user_id = bob,
				.last_seen = s->now - days * DAY - 1 });
	return id;
}

static void
days_within_the_limits_are_tried_and_stand_in_their_field(void **state)
{
	static const struct {
		const char *query, *value, *words;
	} cases[] = {
		{ "", "", NULL },
		{ "?days=", "", NULL },
		{ "?days=0", "", NULL },
		{ "?days=-1", "", NULL },
		{ "?days=x", "", NULL },
		{ "?days=2x", "", NULL },
		{ "?days=3651", "", NULL },
		{ "?days=99999999999999999999", "", NULL },
		{ "?days=1", "1", "1 machine not used for 1 day would be " },
		{ "?days=2", "2", "1 machine not used for 2 days would be " },
		{ "?days=3", "3", "0 machines not used for 3 days would be " },
		{ "?days=3650", "3650",
			"0 machines not used for 3650 days would be " },
	};
	struct site *s = *state;
	struct tab t = later(s);

	(void)silent(s, 1, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&t, arena_printf(s->mem, PAGE "%s", cases[i].query));
		assert_int_equal(t.last.status, 200);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body,
			arena_printf(s->mem,
				"name=\"days\" min=\"1\" max=\"%d\" "
				"value=\"%s\"",
				STALE_DAYS_MOST, cases[i].value));
		if (cases[i].words)
			assert_holds(t.last.body, cases[i].words);
		else
			assert_lacks(t.last.body, "id=\"dry-run\"");
	}
	/* What is no number of days is the rule in force. */
	set(s, "stale_days", "2");
	for (size_t i = 0; !cases[i].words; i++)
		assert_holds(tab_get(&t, arena_printf(s->mem, PAGE "%s",
						 cases[i].query))
				     .body,
			"1 machine not used for 2 days would be expired now.");
}

static void
each_machine_has_its_owner_its_link_and_when_it_was_seen(void **state)
{
	struct site *s = *state;
	struct tab t = later(s);
	int64_t id = silent(s, 1, 2);

	tab_get(&t, PAGE "?days=1");
	assert_holds(t.last.body, "<h2>Dry run</h2>");
	assert_holds(t.last.body,
		arena_printf(s->mem,
			"<li><a href=\"/admin/machines/%lld\">m0</a> of bob, "
			"last seen <time datetime=\"2027-02-08T06:13:19Z\">",
			(long long)id));
}

static void
two_hundred_are_shown_and_of_one_more_it_is_said_where_it_is(void **state)
{
	static const char more[] = "And more: cairn nodes stale has all.";
	struct site *s = *state;
	struct tab t = later(s);

	(void)silent(s, SHOWN_MAX, 2);
	tab_get(&t, PAGE "?days=1");
	assert_int_equal(sound_count(t.last.body, "</a> of bob, "), SHOWN_MAX);
	assert_lacks(t.last.body, more);
	machine(s, &(struct made){ .name = "another",
			   .user_id = 1,
			   .last_seen = s->now - DAY - 1 });
	tab_get(&t, PAGE "?days=1");
	assert_int_equal(sound_count(t.last.body, "</a> of bob, "), SHOWN_MAX);
	assert_lacks(t.last.body, ">another</a>");
	assert_holds(t.last.body, "201 machines not used for 1 day");
	assert_holds(t.last.body, more);
}

static void
a_name_of_no_machine_is_told_at_its_field(void **state)
{
	struct site *s = *state;
	struct tab t = later(s);

	tab_send(&t, PAGE, PAGE,
		"stale_days=0&stale_action=expire&stale_exempt=nobody");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body,
		"<a href=\"#settings-stale-stale_exempt\">No machine is named "
		"nobody.</a>");
}

/* What an answer to this rule would be about. */
static const char *
seen_of(struct site *s, const char *days, const char *action,
	const char *exempt)
{
	const struct setting_value values[] = { { "stale_days", days },
		{ "stale_action", action }, { "stale_exempt", exempt } };
	struct setting_asked asked;
	const char *field, *why = "";

	if (settings_ask(
		    s->db, values, 3, s->now, s->mem, &asked, &field, &why))
		fail_msg("%s", why);
	assert_true(strlen(asked.seen) == 32);
	return asked.seen;
}

static void
an_answer_is_about_both_rules_and_each_machine(void **state)
{
	struct site *s = *state;
	const char *seen[6];

	(void)later(s);
	(void)silent(s, 2, 2);
	machine(s,
		&(struct made){
			.name = "fresh", .user_id = 1, .last_seen = s->now });
	seen[0] = seen_of(s, "1", "expire", "");
	assert_string_equal(seen_of(s, "1", "expire", ""), seen[0]);
	seen[1] = seen_of(s, "2", "expire", "");
	seen[2] = seen_of(s, "1", "delete", "");
	seen[3] = seen_of(s, "1", "expire", "fresh");
	set(s, "stale_days", "3");
	seen[4] = seen_of(s, "1", "expire", "");
	set(s, "stale_days", "0");
	assert_string_equal(seen_of(s, "1", "expire", ""), seen[0]);
	/* As many as before, and others. */
	machine(s, &(struct made){ .name = "other",
			   .user_id = 1,
			   .last_seen = s->now - 2 * DAY - 1 });
	assert_int_equal(db_exec(s->db, arena_printf(s->mem,
						"UPDATE node_live SET last_seen"
						" = %lld WHERE node_id = 1",
						(long long)s->now)),
		ERR_OK);
	seen[5] = seen_of(s, "1", "expire", "");
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(seen[i], seen[k]) == 0)
				fail_msg("%zu is as %zu", i, k);
}

static void
the_log_says_who_changed_the_rule(void **state)
{
	struct site *s = *state;
	struct tab t = later(s);
	struct user ann;

	assert_int_equal(db_user_by_name(s->db, "ann", s->mem, &ann), ERR_OK);
	tab_send(&t, PAGE, PAGE,
		"stale_days=30&stale_action=expire&stale_exempt=");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(audit_last(s).actor,
		arena_printf(s->mem, "user:%lld", (long long)ann.id));
	assert_string_equal(audit_last(s).action, "setting.changed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(days_within_the_limits_are_tried_and_stand_in_their_field),
		TEST(each_machine_has_its_owner_its_link_and_when_it_was_seen),
		TEST(two_hundred_are_shown_and_of_one_more_it_is_said_where_it_is),
		TEST(an_answer_is_about_both_rules_and_each_machine),
		TEST(the_log_says_who_changed_the_rule),
		TEST(a_name_of_no_machine_is_told_at_its_field),
	};

	return cmocka_run_group_tests_name(
		"fcgi/stale_page", tests, NULL, NULL);
}
