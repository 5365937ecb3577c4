/*
 * zone_test.c: times as people of a time zone read them.
 */
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WINTER 1763820120 /* 2025-11-22T14:02:00Z */
#define SUMMER 1753192920 /* 2025-07-22T14:02:00Z */

static void
a_time_has_the_letters_of_its_zone_and_season(void **state)
{
	static const struct {
		const char *zone;
		int64_t at;
		const char *text;
	} cases[] = {
		{ "UTC", WINTER, "2025-11-22 14:02 UTC" },
		{ "Europe/Vienna", WINTER, "2025-11-22 15:02 CET" },
		{ "Europe/Vienna", SUMMER, "2025-07-22 16:02 CEST" },
		{ "Asia/Kathmandu", WINTER, "2025-11-22 19:47 +0545" },
		{ "America/New_York", WINTER, "2025-11-22 09:02 EST" },
		{ "Pacific/Kiritimati", WINTER, "2025-11-23 04:02 +14" },
		{ "UTC", SUMMER, "2025-07-22 14:02 UTC" },
	};
	char got[ZONE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		zone_text(cases[i].zone, cases[i].at, got);
		assert_string_equal(got, cases[i].text);
	}
}

static void
a_text_with_seconds_is_as_exact_as_the_clock(void **state)
{
	char got[ZONE_TEXT_SIZE];

	(void)state;
	zone_text_exact("UTC", WINTER + 7, got);
	assert_memory_equal(got, "2025-11-22 14:02:", 17);
	assert_string_equal(got + 19, " UTC");
	zone_text_exact("Europe/Vienna", 1761438607, got);
	assert_string_equal(got, "2025-10-26 02:30:07 CEST");
	zone_text_exact("no zone", 1761438607, got);
	assert_string_equal(got, "2025-10-26 00:30:07 UTC");
}

/* On the night when the clocks go back 02:30 comes twice. */
static void
an_hour_that_comes_twice_says_which(void **state)
{
	char got[ZONE_TEXT_SIZE];

	(void)state;
	zone_text("Europe/Vienna", 1761438600, got);
	assert_string_equal(got, "2025-10-26 02:30 CEST");
	zone_text("Europe/Vienna", 1761442200, got);
	assert_string_equal(got, "2025-10-26 02:30 CET");
}

