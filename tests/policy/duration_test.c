#include "policy/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
durations_are_read_and_printed_as_go_does(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
		const char *printed;
	} cases[] = {
		{ "0", 0, "0s" },
		{ "-0", 0, "0s" },
		{ "0s", 0, "0s" },
		{ "1ns", 1, "1ns" },
		{ "999ns", 999, "999ns" },
		{ "1us", 1000, "1\u00b5s" },
		{ "1\u00b5s", 1000, "1\u00b5s" },
		{ "1\u03bcs", 1000, "1\u00b5s" },
		{ "1100ns", 1100, "1.1\u00b5s" },
		{ "2.2ms", 2200000, "2.2ms" },
		{ "3.3s", 3300000000, "3.3s" },
		{ "1m30.5s", 90500000000, "1m30.5s" },
		{ "4m5s", 245000000000, "4m5s" },
		{ "1h", 3600000000000, "1h0m0s" },
		{ "168h1s", 604801000000000, "168h0m1s" },
		{ "-500ms", -500000000, "-500ms" },
		{ "+5s", 5000000000, "5s" },
		{ "-1m", -60000000000, "-1m0s" },
		{ ".5s", 500000000, "500ms" },
		{ "5.s", 5000000000, "5s" },
		{ "1s1s", 2000000000, "2s" },
		{ "1s1h", 3601000000000, "1h0m1s" },
		{ "0.9ns", 0, "0s" },
		{ "0.3333333333333333333h", 1199999999999, "19m59.999999999s" },
		{ "0.100000000000000000000000h", 360000000000, "6m0s" },
		{ "9223372036854775807ns", INT64_MAX,
			"2562047h47m16.854775807s" },
		{ "-9223372036854775807ns", -INT64_MAX,
			"-2562047h47m16.854775807s" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns = -7;
		const char *why = duration_parse(cases[i].text, mem, &ns);

		if (why)
			fail_msg("%s", why);
		assert_int_equal(ns, cases[i].ns);
		assert_string_equal(duration_print(ns, mem), cases[i].printed);
	}
	assert_string_equal(
		duration_print(INT64_MIN, mem), "-2562047h47m16.854775808s");
	arena_free(mem);
}

static void
what_is_no_duration_is_named(void **state)
{
	static const char *const cases[][2] = {
		{ "", "time: invalid duration \"\"" },
		{ "-", "time: invalid duration \"-\"" },
		{ "s", "time: invalid duration \"s\"" },
		{ ".s", "time: invalid duration \".s\"" },
		{ "abc", "time: invalid duration \"abc\"" },
		{ "+-1s", "time: invalid duration \"+-1s\"" },
		{ "1s ", "time: unknown unit \"s \" in duration \"1s \"" },
		{ "90", "time: missing unit in duration \"90\"" },
		{ "1.5", "time: missing unit in duration \"1.5\"" },
		{ "00", "time: missing unit in duration \"00\"" },
		{ "1.2.3s", "time: missing unit in duration \"1.2.3s\"" },
		{ "7d", "time: unknown unit \"d\" in duration \"7d\"" },
		{ "1H", "time: unknown unit \"H\" in duration \"1H\"" },
		{ "1h30", "time: missing unit in duration \"1h30\"" },
		{ "1e3s", "time: unknown unit \"e\" in duration \"1e3s\"" },
		{ "9223372036854775808ns",
			"time: invalid duration \"9223372036854775808ns\"" },
		{ "9999999999999999999999999999999999999999h",
			"time: invalid duration "
			"\"9999999999999999999999999999999999999999h\"" },
		{ "2562048h", "time: invalid duration \"2562048h\"" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ns;
		const char *why = duration_parse(cases[i][0], mem, &ns);

		assert_non_null(why);
		assert_string_equal(why, cases[i][1]);
	}
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_and_printed_as_go_does),
		cmocka_unit_test(what_is_no_duration_is_named),
	};

	return cmocka_run_group_tests_name(
		"policy/duration", tests, NULL, NULL);
}
