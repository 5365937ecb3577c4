/*
 * ask_test.c: what is kept of answers, whatever a machine says.
 */
#include "tailnet/ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n\r\n"

enum {
	WARNINGS = 70, /* more than are kept as lines */
	LONG = 1000,
};

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *
kept(struct arena *mem, const char *kind, struct bytes body, bool good)
{
	const struct ask_row a = { .kind = kind };
	const char *out = NULL;

	assert_int_equal(ask_keep(&a, body, mem, &out), good);
	assert_true(strlen(out) <= ASK_ANSWER_MAX);
	return out;
}

static const char *
kept_text(struct arena *mem, const char *kind, const char *text, bool good)
{
	return kept(mem, kind,
		(struct bytes){ (const unsigned char *)text, strlen(text) },
		good);
}

/* So many complaints of so many characters each. */
static const char *
complaints(struct arena *mem, size_t count, size_t len, const char *of)
{
	struct buf b;

	buf_init(&b, mem, 1024 * 1024);
	buf_puts(&b, OK "{\"Warnings\":{");
	for (size_t i = 0; i < count; i++) {
		buf_putf(&b, "%s\"w%zu\":{\"Text\":\"", i ? "," : "", i);
		for (size_t k = 0; k < len; k++)
			buf_puts(&b, of);
		buf_puts(&b, "\"}");
	}
	buf_puts(&b, "}}");
	buf_put(&b, "", 1);
	assert_int_equal(buf_error(&b), ERR_OK);
	return (const char *)b.bytes;
}

static size_t
lines_of(struct arena *mem, const char *answer, struct ask_line **out)
{
	const struct ask_row a = { .answer = answer };
	size_t count;

	ask_lines(&a, mem, out, &count);
	return count;
}

/* Whoever complains too much is not shown as one without complaints. */
static void
of_more_than_is_kept_as_much_is_kept_as_there_is_room_for(void **state)
{
	struct arena *mem = *state;
	struct ask_line *lines;
	size_t count = lines_of(mem,
		kept_text(mem, "health", complaints(mem, 20, LONG, "x"), true),
		&lines);

	assert_in_range(count, 15, 17);
	assert_string_equal(lines[0].name, "w0");
	assert_int_equal(strlen(lines[0].value), LONG);
	assert_string_equal(lines[count - 1].name, "more");
	count = lines_of(mem,
		kept_text(mem, "health", complaints(mem, 20, LONG, "\\u0001"),
			true),
		&lines);
	assert_in_range(count, 2, 4);
	assert_string_equal(lines[count - 1].name, "more");
	count = lines_of(mem,
		kept_text(
			mem, "health", complaints(mem, WARNINGS, 1, "x"), true),
		&lines);
	assert_int_equal(count, 65);
	assert_string_equal(lines[64].value, "6");
}

static void
nonsense_is_told_as_nonsense(void **state)
{
	static const char *const bad[] = {
		"",
		"HTTP/1.1",
		"HTTP/1.1 200",
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		OK,
		OK "{",
		OK "[]",
		OK "{\"Warnings\":[]}",
		OK "{\"Warnings\":{\"a\":1}}",
		OK "\xff",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(
			strstr(kept_text(*state, "health", bad[i], false),
				"\"refused\":\"the answer"));
}

static void
a_complaint_of_nothing_is_none(void **state)
{
	assert_string_equal(kept_text(*state, "health",
				    OK "{\"Warnings\":{\"a\":null}}", true),
		"{}");
}

static void
what_an_answer_says_beside_the_question_is_not_kept(void **state)
{
	assert_string_equal(kept_text(*state, "prefs",
				    OK "{\"Hostname\":\"a\",\"Config\":{\"Priva"
				       "teNodeKey\":\"privkey:1\"}},\"map\":{"
				       "\"Hostname\":\"b\"",
				    false),
		"{\"refused\":\"the answer makes no sense\"}");
	assert_string_equal(
		kept(*state, "prefs",
			(struct bytes){ (const unsigned char *)OK
				"{\"RunSSH\":true}\0secret",
				sizeof(OK "{\"RunSSH\":true}\0secret") - 1 },
			true),
		"{\"RunSSH\":\"true\"}");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_more_than_is_kept_as_much_is_kept_as_there_is_room_for),
		TEST(nonsense_is_told_as_nonsense),
		TEST(a_complaint_of_nothing_is_none),
		TEST(what_an_answer_says_beside_the_question_is_not_kept),
	};

	return cmocka_run_group_tests_name("tailnet/ask", tests, NULL, NULL);
}
