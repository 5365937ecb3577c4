/* Rows that say what is to be done when (db/job.h). */
#include "db/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct db *db;
	struct arena *mem;
};

#define OK(call) assert_int_equal(call, ERR_OK)

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	*state = &f;
	OK(db_open_memory(&f.db));
	OK(db_exec(f.db, "DELETE FROM job")); /* those that the schema brings */
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

static struct job
job_of(struct fixture *f, int64_t subject)
{
	struct job j;

	OK(db_job_of(f->db, "fetch", subject, f->mem, &j));
	return j;
}

static void
what_is_wanted_twice_is_one_job(void **state)
{
	struct fixture *f = *state;
	struct job *rows;
	size_t count;

	OK(db_job_want(f->db, "fetch", 3, 100));
	OK(db_job_want(f->db, "fetch", 3, 50));
	OK(db_job_keep(f->db, "fetch", 3, 10));
	OK(db_jobs(f->db, f->mem, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].due_at, 50);
	OK(db_job_drop(f->db, "fetch", 3));
	OK(db_job_drop(f->db, "fetch", 3));
	OK(db_jobs(f->db, f->mem, &rows, &count));
	assert_int_equal(count, 0);
}

/* The first of those that are due. */
static enum err
due(struct fixture *f, int64_t now, struct job *out)
{
	struct job *rows;
	size_t count;

	OK(db_jobs_due(f->db, now, f->mem, &rows, &count));
	if (!count)
		return ERR_NOT_FOUND;
	*out = rows[0];
	return ERR_OK;
}

static void
of_each_kind_the_one_that_waits_longest_is_due(void **state)
{
	struct fixture *f = *state;
	struct job *rows;
	size_t count;

	OK(db_job_want(f->db, "fetch", 1, 95));
	OK(db_job_want(f->db, "fetch", 2, 90));
	OK(db_job_want(f->db, "mail", 1, 92));
	OK(db_job_want(f->db, "mail", 2, 92));
	OK(db_job_want(f->db, "late", 1, 101));
	OK(db_jobs_due(f->db, 100, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].kind, "fetch");
	assert_int_equal(rows[0].subject, 2);
	assert_string_equal(rows[1].kind, "mail");
	assert_int_equal(rows[1].subject, 1);
}

static void
the_one_that_waits_longest_is_first(void **state)
{
	struct fixture *f = *state;
	int64_t count, since;
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 101));
	OK(db_job_want(f->db, "fetch", 2, 90));
	assert_int_equal(due(f, 89, &j), ERR_NOT_FOUND);
	OK(due(f, 101, &j));
	assert_int_equal(j.subject, 2);
	OK(db_jobs_late(f->db, 90, &count, &since));
	assert_int_equal(count, 0);
	OK(db_jobs_late(f->db, 102, &count, &since));
	assert_int_equal(count, 2);
	assert_int_equal(since, 90);
}

static void
what_was_begun_counts_as_failed_until_it_is_done(void **state)
{
	struct fixture *f = *state;
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 100));
	j = job_of(f, 1);
	assert_int_equal(db_job_begin(f->db, j.id, 99, 160), ERR_NOT_FOUND);
	OK(db_job_begin(f->db, j.id, 100, 160));
	assert_int_equal(db_job_begin(f->db, j.id, 100, 160), ERR_NOT_FOUND);
	j = job_of(f, 1);
	assert_int_equal(j.due_at, 160);
	assert_int_equal(j.tries, 1);
	assert_int_equal(j.began_at, 100);
	assert_string_equal(j.last_error, "it did not come to an end");
	OK(db_job_done(f->db, j.id, 160, 3700));
	j = job_of(f, 1);
	assert_int_equal(j.due_at, 3700);
	assert_int_equal(j.tries, 0);
	assert_string_equal(j.last_error, "");
}

