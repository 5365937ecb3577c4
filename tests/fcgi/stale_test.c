/*
 * stale_test.c: machines that nobody uses.
 */
#include "tests/fcgi/machines.h"

#include "db/job.h"
#include "db/stat.h"
#include "tailnet/stale.h"

#define DAY 86400

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why = "";

	if (settings_put(s->db, name, value, "cli", s->now, s->mem, &why))
		fail_msg("%s: %s", name, why);
}

static void
fill(struct site *s)
{
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	s->now = NOW + 100 * DAY;
	machine(s, &(struct made){ .name = "old",
			   .user_id = bob,
			   .last_seen = s->now - 31 * DAY });
	machine(s, &(struct made){ .name = "older",
			   .user_id = bob,
			   .last_seen = s->now - 60 * DAY });
	machine(s, &(struct made){ .name = "fresh",
			   .user_id = bob,
			   .last_seen = s->now - 29 * DAY });
	machine(s, &(struct made){ .name = "here",
			   .user_id = bob,
			   .online = true,
			   .last_seen = s->now - 60 * DAY });
	machine(s, &(struct made){ .name = "tagged",
			   .tags = "[\"tag:x\"]",
			   .last_seen = s->now - 60 * DAY });
	machine(s, &(struct made){ .name = "expired",
			   .user_id = bob,
			   .expires_at = NOW,
			   .last_seen = s->now - 60 * DAY });
	machine(s, &(struct made){ .name = "never", .user_id = bob });
}

static const char *
found(struct site *s, int64_t days, bool deletes, const char *exempt)
{
	const struct stale_rule rule = { days, deletes, exempt };
	struct stale_machine *rows;
	const char *names = "";
	size_t count;

	assert_int_equal(
		stale_find(s->db, &rule, s->now, s->mem, &rows, &count),
		ERR_OK);
	for (size_t i = 0; i < count; i++)
		names = arena_printf(s->mem, "%s%s ", names, rows[i].name);
	return names;
}

static void
the_rule_is_about_silent_machines_of_users_alone(void **state)
{
	struct site *s = *state;

	fill(s);
	assert_string_equal(found(s, 0, true, ""), "");
	assert_string_equal(found(s, 30, false, ""), "never older old ");
	assert_string_equal(found(s, 30, true, ""), "never older expired old ");
	assert_string_equal(found(s, 30, false, "never old"), "older ");
	assert_string_equal(found(s, 61, false, ""), "never ");
	assert_string_equal(found(s, 101, false, ""), "");
}

static void
it_is_off_until_somebody_switches_it_on(void **state)
{
	struct site *s = *state;
	size_t done = 9;
	struct job j;
	bool more;

	fill(s);
	assert_int_equal(
		db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_NOT_FOUND);
	assert_int_equal(
		tailnet_stale_run(s->db, s->now, &done, &more), ERR_OK);
	assert_int_equal(done, 0);
}

static void
run(struct site *s)
{
	struct job j;

	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
}

#define FORM "/admin/settings/stale"

/* Yes to what the page asks that was looked at last. */
static int
say_yes(struct tab *t, const char *fields)
{
	return tab_post(t, FORM,
		arena_printf(t->s->mem, "%s&confirm=1&seen=%s", fields,
			tab_value(t, "seen")))
		.status;
}

static int64_t
rows_of(struct site *s, const char *action)
{
	int64_t count = 0;

	assert_int_equal(
		db_audit_recent(s->db, action, NULL, 0, &count), ERR_OK);
	return count;
}

static void
the_job_does_it_once_by_the_server_and_comes_again(void **state)
{
	struct site *s = *state;
	struct job j;

	fill(s);
	set(s, "stale_exempt", "never");
	set(s, "stale_days", "30");
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), 2);
	assert_string_equal(audit_last(s).actor, "server");
	assert_string_equal(audit_last(s).via, "system");
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 3600);
	s->now += 3600;
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), 2);
	set(s, "stale_action", "delete");
	run(s);
	assert_int_equal(rows_of(s, "machine.deleted"), 3);
	set(s, "stale_days", "0");
	run(s);
	assert_int_equal(
		db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_NOT_FOUND);
}

