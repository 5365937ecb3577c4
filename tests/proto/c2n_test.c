/* c2n_test.c: raw HTTP requests to clients, and their raw answers. */
#include "proto/c2n.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static void
a_request_is_what_a_client_reads(void **state)
{
	struct arena *mem = arena_new();
	struct buf b;

	(void)state;
	buf_init(&b, mem, 1024);
	c2n_put_request(&b, "POST", "/echo", text("hello"), 4);
	buf_put(&b, "", 1);
	assert_string_equal((const char *)b.bytes,
		"POST /echo HTTP/1.1\r\nHost: unused\r\n"
		"C2n-Handler-Timeout: 4s\r\nContent-Length: 5\r\n\r\nhello");
	arena_free(mem);
}

static void
an_answer_is_status_and_body(void **state)
{
	struct c2n_answer a;

	(void)state;
	assert_int_equal(c2n_answer_parse(text("HTTP/1.1 200 OK\r\nConnection: "
					       "close\r\n\r\nbody\r\n\r\nmore"),
				 &a),
		ERR_OK);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body.len, strlen("body\r\n\r\nmore"));
	assert_memory_equal(a.body.at, "body\r\n\r\nmore", a.body.len);
	assert_int_equal(
		c2n_answer_parse(
			text("HTTP/1.0 204\r\ncontent-length:0\r\n\r\n"), &a),
		ERR_OK);
	assert_int_equal(a.status, 204);
	assert_int_equal(a.body.len, 0);
}

static void
what_is_no_whole_answer_is_refused(void **state)
{
	static const char *const bad[] = { "", "HTTP/1.1 200 OK",
		"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n",
		"HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1  200\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nContent-Length: 4x\r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nbody",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0" };
	struct c2n_answer a = { .status = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c2n_answer_parse(text(bad[i]), &a) != ERR_BAD_INPUT)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(a.status, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_what_a_client_reads),
		cmocka_unit_test(an_answer_is_status_and_body),
		cmocka_unit_test(what_is_no_whole_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
