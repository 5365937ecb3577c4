#include "proto/cgi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static struct bytes
bytes_of(const struct buf *b)
{
	return (struct bytes){ b->bytes, b->len };
}

static struct buf
head_of(struct arena *mem, const struct scgi_var *vars, size_t count)
{
	struct buf b;

	buf_init(&b, mem, 1024 * 1024);
	scgi_put_head(&b, vars, count);
	return b;
}

static void
a_head_is_complete_only_with_its_last_byte(void **state)
{
	static const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "DOCUMENT_URI", "/ts2021" },
		{ "HTTP_EMPTY", "" } };
	struct buf b = head_of(*state, vars, 4);
	struct scgi_head h;

	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(scgi_parse((struct bytes){ b.bytes, len }, &h),
			CGI_MORE);
	buf_puts(&b, "noise");
	assert_int_equal(scgi_parse(bytes_of(&b), &h), CGI_DONE);
	assert_int_equal(h.len, b.len - strlen("noise"));
	assert_int_equal(h.count, 4);
	assert_string_equal(scgi_get(&h, "DOCUMENT_URI"), "/ts2021");
	assert_string_equal(scgi_get(&h, "HTTP_EMPTY"), "");
	assert_null(scgi_get(&h, "document_uri"));
}

static void
of_two_variables_with_one_name_the_first_counts(void **state)
{
	static const struct scgi_var vars[] = { { "A", "nginx" },
		{ "A", "client" } };
	struct buf b = head_of(*state, vars, 2);
	struct scgi_head h;

	assert_int_equal(scgi_parse(bytes_of(&b), &h), CGI_DONE);
	assert_string_equal(scgi_get(&h, "A"), "nginx");
}

static void
broken_heads_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = { { "x", 1 }, { ":", 1 }, { "0:,", 3 }, { "4:A\0b\0.", 7 },
		{ "3:A\0b,", 6 }, { "2:A\0,", 5 }, { "4:\0b\0c,", 7 },
		{ "16385", 5 }, { "0000016384:", 11 }, { "-1:", 3 } };
	struct scgi_head h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (scgi_parse(
			    (struct bytes){ (const unsigned char *)bad[i].text,
				    bad[i].len },
			    &h) != CGI_BAD)
			fail_msg("taken: %zu %s", i, bad[i].text);
}

static void
a_head_ends_at_16_kib(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		size_t len = SCGI_HEAD_MAX - strlen("A") - 2 + more;
		char *value = arena_alloc(*state, len + 1);
		struct scgi_var var = { "A", value };
		struct scgi_head h;
		struct buf b;

		memset(value, 'x', len);
		b = head_of(*state, &var, 1);
		assert_int_equal(scgi_parse(bytes_of(&b), &h),
			more ? CGI_BAD : CGI_DONE);
	}
}

static void
a_head_has_100_variables_at_most(void **state)
{
	struct scgi_var vars[SCGI_VARS_MAX + 1];

	for (size_t i = 0; i < SCGI_VARS_MAX + 1; i++)
		vars[i] = (struct scgi_var){ "A", "" };
	for (size_t more = 0; more < 2; more++) {
		struct buf b = head_of(*state, vars, SCGI_VARS_MAX + more);
		struct scgi_head h;

		assert_int_equal(scgi_parse(bytes_of(&b), &h),
			more ? CGI_BAD : CGI_DONE);
	}
}

static void
a_request_has_begin_params_and_stdin(void **state)
{
	static const struct scgi_var params[] = { { "A", "b" } };
	static const unsigned char expected[] =
		"\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
		"\1\4\0\1\0\4\0\0\1\1Ab"
		"\1\4\0\1\0\0\0\0"
		"\1\5\0\1\0\2\0\0{}"
		"\1\5\0\1\0\0\0\0";
	struct buf b;

	buf_init(&b, *state, 1024);
	fcgi_put_request(&b, params, 1,
		(struct bytes){ (const unsigned char *)"{}", 2 });
	assert_int_equal(b.len, sizeof(expected) - 1);
	assert_memory_equal(b.bytes, expected, b.len);
}

static void
long_values_have_long_lengths(void **state)
{
	char value[129] = { 0 };
	struct scgi_var var = { "A", value };
	struct buf b;

	memset(value, 'v', 128);
	buf_init(&b, *state, 1024);
	fcgi_put_request(&b, &var, 1, (struct bytes){ NULL, 0 });
	assert_memory_equal(b.bytes + 16 + 8,
		"\1\x80\0\0\x80"
		"Av",
		7);
}

static void
a_body_larger_than_a_record_is_split(void **state)
{
	size_t len = 65536;
	unsigned char *body = arena_alloc(*state, len);
	struct buf b;

	buf_init(&b, *state, 1024 * 1024);
	fcgi_put_request(&b, NULL, 0, (struct bytes){ body, len });
	assert_int_equal(b.len, 16 + 8 + 8 + 65535 + 8 + 1 + 8);
}