/* After days without a worker nobody was seen for days. */
static void
machines_have_an_hour_to_come_back_to_a_new_worker(void **state)
{
	struct site *s = *state;
	struct job j;

	fill(s);
	set(s, "stale_days", "30");
	assert_int_equal(
		db_stat_put(s->db, STAT_STARTED, s->now - 100, s->now), ERR_OK);
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), 0);
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 3500);
	s->now += 3500;
	/* It was started again meanwhile. */
	assert_int_equal(
		db_stat_put(s->db, STAT_STARTED, s->now - 3599, s->now),
		ERR_OK);
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), 0);
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 1);
	s->now++;
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), 3);
}

static void
the_page_says_what_would_be_and_does_nothing(void **state)
{
	struct site *s = *state;
	struct tab t;
	const char *body;

	fill(s);
	t = tab_of(s, "ann", ROLE_OWNER);
	body = tab_get(&t, "/admin/settings/stale").body;
	assert_sound(s->mem, body);
	assert_lacks(body, "id=\"dry-run\"");
	body = tab_get(&t, "/admin/settings/stale?days=30").body;
	assert_sound(s->mem, body);
	assert_holds(body, "3 machines not used for 30 days would be expired "
			   "now.");
	assert_holds(body, ">older</a> of bob, last seen ");
	assert_holds(body, ">never</a> of bob, never connected, made <time");
	assert_int_equal(rows_of(s, "machine.expired"), 0);
	tab_send(&t, FORM, FORM,
		"stale_days=30&stale_action=delete&stale_exempt=old");
	assert_int_equal(say_yes(&t, "stale_days=30&stale_action=delete"
				     "&stale_exempt=old"),
		303);
	body = tab_get(&t, "/admin/settings/stale").body;
	assert_holds(body, "3 machines not used for 30 days would be deleted");
	body = tab_get(&t, "/admin/settings/stale?days=1").body;
	assert_holds(body, " machines not used for 1 day would be deleted");
}

static void
a_rule_that_would_meet_machines_is_asked_about_first(void **state)
{
	struct site *s = *state;
	struct tab t;
	struct job j;

	fill(s);
	t = tab_of(s, "ann", ROLE_OWNER);
	tab_send(&t, FORM, FORM,
		"stale_days=30&stale_action=expire&stale_exempt=old");
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "data-page=\"confirm\"");
	assert_holds(t.last.body, "<h1>Expire the keys of 2 machines?</h1>");
	assert_holds(
		t.last.body, "2 machines would be expired within the hour.");
	assert_holds(t.last.body, "never, older.");
	assert_int_equal(
		db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_NOT_FOUND);
	assert_int_equal(say_yes(&t, "stale_days=30&stale_action=expire"
				     "&stale_exempt=old"),
		303);
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	tab_send(&t, FORM, FORM,
		"stale_days=30&stale_action=expire&stale_exempt=old");
	assert_int_equal(t.last.status, 303);
	tab_send(&t, FORM, FORM,
		"stale_days=60&stale_action=delete&stale_exempt=old");
	assert_holds(t.last.body, "<h1>Delete 1 machine?</h1>");
	tab_send(&t, FORM, FORM,
		"stale_days=3650&stale_action=expire&stale_exempt=old");
	assert_int_equal(t.last.status, 303);
}

static void
a_yes_counts_for_the_machines_that_were_asked_about(void **state)
{
	static const char fields[] =
		"stale_days=30&stale_action=expire&stale_exempt=";
	struct site *s = *state;
	struct tab t;
	struct job j;

	fill(s);
	t = tab_of(s, "ann", ROLE_OWNER);
	tab_send(&t, FORM, FORM, fields);
	assert_holds(t.last.body, "Expire the keys of 3 machines?");
	machine(s, &(struct made){ .name = "late",
			   .user_id = 1,
			   .last_seen = s->now - 40 * DAY });
	assert_int_equal(say_yes(&t, fields), 409);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "What this would do has changed since you "
				  "were asked: nothing was stored.");
	assert_holds(t.last.body, "Save it again to be asked anew.");
	assert_int_equal(
		db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_NOT_FOUND);
	tab_post(&t, FORM, fields);
	assert_holds(t.last.body, "Expire the keys of 4 machines?");
	assert_int_equal(say_yes(&t, fields), 303);
	/* And a yes to nothing is none. */
	tab_send(&t, FORM, FORM,
		"stale_days=29&stale_action=delete&stale_exempt=&confirm=1");
	assert_int_equal(t.last.status, 409);
}

