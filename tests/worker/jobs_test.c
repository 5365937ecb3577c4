/*
 * jobs_test.c: what is due is sent to jobs.sock, and whatever happens there
 * costs nobody else.  The test itself stands in for the handler.
 */
#include "db/job.h"

#include <errno.h>
#include <poll.h>
#include <sys/un.h>

#include "tests/worker/trip.h"

enum {
	REQUEST_MAX = 4096,
	ROUNDS = 3, /* of handlers that do badly: pauses of 1, 2 and 4 s */
};

static int door = -1;

static void
open_door(struct trip *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%.60s/jobs.sock",
		t->site->home);
	door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(door, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(door, 4), 0);
}

/* The worker's next connection, and what it asks for. */
static int
take(char request[REQUEST_MAX])
{
	struct pollfd p = { .fd = door, .events = POLLIN };
	ssize_t n;
	int fd;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	fd = accept(door, NULL, NULL);
	assert_true(fd >= 0);
	n = read(fd, request, REQUEST_MAX - 1);
	assert_true(n > 0);
	for (ssize_t i = 0; i < n; i++)
		request[i] = request[i] ? request[i] : '.';
	request[n] = '\0';
	return fd;
}

/* One record of FastCGI with `text`, and the end of the request. */
static void
answer(int fd, const char *text)
{
	size_t len = strlen(text);
	unsigned char out[512] = { 1, 6, 0, 1, (unsigned char)(len >> 8),
		(unsigned char)len, 0, 0 };
	const unsigned char end[16] = { 1, 3, 0, 1, 0, 8 };

	memcpy(out + 8, text, len);
	memcpy(out + 8 + len, end, sizeof(end));
	assert_int_equal(send(fd, out, 8 + len + sizeof(end), MSG_NOSIGNAL),
		8 + (ssize_t)len + (ssize_t)sizeof(end));
	close(fd);
}

static void
want_kind(struct trip *t, const char *kind, int64_t subject, int64_t due)
{
	assert_int_equal(db_job_want(t->site->db, kind, subject, due), ERR_OK);
}

static void
want(struct trip *t, int64_t subject)
{
	want_kind(t, "any", subject, 1);
}

/* As a handler would have it: it is not due any more. */
static void
settle_kind(struct trip *t, const char *kind, int64_t subject)
{
	want_kind(t, kind, subject, INT64_C(1) << 40);
}

static void
settle(struct trip *t, int64_t subject)
{
	settle_kind(t, "any", subject);
}

static int64_t
id_of_kind(struct trip *t, const char *kind, int64_t subject)
{
	struct job j;

	assert_int_equal(
		db_job_of(t->site->db, kind, subject, t->mem, &j), ERR_OK);
	return j.id;
}

static int64_t
id_of(struct trip *t, int64_t subject)
{
	return id_of_kind(t, "any", subject);
}

static void
assert_asks_for(const char *request, int64_t id)
{
	char words[64];

	(void)snprintf(
		words, sizeof(words), "REQUEST_URI/job/%lld", (long long)id);
	if (!strstr(request, words))
		fail_msg("%s is not in %s", words, request);
}

/* A machine joins, and another hears of it. */
static void
assert_serves(struct trip *t)
{
	struct fake_client *a = trip_join(t, "a"), *b = trip_join(t, "b");

	trip_settle(t);
	trip_drop(t, b);
	trip_drop(t, a);
}

static void
what_is_due_is_sent_one_after_the_other(void **state)
{
	struct trip *t = *state;
	char request[REQUEST_MAX];
	struct pollfd p;
	int fd;

	open_door(t);
	want(t, 1);
	want(t, 2);
	fd = take(request);
	assert_asks_for(request, id_of(t, 1));
	p = (struct pollfd){ .fd = door, .events = POLLIN };
	assert_serves(t);
	assert_int_equal(poll(&p, 1, 0), 0); /* the other one waits */
	settle(t, 1);
	answer(fd, "Status: 200 OK\r\n\r\ndone\n");
	fd = take(request);
	assert_asks_for(request, id_of(t, 2));
	settle(t, 2);
	answer(fd, "Status: 200 OK\r\n\r\nit failed\n");
	assert_int_equal(
		site_log_count(t->site, SITE_WORKER, "job not done"), 0);
	close(door);
}

