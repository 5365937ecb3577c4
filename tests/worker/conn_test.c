/* Bytes out of a connection, held and written: worker/conn. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "worker/conn.h"

enum {
	MANY = CONN_HELD_MOST + 2,
};

static char folder[] = "/tmp/conn_test.XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static uv_loop_t loop;
static uv_pipe_t server;
static struct conn *conns[MANY];
static int clients[MANY];
static size_t count, closed;

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	(void)c;
	(void)at;
	(void)len;
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void
on_closed(struct conn *c, const char *why)
{
	(void)why;
	*(struct conn **)c->owner = NULL;
	closed++;
}

static const struct conn_calls calls = { on_bytes, on_room, on_closed };

static void
on_client(uv_stream_t *s, int status)
{
	assert_int_equal(status, 0);
	conns[count] = conn_accept(s, &calls, &conns[count]);
	count++;
}

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/sock", folder);
	uv_loop_init(&loop);
	uv_pipe_init(&loop, &server, 0);
	return uv_pipe_bind(&server, address.sun_path) ||
	       uv_listen((uv_stream_t *)&server, MANY, on_client);
}

static int
teardown(void **state)
{
	(void)state;
	uv_close((uv_handle_t *)&server, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	(void)unlink(address.sun_path);
	return uv_loop_close(&loop) || rmdir(folder);
}

static int
begin(void **state)
{
	(void)state;
	count = closed = 0;
	for (size_t i = 0; i < MANY; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(clients[i], (struct sockaddr *)&address,
			    sizeof(address)) != 0)
			return -1;
		while (count == i)
			uv_run(&loop, UV_RUN_ONCE);
	}
	return 0;
}

static int
end(void **state)
{
	(void)state;
	conn_release();
	for (size_t i = 0; i < MANY; i++)
		if (conns[i])
			conn_close(conns[i], "over");
	while (closed < MANY)
		uv_run(&loop, UV_RUN_ONCE);
	for (size_t i = 0; i < MANY; i++)
		(void)close(clients[i]);
	return 0;
}

static void
came(size_t client, const char *text)
{
	char got[8192];
	ssize_t n = read(clients[client], got, sizeof(got) - 1);

	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got, text);
}

static void
say(size_t client, const char *text)
{
	conn_write(conns[client], text, strlen(text));
}

static void
what_is_held_is_written_at_the_release(void **state)
{
	(void)state;
	conn_hold();
	say(0, "one");
	say(1, "other");
	came(0, "");
	came(1, "");
	conn_release();
	came(0, "one");
	came(1, "other");
	say(0, "at once");
	came(0, "at once");
}

static void
bytes_of_one_connection_keep_their_order(void **state)
{
	char lengthy[CONN_HELD_BYTES + 2], all[CONN_HELD_BYTES + 16];

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	conn_hold();
	say(0, "one ");
	say(0, lengthy);
	say(0, " three");
	conn_release();
	(void)snprintf(all, sizeof(all), "one %s three", lengthy);
	came(0, all);
}

static void
a_write_at_the_limit_is_held_and_one_past_it_is_not(void **state)
{
	char text[CONN_HELD_BYTES + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[CONN_HELD_BYTES] = '\0';
	conn_hold();
	say(0, text);
	came(0, "");
	text[CONN_HELD_BYTES] = 'x';
	text[CONN_HELD_BYTES + 1] = '\0';
	say(1, text);
	came(1, text);
}

static void
a_full_batch_is_written_before_the_next_one_begins(void **state)
{
	(void)state;
	conn_hold();
	for (size_t i = 0; i < CONN_HELD_MOST; i++)
		say(i, "word");
	came(0, "");
	say(CONN_HELD_MOST, "next");
	for (size_t i = 0; i < CONN_HELD_MOST; i++)
		came(i, "word");
	came(CONN_HELD_MOST, "");
	conn_release();
	came(CONN_HELD_MOST, "next");
}

static void
what_was_said_before_a_close_leaves_before_it(void **state)
{
	(void)state;
	conn_hold();
	say(0, "farewell");
	say(1, "stays");
	conn_close(conns[0], "over");
	conn_release();
	came(0, "farewell");
	came(1, "stays");
}

static void
what_was_said_before_a_finish_leaves_before_it(void **state)
{
	(void)state;
	conn_hold();
	say(0, "farewell");
	conn_finish(conns[0], "over");
	conn_release();
	uv_run(&loop, UV_RUN_ONCE);
	came(0, "farewell");
}

static void
a_client_that_went_away_costs_the_others_nothing(void **state)
{
	(void)state;
	conn_hold();
	say(0, "to nobody");
	say(1, "to one");
	(void)shutdown(clients[0], SHUT_RDWR);
	conn_release();
	came(1, "to one");
	while (!closed)
		uv_run(&loop, UV_RUN_ONCE);
	say(1, " and more");
	came(1, " and more");
}

int
main(void)
{
#define HELD(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		HELD(what_is_held_is_written_at_the_release),
		HELD(bytes_of_one_connection_keep_their_order),
		HELD(a_write_at_the_limit_is_held_and_one_past_it_is_not),
		HELD(a_full_batch_is_written_before_the_next_one_begins),
		HELD(what_was_said_before_a_close_leaves_before_it),
		HELD(what_was_said_before_a_finish_leaves_before_it),
		HELD(a_client_that_went_away_costs_the_others_nothing),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