static void
the_question_names_twenty(void **state)
{
	struct site *s = *state;
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	struct tab t;

	s->now = NOW + 100 * DAY;
	for (int i = 0; i < 21; i++) {
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%d", i),
				.user_id = bob });
		if (i < 19)
			continue;
		t = tab_of(s, i == 19 ? "ann" : "eve", ROLE_OWNER);
		tab_send(&t, FORM, FORM,
			"stale_days=1&stale_action=expire&stale_exempt=");
		assert_holds(t.last.body,
			i == 19 ? "m18, m19." : "m18, m19 and 1 more.");
	}
}

static void
never_these_are_names_of_machines(void **state)
{
	struct site *s = *state;
	struct tab t;

	fill(s);
	t = tab_of(s, "ann", ROLE_OWNER);
	for (int confirmed = 0; confirmed < 2; confirmed++) {
		tab_send(&t, FORM, FORM,
			arena_printf(s->mem,
				"stale_days=30&stale_action=expire"
				"&stale_exempt=old++no-such-machine%s",
				confirmed ? "&confirm=1" : ""));
		assert_int_equal(t.last.status, 422);
		assert_holds(
			t.last.body, "No machine is named no-such-machine.");
	}
}

/* As many as its field says, which is more than of other settings. */
static void
never_these_are_at_most_1024_characters(void **state)
{
	static const struct {
		const char *first;
		int status;
	} cases[] = { { "oldy", 303 }, { "older", 422 } };
	struct site *s = *state;
	const char *names = "";
	struct tab t;

	fill(s);
	machine(s, &(struct made){ .name = "oldy", .user_id = 1 });
	t = tab_of(s, "ann", ROLE_OWNER);
	for (int i = 0; i < STALE_EXEMPT_MAX / 4 - 1; i++)
		names = arena_printf(s->mem, "%s+old", names);
	for (int i = 0; i < 2; i++) {
		tab_send(&t, FORM, FORM,
			arena_printf(s->mem,
				"stale_days=0&stale_action=expire"
				"&stale_exempt=%s%s",
				cases[i].first, names));
		assert_int_equal(t.last.status, cases[i].status);
	}
	assert_holds(t.last.body, "Use at most 1024 characters.");
}

/* One more than a run takes. */
static void
fill_up(struct site *s)
{
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	s->now = NOW + 100 * DAY;
	for (int i = 0; i <= STALE_AT_ONCE; i++)
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%d", i),
				.user_id = bob });
	set(s, "stale_days", "30");
}

static void
more_than_one_run_holds_are_left_for_the_next(void **state)
{
	struct site *s = *state;
	size_t done;
	bool more;

	fill_up(s);
	assert_int_equal(
		tailnet_stale_run(s->db, s->now, &done, &more), ERR_OK);
	assert_int_equal(done, STALE_AT_ONCE);
	assert_true(more);
	assert_int_equal(
		tailnet_stale_run(s->db, s->now, &done, &more), ERR_OK);
	assert_int_equal(done, 1);
	assert_false(more);
}

static void
the_job_comes_at_once_for_those_that_are_left(void **state)
{
	struct site *s = *state;
	struct job j;

	fill_up(s);
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), STALE_AT_ONCE);
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 1);
	s->now++;
	run(s);
	assert_int_equal(rows_of(s, "machine.expired"), STALE_AT_ONCE + 1);
	assert_int_equal(db_job_of(s->db, STALE_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 3600);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_rule_is_about_silent_machines_of_users_alone),
		TEST(it_is_off_until_somebody_switches_it_on),
		TEST(the_job_does_it_once_by_the_server_and_comes_again),
		TEST(machines_have_an_hour_to_come_back_to_a_new_worker),
		TEST(the_page_says_what_would_be_and_does_nothing),
		TEST(a_rule_that_would_meet_machines_is_asked_about_first),
		TEST(a_yes_counts_for_the_machines_that_were_asked_about),
		TEST(the_question_names_twenty),
		TEST(never_these_are_names_of_machines),
		TEST(never_these_are_at_most_1024_characters),
		TEST(more_than_one_run_holds_are_left_for_the_next),
		TEST(the_job_comes_at_once_for_those_that_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