/* It is there already, or comes with the next look. */
static bool
somebody_calls(int ms)
{
	struct pollfd p = { .fd = door, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void
a_kind_whose_outside_hangs_delays_no_other(void **state)
{
	struct trip *t = *state;
	char request[REQUEST_MAX];
	int hangs, fd;

	open_door(t);
	want(t, 1);
	want(t, 2);
	hangs = take(request);
	assert_asks_for(request, id_of(t, 1));
	want_kind(t, "other", 1, 2);
	for (int i = 0; i < 2; i++) {
		fd = take(request);
		assert_asks_for(request, id_of_kind(t, "other", 1));
		if (i == 0)
			want_kind(t, "other", 1, 1);
		else
			settle_kind(t, "other", 1);
		answer(fd, "Status: 200 OK\r\n\r\ndone\n");
	}
	settle(t, 2);
	settle(t, 1);
	close(hangs);
	close(door);
}

static void
of_more_kinds_than_handlers_the_longest_without_a_turn_is_next(void **state)
{
	static const char *const kinds[] = { "any", "second", "third" };
	struct trip *t = *state;
	char request[REQUEST_MAX];
	int fds[JOBS_AT_ONCE];

	open_door(t);
	for (int64_t n = 1; n <= 4; n++)
		want(t, n);
	for (size_t i = 0; i < JOBS_AT_ONCE; i++) {
		want_kind(t, kinds[i], 1, 1);
		fds[i] = take(request);
		assert_asks_for(request, id_of_kind(t, kinds[i], 1));
	}
	want_kind(t, "late", 1, 2);
	assert_serves(t);
	assert_false(somebody_calls(1500)); /* no handler is free */
	settle(t, 1);
	answer(fds[0], "Status: 200 OK\r\n\r\ndone\n");
	fds[0] = take(request);
	assert_asks_for(request, id_of_kind(t, "late", 1));
	settle_kind(t, "late", 1);
	answer(fds[0], "Status: 200 OK\r\n\r\ndone\n");
	fds[0] = take(request);
	assert_asks_for(request, id_of(t, 2));
	for (int64_t n = 2; n <= 4; n++)
		settle(t, n);
	for (size_t i = 0; i < JOBS_AT_ONCE; i++) {
		settle_kind(t, kinds[i], 1);
		close(fds[i]);
	}
	close(door);
}

static void
nobody_at_the_socket_costs_nobody(void **state)
{
	struct trip *t = *state;
	char request[REQUEST_MAX];
	int fd;

	want(t, 1);
	assert_true(site_log_wait(
		t->site, SITE_WORKER, "job not done", 1, WAIT_MS));
	assert_serves(t);
	open_door(t);
	fd = take(request);
	assert_asks_for(request, id_of(t, 1));
	settle(t, 1);
	answer(fd, "Status: 200 OK\r\n\r\ndone\n");
	close(door);
}

static void
whoever_does_badly_is_asked_again_later_each_time(void **state)
{
	static const char *const bad[ROUNDS] = { NULL, "HTTP/1.1 200 OK",
		"Status: 500 Oh\r\n\r\n" };
	struct trip *t = *state;
	char request[REQUEST_MAX];
	int64_t at = 0, last = 0;

	open_door(t);
	want(t, 1);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = take(request);

		assert_asks_for(request, id_of(t, 1));
		at = clock_now_ms();
		if (i)
			assert_in_range(at - last, 900 * i, WAIT_MS);
		last = at;
		if (bad[i])
			answer(fd, bad[i]);
		else
			close(fd);
	}
	assert_serves(t);
	assert_true(site_log_wait(
		t->site, SITE_WORKER, "job not done", ROUNDS, WAIT_MS));
	settle(t, 1);
	close(door);
}

/* Its clock may be behind ours for a while after it was set back: what is due
 * here is not there, and asking on and on makes it no sooner. */
static void
who_says_that_nothing_is_due_is_asked_a_second_later(void **state)
{
	struct trip *t = *state;
	char request[REQUEST_MAX];
	int64_t last = 0;

	open_door(t);
	want(t, 1);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = take(request);
		int64_t at = clock_now_ms();

		assert_asks_for(request, id_of(t, 1));
		if (i)
			assert_in_range(at - last, 500, WAIT_MS);
		last = at;
		answer(fd, "Status: 404 Not Found\r\n\r\nnot found\n");
	}
	settle(t, 1);
	assert_int_equal(
		site_log_count(t->site, SITE_WORKER, "job not done"), 0);
	close(door);
}

/* Nobody was refused anything, though the job has not done what it should. */
static void
a_job_that_came_to_nothing_is_logged_as_that(void **state)
{
	struct trip *t = *state;

	want(t, 1); /* no program knows such jobs */
	assert_true(site_log_wait(
		t->site, SITE_HANDLERS, "request came to nothing", 1, WAIT_MS));
	settle(t, 1);
	assert_int_equal(
		site_log_count(t->site, SITE_HANDLERS, "request refused"), 0);
}

/* The handlers have answered, so they have their sockets: this one goes. */
static int
open_without_door(void **state)
{
	struct trip *t;

	if (trip_open(state))
		return -1;
	t = *state;
	return unlink(arena_printf(t->mem, "%s/jobs.sock", t->site->home));
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, open_without_door, trip_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_is_due_is_sent_one_after_the_other),
		test(a_kind_whose_outside_hangs_delays_no_other),
		test(of_more_kinds_than_handlers_the_longest_without_a_turn_is_next),
		test(nobody_at_the_socket_costs_nobody),
		test(whoever_does_badly_is_asked_again_later_each_time),
		trip_test(a_job_that_came_to_nothing_is_logged_as_that),
		test(who_says_that_nothing_is_due_is_asked_a_second_later),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
