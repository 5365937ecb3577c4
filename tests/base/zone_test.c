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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_has_the_letters_of_its_zone_and_season),
		cmocka_unit_test(an_hour_that_comes_twice_says_which),
		cmocka_unit_test(only_zones_of_the_system_are_known),
		cmocka_unit_test(
			what_no_text_can_say_is_the_zero_time_in_each_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
