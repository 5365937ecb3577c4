/* Work with a clock of its own, as the child on jobs.sock does it. */
#include "tests/fcgi/ask.h"

#include "fcgi/job.h"

static int done;

static enum err
do_well(struct request *r, const struct job *j, struct job_end *end)
{
	(void)r;
	done += (int)j->subject;
	end->next = 500;
	return ERR_OK;
}

static enum err
do_badly(struct request *r, const struct job *j, struct job_end *end)
{
	(void)r;
	(void)j;
	end->failed = "nobody is there";
	return ERR_OK;
}

/* It leaves a transaction open, and its half done work in it. */
static enum err
do_nothing(struct request *r, const struct job *j, struct job_end *end)
{
	(void)j;
	(void)end;
	assert_int_equal(db_begin(r->db), ERR_OK);
	assert_int_equal(db_job_want(r->db, "half", 1, 1), ERR_OK);
	return ERR_IO;
}

static const struct job_kind kinds[] = {
	{ "well", do_well },
	{ "badly", do_badly },
	{ "nothing", do_nothing },
	{ NULL, NULL },
};

static enum err
do_these(struct request *r)
{
	return job_do(r, kinds);
}

static const struct route table[] = {
	{ METHOD_POST, "/job/*", do_these, JOB | WRITES, 0, 0 },
};

static int
open_table(void **state)
{
	struct site *s;

	site_open(state);
	s = *state;
	s->table = table;
	s->table_count = 1;
	done = 0;
	return 0;
}

static struct job
job_of(struct site *s, const char *kind)
{
	struct job j;

	assert_int_equal(db_job_of(s->db, kind, 7, s->mem, &j), ERR_OK);
	return j;
}

static struct answer
run(struct site *s, const char *kind, int64_t due)
{
	int64_t id;

	if (due)
		assert_int_equal(db_job_want(s->db, kind, 7, due), ERR_OK);
	id = job_of(s, kind).id;
	return ask(s, GROUP_JOBS, "POST",
		arena_printf(s->mem, "/job/%lld", (long long)id), NULL);
}

static void
a_job_that_is_due_is_done_and_due_again(void **state)
{
	struct site *s = *state;

	assert_int_equal(run(s, "well", NOW).status, 200);
	assert_int_equal(done, 7);
	assert_int_equal(job_of(s, "well").due_at, NOW + 500);
	assert_int_equal(run(s, "well", 0).status, 404);
	assert_int_equal(done, 7);
}

static void
a_job_that_fails_comes_again_later_each_time(void **state)
{
	struct site *s = *state;
	int64_t wait = JOB_AGAIN_FIRST;

	for (int i = 0; i < 9; i++) {
		struct answer a = run(s, "badly", s->now);

		assert_int_equal(a.status, 200);
		assert_holds(a.body, "nobody is there");
		assert_int_equal(job_of(s, "badly").due_at, s->now + wait);
		assert_int_equal(job_of(s, "badly").tries, i + 1);
		wait = 2 * wait < JOB_AGAIN_MOST ? 2 * wait : JOB_AGAIN_MOST;
		s->now += wait;
	}
	assert_int_equal(wait, JOB_AGAIN_MOST);
	assert_string_equal(job_of(s, "badly").last_error, "nobody is there");
}

static void
what_a_job_left_half_done_is_undone(void **state)
{
	struct site *s = *state;
	struct job j;

	assert_int_equal(run(s, "nothing", NOW).status, 200);
	assert_string_equal(job_of(s, "nothing").last_error, err_words(ERR_IO));
	assert_int_equal(
		db_job_of(s->db, "half", 1, s->mem, &j), ERR_NOT_FOUND);
}

static void
a_kind_that_nobody_knows_fails(void **state)
{
	struct site *s = *state;

	assert_int_equal(run(s, "odd", NOW).status, 200);
	assert_holds(job_of(s, "odd").last_error, "does not know");
	assert_int_equal(job_of(s, "odd").tries, 1);
}

static void
jobs_are_on_no_other_socket(void **state)
{
	struct site *s = *state;
	const char *uri;

	assert_int_equal(db_job_want(s->db, "well", 7, NOW), ERR_OK);
	uri = arena_printf(
		s->mem, "/job/%lld", (long long)job_of(s, "well").id);
	assert_int_equal(ask(s, GROUP_OUTER, "POST", uri, NULL).status, 404);
	assert_int_equal(ask(s, GROUP_INNER, "POST", uri, NULL).status, 404);
	s->table = NULL;
	assert_int_equal(ask(s, GROUP_OUTER, "POST", uri, NULL).status, 404);
	assert_int_equal(ask(s, GROUP_INNER, "POST", uri, NULL).status, 404);
	assert_int_equal(ask(s, GROUP_JOBS, "GET", "/key", NULL).status, 404);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST", "/machine/map", "{}").status, 404);
	assert_int_equal(done, 0);
}

static void
what_is_no_number_is_no_job(void **state)
{
	struct site *s = *state;

	assert_int_equal(
		ask(s, GROUP_JOBS, "POST", "/job/x", NULL).status, 404);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST", "/job/99", NULL).status, 404);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_table, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_job_that_is_due_is_done_and_due_again),
		test(a_job_that_fails_comes_again_later_each_time),
		test(what_a_job_left_half_done_is_undone),
		test(a_kind_that_nobody_knows_fails),
		test(jobs_are_on_no_other_socket),
		test(what_is_no_number_is_no_job),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
