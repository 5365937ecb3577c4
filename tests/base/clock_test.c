#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define FIRST CLOCK_GO_ZERO
#define LAST  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static void
same_as_libc(int64_t at)
{
	char want[64], got[CLOCK_TEXT_SIZE];
	time_t t = (time_t)at;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02dZ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		tm.tm_min, tm.tm_sec);
	clock_text(at, got);
	assert_string_equal(got, want);
}

static void
times_of_all_years_are_written_as_libc_writes_them(void **state)
{
	(void)state;
	same_as_libc(FIRST);
	same_as_libc(LAST);
	for (int64_t at = FIRST; at <= LAST; at += 86400 * 13 + 3607)
		same_as_libc(at);
}

static void
each_day_of_four_centuries_is_right(void **state)
{
	(void)state;
	for (int64_t day = -150000; day < 10000; day++)
		same_as_libc(day * 86400 + 86399);
}

static void
what_no_text_can_say_is_gos_zero_time(void **state)
{
	char got[CLOCK_TEXT_SIZE];

	(void)state;
	clock_text(FIRST - 1, got);
	assert_string_equal(got, "0001-01-01T00:00:00Z");
	clock_text(LAST + 1, got);
	assert_string_equal(got, "0001-01-01T00:00:00Z");
	clock_text(INT64_MIN, got);
	assert_string_equal(got, "0001-01-01T00:00:00Z");
}

static void
what_was_written_is_read_again(void **state)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t got;

	(void)state;
	for (int64_t at = FIRST; at <= LAST; at += 86400 * 997 + 59) {
		clock_text(at, text);
		assert_int_equal(clock_parse(text, &got), ERR_OK);
		assert_int_equal(got, at);
	}
}

static void
only_days_that_are_in_the_calendar_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t at; /* 0: it is none */
	} cases[] = {
		{ "2026-02-28T00:00:00Z", 1772236800 },
		{ "2026-02-29T00:00:00Z", 0 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "2024-02-30T00:00:00Z", 0 },
		{ "2026-02-31T00:00:00Z", 0 },
		{ "2026-02-31T10:20:30Z", 0 },
		{ "2026-04-31T12:00:00Z", 0 },
		{ "2026-02-31T10:20:60Z", 0 },
		{ "2026-01-00T00:00:00Z", 0 },
		{ "2026-01-32T00:00:00Z", 0 },
		{ "2026-13-01T00:00:00Z", 0 },
		/* A leap second belongs to the day before. */
		{ "2016-12-31T23:59:60Z", 1483228800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t at = 0;
		enum err e = clock_parse(cases[i].text, &at);

		if (cases[i].at ? e || at != cases[i].at : !e)
			fail_msg("%s: %lld", cases[i].text, (long long)at);
	}
}

/* It would be shown as Go's zero time. */
static void
a_time_that_no_text_can_say_is_not_read(void **state)
{
	static const struct {
		const char *text;
		int64_t at; /* 0: it is none */
	} cases[] = {
		{ "9999-12-31T23:59:59Z", LAST },
		{ "9999-12-31T23:59:60Z", 0 },
		{ "9999-12-31T18:59:59-05:00", LAST },
		{ "9999-12-31T19:00:00-05:00", 0 },
		{ "9999-12-31T23:59:59-05:00", 0 },
		{ "0001-01-01T00:00:00Z", CLOCK_GO_ZERO },
		{ "0001-01-01T01:00:00+01:00", CLOCK_GO_ZERO },
		{ "0001-01-01T00:59:59+01:00", 0 },
		{ "0000-12-31T23:59:59Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t at = 0;
		enum err e = clock_parse(cases[i].text, &at);

		if (at != cases[i].at || !e != (at != 0))
			fail_msg("%s: %lld", cases[i].text, (long long)at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_days_that_are_in_the_calendar_are_read),
		cmocka_unit_test(
			times_of_all_years_are_written_as_libc_writes_them),
		cmocka_unit_test(each_day_of_four_centuries_is_right),
		cmocka_unit_test(what_no_text_can_say_is_gos_zero_time),
		cmocka_unit_test(a_time_that_no_text_can_say_is_not_read),
		cmocka_unit_test(what_was_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
