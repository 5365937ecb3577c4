/* When what waits for a target is sent (db/notice.h, db/job.h). */
#include "db/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "db/job.h"

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t target, now;
	int put;
};

#define OK(call) assert_int_equal(call, ERR_OK)

enum {
	START = 1000,
	AT_ONCE = 5, /* that one run sends */
	MINUTE = 60,
};

static int
setup(void **state)
{
	static struct fixture f;
	const struct notice_target t = { .kind = "webhook",
		.place = "https://a.example.org/",
		.format = "json",
		.events = " machine.new ",
		.server = "",
		.security = "",
		.sender = "",
		.account = "",
		.secret = { (const uint8_t *)"x", 1 } };

	f = (struct fixture){ .mem = arena_new(), .now = START };
	*state = &f;
	OK(db_open_memory(&f.db));
	OK(db_exec(f.db, "DELETE FROM job")); /* those that the schema brings */
	OK(db_notice_target_add(f.db, &t, &f.target));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static void
put(struct fixture *f, int count)
{
	for (; count; count--) {
		const struct notice n = { .event = "machine.new",
			.type = "nodeCreated",
			.fact = arena_printf(f->mem, "machine %d", f->put++),
			.at = f->now,
			.message = "A machine joined.",
			.data = "{}" };
		int64_t added;

		OK(db_notice_put(f->db, &n, 0, &added));
		assert_int_equal(added, 1);
	}
}

static struct job
job(struct fixture *f)
{
	struct job j;

	OK(db_job_of(f->db, NOTICE_JOB, f->target, f->mem, &j));
	return j;
}

static int64_t
left(struct fixture *f)
{
	int64_t count;

	OK(db_notice_count(f->db, f->target, "waiting", &count));
	return count;
}

/* When it is due again, should this run not end. */
static int64_t
begin(struct fixture *f)
{
	struct job j = job(f);
	int64_t again = f->now + (j.tries ? 2 * MINUTE : MINUTE);

	OK(db_job_begin(f->db, j.id, f->now, again));
	return again;
}

/* A run that went well: what it read when it was begun is sent. */
static void
end_well(struct fixture *f, const struct notice *rows, size_t count,
	int64_t again)
{
	for (size_t i = 0; i < count; i++)
		OK(db_notice_tried(f->db, rows[i].id, "sent", "200", f->now));
	OK(db_job_done(
		f->db, job(f).id, again, count == AT_ONCE ? f->now + 1 : 0));
}

/* Sends while others come, `meanwhile` each time. */
static void
run_well(struct fixture *f, int meanwhile)
{
	int64_t again = begin(f);
	struct notice *rows;
	size_t count;

	OK(db_notices_waiting(
		f->db, f->target, AT_ONCE, f->mem, &rows, &count));
	put(f, meanwhile);
	end_well(f, rows, count, again);
}

static void
what_comes_while_others_are_sent_is_sent_without_a_pause(void **state)
{
	static const int meanwhile[] = { 1, 2, 8, 7, 1, 9, 0, 0, 0, 0 };
	struct fixture *f = *state;

	put(f, 1);
	for (size_t i = 0; left(f); i++) {
		assert_true(i < sizeof(meanwhile) / sizeof(meanwhile[0]));
		if (job(f).tries || *job(f).last_error)
			fail_msg("run %zu: %d tries, %s", i, (int)job(f).tries,
				job(f).last_error);
		run_well(f, meanwhile[i]);
		f->now++;
	}
	assert_int_equal(f->put, 29);
}

/* A receiver who was down is asked again after a minute; once one arrived, what
 * came during that run does not wait for that. */
static void
who_answers_again_gets_at_once_what_came_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct notice *rows;
	size_t count;
	int64_t again;

	put(f, 1);
	for (int i = 0; i < 2; i++) {
		again = begin(f);
		OK(db_job_failed(f->db, job(f).id, "it answers 500"));
		f->now = again;
	}
	again = begin(f);
	OK(db_notices_waiting(
		f->db, f->target, AT_ONCE, f->mem, &rows, &count));
	put(f, 1);
	assert_int_equal(job(f).due_at, f->now + MINUTE);
	end_well(f, rows, count, again);
	assert_int_equal(job(f).due_at, 0);
	run_well(f, 0);
	assert_int_equal(left(f), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_comes_while_others_are_sent_is_sent_without_a_pause),
		test(who_answers_again_gets_at_once_what_came_meanwhile),
	};

	return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