/* A server that started with a wrong year would not do it before that year. */
static void
what_was_begun_in_the_future_is_due_when_the_clock_is_right_again(void **state)
{
	struct fixture *f = *state;
	int64_t count = 0, since = 0;
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 100));
	j = job_of(f, 1);
	OK(db_job_begin(f->db, j.id, 90000, 90060));
	OK(db_job_done(f->db, j.id, 90060, 93600));
	assert_int_equal(due(f, 90000 - JOB_AHEAD_SECONDS, &j), ERR_NOT_FOUND);
	OK(due(f, 90000 - JOB_AHEAD_SECONDS - 1, &j));
	OK(db_jobs_late(f->db, 200, &count, &since));
	assert_int_equal(count, 0);
	assert_int_equal(
		db_job_begin(f->db, j.id, 90000 - JOB_AHEAD_SECONDS, 90060),
		ERR_NOT_FOUND);
	OK(db_job_begin(f->db, j.id, 200, 260));
	assert_int_equal(job_of(f, 1).due_at, 260);
	assert_int_equal(due(f, 259, &j), ERR_NOT_FOUND);
}

static void
what_is_wanted_anew_meanwhile_stays_wanted(void **state)
{
	struct fixture *f = *state;
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 100));
	j = job_of(f, 1);
	OK(db_job_begin(f->db, j.id, 100, 160));
	OK(db_job_want(f->db, "fetch", 1, 101));
	OK(db_job_done(f->db, j.id, 160, 3700));
	assert_int_equal(job_of(f, 1).due_at, 101);
	OK(db_job_begin(f->db, j.id, 101, 161));
	OK(db_job_want(f->db, "fetch", 1, 102));
	OK(db_job_done(f->db, j.id, 161, 0));
	assert_int_equal(job_of(f, 1).due_at, 102);
	OK(db_job_begin(f->db, j.id, 102, 162));
	OK(db_job_done(f->db, j.id, 162, 0));
	assert_int_equal(db_job_by_id(f->db, j.id, f->mem, &j), ERR_NOT_FOUND);
}

static void
what_is_wanted_anew_meanwhile_and_did_well_has_not_failed(void **state)
{
	struct fixture *f = *state;
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 100));
	j = job_of(f, 1);
	OK(db_job_begin(f->db, j.id, 100, 160));
	OK(db_job_want(f->db, "fetch", 1, 100));
	OK(db_job_done(f->db, j.id, 160, 0));
	j = job_of(f, 1);
	assert_int_equal(j.tries, 0);
	assert_string_equal(j.last_error, "");
	assert_int_equal(j.due_at, 100);
	OK(db_job_begin(f->db, j.id, 100, 160));
	assert_int_equal(job_of(f, 1).tries, 1);
}

static void
an_error_is_kept_up_to_its_limit_and_whole_characters(void **state)
{
	struct fixture *f = *state;
	char words[JOB_ERROR_MAX + 3];
	struct job j;

	OK(db_job_want(f->db, "fetch", 1, 100));
	j = job_of(f, 1);
	memset(words, 'x', sizeof(words));
	words[JOB_ERROR_MAX] = '\0';
	OK(db_job_failed(f->db, j.id, words));
	assert_string_equal(job_of(f, 1).last_error, words);
	memcpy(words + JOB_ERROR_MAX - 1, "\xc3\xa4", 3);
	OK(db_job_failed(f->db, j.id, words));
	assert_int_equal(strlen(job_of(f, 1).last_error), JOB_ERROR_MAX - 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_wanted_twice_is_one_job),
		test(of_each_kind_the_one_that_waits_longest_is_due),
		test(the_one_that_waits_longest_is_first),
		test(what_was_begun_counts_as_failed_until_it_is_done),
		test(what_was_begun_in_the_future_is_due_when_the_clock_is_right_again),
		test(what_is_wanted_anew_meanwhile_stays_wanted),
		test(what_is_wanted_anew_meanwhile_and_did_well_has_not_failed),
		test(an_error_is_kept_up_to_its_limit_and_whole_characters),
	};

	return cmocka_run_group_tests_name("jobs in rows", tests, NULL, NULL);
}