static void
only_zones_of_the_system_are_known(void **state)
{
	static const char *const wrong[] = { "", "Mars/Olympus", "CET-1CEST",
		"../../../etc/passwd", "/usr/share/zoneinfo/UTC",
		"Europe/../UTC", "Europe", "Europe/", "zone.tab", "tzdata.zi",
		"right/UTC", "posix/UTC", ":UTC", "Europe/Vienna\n",
		"Europe Vienna", "utc0" };
	char got[ZONE_TEXT_SIZE], big[2 * ZONE_NAME_MAX];

	(void)state;
	assert_true(zone_is_known("UTC"));
	assert_true(zone_is_known("Europe/Vienna"));
	assert_true(zone_is_known("America/Argentina/Buenos_Aires"));
	assert_true(zone_is_known("Etc/GMT+5"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(zone_is_known(wrong[i]));
		zone_text(wrong[i], WINTER, got);
		assert_string_equal(got, "2025-11-22 14:02 UTC");
	}
	memset(big, 'A', sizeof(big));
	big[ZONE_NAME_MAX + 1] = '\0';
	assert_false(zone_is_known(big));
	big[ZONE_NAME_MAX] = '\0';
	assert_false(zone_is_known(big));
}

static void
what_no_text_can_say_is_the_zero_time_in_each_zone(void **state)
{
	char got[ZONE_TEXT_SIZE];

	(void)state;
	zone_text("Europe/Vienna", INT64_MAX, got);
	assert_string_equal(got, "0001-01-01 00:00 UTC");
	zone_text("Europe/Vienna", INT64_MIN, got);
	assert_string_equal(got, "0001-01-01 00:00 UTC");
}

static void
a_time_is_read_by_the_clocks_of_its_zone(void **state)
{
	static const struct {
		const char *zone, *text;
		int64_t at;
	} cases[] = {
		{ "UTC", "2025-11-22T14:02", WINTER },
		{ "Europe/Vienna", "2025-11-22T15:02", WINTER },
		{ "Europe/Vienna", "2025-11-22T15:02:07", WINTER + 7 },
		{ "Europe/Vienna", "2025-07-22T16:02", SUMMER },
		{ "Europe/Vienna", "2025-07-22T14:02:00Z", SUMMER },
		{ "Asia/Kathmandu", "2025-11-22T19:47", WINTER },
		{ "America/New_York", "2025-11-22T09:02", WINTER },
		{ "Pacific/Kiritimati", "2025-11-23T04:02", WINTER },
		{ "Mars/Olympus", "2025-11-22T14:02", WINTER },
		/* The last minutes before a change, and the first ones after
		 * it. */
		{ "Europe/Vienna", "2025-03-30T01:59", 1743296340 },
		{ "Europe/Vienna", "2025-03-30T03:00", 1743296400 },
		{ "Europe/Vienna", "2025-10-26T01:59", 1761436740 },
		{ "Europe/Vienna", "2025-10-26T03:00", 1761444000 },
		{ "Australia/Lord_Howe", "2025-10-05T02:30", 1759591800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t at = 0;

		assert_int_equal(
			zone_parse(cases[i].zone, cases[i].text, &at), ERR_OK);
		if (at != cases[i].at)
			fail_msg("%s in %s: %lld", cases[i].text, cases[i].zone,
				(long long)at);
	}
}

static void
of_an_hour_that_comes_twice_the_first_is_meant(void **state)
{
	int64_t at;

	(void)state;
	assert_int_equal(
		zone_parse("Europe/Vienna", "2025-10-26T02:30", &at), ERR_OK);
	assert_int_equal(at, 1761438600);
}

static void
an_hour_that_is_passed_over_is_none(void **state)
{
	int64_t at = 7;

	(void)state;
	assert_int_equal(zone_parse("Europe/Vienna", "2025-03-30T02:30", &at),
		ERR_NOT_FOUND);
	assert_int_equal(
		zone_parse("Australia/Lord_Howe", "2025-10-05T02:15", &at),
		ERR_NOT_FOUND);
	/* A whole day, when the date line was moved. */
	assert_int_equal(zone_parse("Pacific/Apia", "2011-12-30T12:00", &at),
		ERR_NOT_FOUND);
	assert_int_equal(at, 7);
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const wrong[] = { "", "tomorrow", "2025-11-22",
		"2025-13-22T14:02", "2025-11-22T25:02", "2025-11-22 14:02",
		"2025-11-22T14:02:00 CET",
		"2025-11-22T14:02:00000000000000000"
		"00000000000000000000000000000000000"
		"000000000000000000000000000000" };
	int64_t at = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(zone_parse("Europe/Vienna", wrong[i], &at),
			ERR_BAD_INPUT);
	assert_int_equal(at, 7);
}

static void
a_time_past_the_last_that_can_be_written_is_refused(void **state)
{
	int64_t at = 7;

	(void)state;
	assert_int_equal(
		zone_parse("America/New_York", "9999-12-31T19:00", &at),
		ERR_BAD_INPUT);
	assert_int_equal(zone_parse("America/New_York",
				 "9999-12-31T23:59:59-05:00", &at),
		ERR_BAD_INPUT);
	assert_int_equal(at, 7);
	assert_int_equal(
		zone_parse("America/New_York", "9999-12-31T18:59", &at),
		ERR_OK);
	assert_int_equal(at, INT64_C(253402300740));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_has_the_letters_of_its_zone_and_season),
		cmocka_unit_test(a_text_with_seconds_is_as_exact_as_the_clock),
		cmocka_unit_test(an_hour_that_comes_twice_says_which),
		cmocka_unit_test(only_zones_of_the_system_are_known),
		cmocka_unit_test(a_time_is_read_by_the_clocks_of_its_zone),
		cmocka_unit_test(
			of_an_hour_that_comes_twice_the_first_is_meant),
		cmocka_unit_test(an_hour_that_is_passed_over_is_none),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(
			a_time_past_the_last_that_can_be_written_is_refused),
		cmocka_unit_test(
			what_no_text_can_say_is_the_zero_time_in_each_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