static const unsigned char answer[] = "\1\6\0\1\0\7\1\0Status:\0"
				      "\1\7\0\1\0\4\0\0oops"
				      "\1\6\0\1\0\12\6\0 404\r\n\r\nno......"
				      "\1\6\0\1\0\0\0\0"
				      "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0";

static void
an_answer_may_come_in_any_pieces(void **state)
{
	size_t len = sizeof(answer) - 1;

	for (size_t step = 1; step <= len; step++) {
		struct fcgi_reader r;
		struct cgi_answer a;

		fcgi_reader_init(&r, *state, 1024);
		for (size_t at = 0; at < len; at += step) {
			size_t now = len - at < step ? len - at : step;

			assert_int_equal(fcgi_read(&r, answer + at, now),
				at + now < len ? CGI_MORE : CGI_DONE);
		}
		assert_int_equal(r.err.len, 4);
		assert_int_equal(
			cgi_answer_parse(bytes_of(&r.out), *state, &a), ERR_OK);
		assert_int_equal(a.status, 404);
		assert_int_equal(a.body.len, 2);
		assert_memory_equal(a.body.at, "no", 2);
	}
}

static void
a_broken_answer_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		unsigned char byte;
	} bad[] = { { "version", 0, 2 }, { "type", 1, 11 }, { "id", 3, 2 },
		{ "end too short", sizeof(answer) - 1 - 11, 7 },
		{ "overloaded", sizeof(answer) - 1 - 4, 2 } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		unsigned char text[sizeof(answer)];
		struct fcgi_reader r;

		memcpy(text, answer, sizeof(answer));
		text[bad[i].at] = bad[i].byte;
		fcgi_reader_init(&r, *state, 1024);
		if (fcgi_read(&r, text, sizeof(answer) - 1) != CGI_BAD)
			fail_msg("taken: %s", bad[i].what);
	}
}

static void
an_answer_beyond_its_limit_is_refused(void **state)
{
	struct fcgi_reader r;

	fcgi_reader_init(&r, *state, 17);
	assert_int_equal(fcgi_read(&r, answer, sizeof(answer) - 1), CGI_DONE);
	fcgi_reader_init(&r, *state, 16);
	assert_int_equal(fcgi_read(&r, answer, sizeof(answer) - 1), CGI_BAD);
}

static enum err
split(struct arena *mem, const char *text, struct cgi_answer *a)
{
	return cgi_answer_parse(
		(struct bytes){ (const unsigned char *)text, strlen(text) },
		mem, a);
}

static void
the_head_of_an_answer_is_split(void **state)
{
	struct cgi_answer a;

	assert_int_equal(split(*state,
				 "Content-type: application/json\n"
				 "Cairn-Seq:12\r\nStatus: 202 Accepted\r\n\n{}",
				 &a),
		ERR_OK);
	assert_int_equal(a.status, 202);
	assert_int_equal(a.header_count, 2);
	assert_string_equal(cgi_answer_header(&a, "cairn-seq"), "12");
	assert_string_equal(
		cgi_answer_header(&a, "Content-Type"), "application/json");
	assert_null(cgi_answer_header(&a, "Retry-After"));
	assert_int_equal(a.body.len, 2);
	assert_int_equal(split(*state, "\n", &a), ERR_OK);
	assert_int_equal(a.status, 200);
}

static void
a_broken_head_of_an_answer_is_refused(void **state)
{
	static const char *const bad[] = { "", "Status: 200\n", "x\n\n",
		": x\n\n", "Status: 20\n\n", "Status: 2000\n\n",
		"Status: 999\n\n", "Status: abc\n\n", "Status: 099\n\n" };
	struct cgi_answer a;
	struct buf many;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(split(*state, bad[i], &a), ERR_BAD_INPUT);
	assert_int_equal(
		cgi_answer_parse((struct bytes){ NULL, 0 }, *state, &a),
		ERR_BAD_INPUT);
	buf_init(&many, *state, 4096);
	for (int i = 0; i <= CGI_HEADERS_MAX; i++)
		buf_puts(&many, "A: b\n");
	buf_put(&many, "\n", 2);
	assert_int_equal(split(*state, (char *)many.bytes, &a), ERR_BAD_INPUT);
	assert_int_equal(
		split(*state, (char *)many.bytes + strlen("A: b\n"), &a),
		ERR_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_head_is_complete_only_with_its_last_byte),
		TEST(of_two_variables_with_one_name_the_first_counts),
		TEST(broken_heads_are_refused),
		TEST(a_head_ends_at_16_kib),
		TEST(a_head_has_100_variables_at_most),
		TEST(a_request_has_begin_params_and_stdin),
		TEST(long_values_have_long_lengths),
		TEST(a_body_larger_than_a_record_is_split),
		TEST(an_answer_may_come_in_any_pieces),
		TEST(a_broken_answer_is_refused),
		TEST(an_answer_beyond_its_limit_is_refused),
		TEST(the_head_of_an_answer_is_split),
		TEST(a_broken_head_of_an_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
