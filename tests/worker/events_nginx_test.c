/*
 * events_nginx_test.c: an event stream as a browser gets it: nginx asks a
 * handler, is sent on to the worker, and passes on what that says as it comes.
 *
 * The handler is played by the test, on the socket that nginx knows.
 */
#include "tests/worker/hear.h"

#include <sys/socket.h>

enum {
	AT_ONCE_MS = 1000,
};

static int64_t session;

static int
open_all(void **state)
{
	struct trip *t;

	if (trip_begin(state, SITE_WORKER | SITE_HANDLERS | SITE_NGINX))
		return -1;
	t = *state;
	site_stop(t->site, SITE_HANDLERS);
	hear_role(t, t->site->user_id, ROLE_OWNER, USER_ACTIVE);
	session = hear_session(t, t->site->user_id, clock_now());
	return 0;
}

#define nginx_test(name) \
	cmocka_unit_test_setup_teardown(name, open_all, trip_close)

static void
put_record(struct buf *b, int type, const char *content, size_t len)
{
	const unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
		(unsigned char)(len >> 8), (unsigned char)len, 0, 0 };

	buf_put(b, head, sizeof(head));
	buf_put(b, content, len);
}

/* One request, whatever it is, is answered with that. */
static void
play_handler(struct trip *t, const char *answer)
{
	struct pollfd p = { .fd = t->site->fcgi_sock.fd, .events = POLLIN };
	char request[16 * 1024];
	struct buf b;
	int fd;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	fd = accept(p.fd, NULL, NULL);
	assert_true(fd >= 0);
	assert_true(read(fd, request, sizeof(request)) > 0);
	buf_init(&b, t->mem, 64 * 1024);
	put_record(&b, 6, answer, strlen(answer));
	put_record(&b, 6, "", 0);
	put_record(&b, 3, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(
		fake_write(fd, b.bytes, b.len, clock_now_ms() + WAIT_MS),
		ERR_OK);
	close(fd);
}

static struct hear *
browse(struct trip *t, const char *headers)
{
	const char *request = arena_printf(t->mem,
		"GET /admin/events HTTP/1.0\r\nHost: x\r\n%s\r\n", headers);
	struct hear *h;
	int fd;

	assert_int_equal(fake_dial(&t->site->nginx, &fd), ERR_OK);
	h = hear_fd(t, fd,
		(struct bytes){
			(const unsigned char *)request, strlen(request) });
	play_handler(t,
		arena_printf(t->mem,
			"Status: 200 OK\r\nContent-Type: text/plain\r\n"
			"Cache-Control: no-store\r\n"
			"X-Accel-Redirect: /_worker/events/admin/%lld\r\n\r\n",
			(long long)session));
	return hear_greeted(h);
}

static size_t
times(const char *text, const char *words)
{
	size_t count = 0;

	while ((text = strcasestr(text, words))) {
		text += strlen(words);
		count++;
	}
	return count;
}

static void
what_happens_is_at_the_browser_at_once(void **state)
{
	struct trip *t = *state;
	struct hear *h = browse(t, "");
	int64_t begun;

	hear_raise_fence(t);
	while (!trip_starts(hear_next(h, WAIT_MS), "policy "))
		;
	begun = clock_now_ms();
	hear_sql(t, "UPDATE preauth_key SET uses = uses + 1");
	hear_expect(h, "key 1");
	assert_in_range(clock_now_ms() - begun, 0, AT_ONCE_MS);
	hear_close(h);
}

static void
each_header_of_the_class_is_there_once(void **state)
{
	static const char *const names[] = { "Content-Type: text/event-stream",
		"Cache-Control: no-store",
		"Content-Security-Policy: default-src 'none'",
		"Referrer-Policy: no-referrer",
		"X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
		"Cross-Origin-Opener-Policy:", "Permissions-Policy:" };
	struct trip *t = *state;
	struct hear *h = browse(t, "");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (times(h->head, names[i]) != 1)
			fail_msg("%s in\n%s", names[i], h->head);
	assert_int_equal(times(h->head, "Cache-Control"), 1);
	assert_int_equal(times(h->head, "Content-Type:"), 1);
	assert_int_equal(times(h->head, "X-Accel"), 0);
	hear_close(h);
}

static void
last_event_id_arrives(void **state)
{
	struct trip *t = *state;
	struct hear *h = browse(t, "");
	int64_t id;

	hear_raise_fence(t);
	while (!trip_starts(hear_next(h, WAIT_MS), "policy "))
		;
	id = h->id;
	hear_close(h);
	hear_sql(t, "UPDATE preauth_key SET uses = uses + 1");
	h = browse(t,
		arena_printf(t->mem, "Last-Event-ID: %lld\r\n", (long long)id));
	hear_expect(h, "key 1");
	hear_close(h);
}

static void
a_browser_that_goes_away_ends_its_stream(void **state)
{
	struct trip *t = *state;
	struct hear *h = browse(t, "");
	int64_t until = clock_now_ms() + WAIT_MS;

	assert_int_equal(site_metric(t->site, "event_streams"), 1);
	hear_close(h);
	while (site_metric(t->site, "event_streams") != 0)
		assert_true(clock_now_ms() < until);
}

static void
the_end_of_a_session_is_the_end_of_the_answer(void **state)
{
	struct trip *t = *state;
	struct hear *h = browse(t, "");

	hear_sql(t, "DELETE FROM web_session");
	hear_until(h, "bye");
	hear_expect(h, "closed");
	hear_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		nginx_test(what_happens_is_at_the_browser_at_once),
		nginx_test(each_header_of_the_class_is_there_once),
		nginx_test(last_event_id_arrives),
		nginx_test(a_browser_that_goes_away_ends_its_stream),
		nginx_test(the_end_of_a_session_is_the_end_of_the_answer),
	};

	return cmocka_run_group_tests_name(
		"events through nginx", tests, NULL, NULL);
}
