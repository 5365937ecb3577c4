/*
 * log_test.c: one event is one line, whatever its values hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

static char line[8192];

/* What log_event wrote for a pair of that value. */
static const char *
logged(const char *value)
{
	int pipes[2], before = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	log_event(LOG_ERROR, "tested", "value", value);
	dup2(before, STDERR_FILENO);
	close(before);
	close(pipes[1]);
	len = read(pipes[0], line, sizeof(line) - 1);
	close(pipes[0]);
	assert_true(len > 0);
	line[len] = '\0';
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	assert_true(text_is_utf8(line, (size_t)len));
	return strstr(line, "value=") + strlen("value=");
}

static void
a_plain_value_stands_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(logged("laptop-1"), "laptop-1\n");
}

static void
a_hostile_value_stays_one_line(void **state)
{
	(void)state;
	assert_string_equal(
		logged("a\nb\x1b[1m\"c\\"), "\"a\\x0ab\\x1b[1m\\\"c\\\\\"\n");
	assert_string_equal(logged("a\u202eb"), "\"a\\xe2\\x80\\xaeb\"\n");
	assert_string_equal(logged("a\u2028b"), "\"a\\xe2\\x80\\xa8b\"\n");
	assert_string_equal(logged("a\u061cb"), "\"a\\xd8\\x9cb\"\n");
	assert_string_equal(logged("a\xc2\x9b[31m"), "\"a\\xc2\\x9b[31m\"\n");
	assert_string_equal(logged("\xe2\x82\xac"), "\"\xe2\x82\xac\"\n");
	assert_string_equal(logged("\u00e9"), "\"\u00e9\"\n");
	assert_string_equal(logged("\xff"), "\"\\xff\"\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_value_stands_as_it_is),
		cmocka_unit_test(a_hostile_value_stays_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
