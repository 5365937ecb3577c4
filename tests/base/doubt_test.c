/*
 * doubt_test.c: a clock that was set forward is not believed at once.
 */
#include "base/doubt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WALL INT64_C(1793600000)

/* A look at `seconds` of the clock that is never set, the wall clock being
 * `wrong` then; whether a step is believed with it. */
static bool
look(struct doubt *d, int64_t seconds, int64_t wrong, int64_t want_step)
{
	bool over;
	int64_t step = doubt_look(d, (WALL + seconds + wrong) * 1000,
		5000 + seconds * 1000, &over);

	assert_int_equal(step, want_step);
	return over;
}

static void
a_clock_that_goes_is_believed(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	assert_false(look(&d, 0, 0, 0));
	assert_false(look(&d, 1, 59, 0)); /* a minute less one: a delay */
	assert_false(look(&d, 5000, 59, 0));
	assert_int_equal(d.ahead, 0);
	assert_int_equal(d.believed_at, 0);
}

static void
a_step_forward_is_believed_after_ten_minutes(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	(void)look(&d, 0, 0, 0);
	assert_false(look(&d, 1, 3600, 3600));
	assert_int_equal(d.ahead, 3600);
	assert_false(look(&d, 600, 3600, 0));
	assert_int_equal(d.ahead, 3600);
	assert_true(look(&d, 601, 3600, 0));
	assert_int_equal(d.ahead, 0);
	assert_int_equal(d.believed_at, WALL + 601 + 3600);
	assert_false(look(&d, 602, 3600, 0));
}

static void
a_step_of_a_minute_is_one(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	(void)look(&d, 0, 0, 0);
	(void)look(&d, 1, 60, 60);
	assert_int_equal(d.ahead, 60);
}

static void
what_is_mended_in_time_was_never_believed(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	(void)look(&d, 0, 0, 0);
	(void)look(&d, 1, 3600, 3600);
	assert_false(look(&d, 300, 2, -3598));
	assert_int_equal(d.ahead, 0);
	assert_false(look(&d, 2000, 2, 0));
	assert_int_equal(d.believed_at, 0);
}

static void
a_second_step_is_waited_for_anew(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	(void)look(&d, 0, 0, 0);
	(void)look(&d, 1, 3600, 3600);
	(void)look(&d, 500, 7200, 3600);
	assert_int_equal(d.ahead, 7200);
	assert_false(look(&d, 1099, 7200, 0));
	assert_true(look(&d, 1100, 7200, 0));
}

static void
a_step_back_is_not_what_this_is_about(void **state)
{
	struct doubt d = { .wall_ms = 0 };

	(void)state;
	(void)look(&d, 0, 0, 0);
	assert_false(look(&d, 1, -3600, -3600));
	assert_int_equal(d.ahead, 0);
}

/* The two clocks cut their seconds off at different moments, and are read one
 * after the other. */
static void
an_hour_is_an_hour_at_any_moment_of_a_second(void **state)
{
	(void)state;
	for (int64_t first = 0; first < 1000; first += 37)
		for (int64_t second = 0; second < 1000; second += 37) {
			struct doubt d = { .wall_ms = 0 };
			bool over;

			(void)doubt_look(
				&d, WALL * 1000 + first, 7000 + second, &over);
			assert_int_equal(
				doubt_look(&d,
					(WALL + 3600) * 1000 + first + 1499,
					7000 + second + 1500, &over),
				3600);
			assert_int_equal(d.ahead, 3600);
			assert_int_equal(
				doubt_look(&d, WALL * 1000 + first + 2501,
					7000 + second + 2500, &over),
				-3600);
			assert_int_equal(d.ahead, 0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_goes_is_believed),
		cmocka_unit_test(a_step_forward_is_believed_after_ten_minutes),
		cmocka_unit_test(a_step_of_a_minute_is_one),
		cmocka_unit_test(what_is_mended_in_time_was_never_believed),
		cmocka_unit_test(a_second_step_is_waited_for_anew),
		cmocka_unit_test(a_step_back_is_not_what_this_is_about),
		cmocka_unit_test(an_hour_is_an_hour_at_any_moment_of_a_second),
	};

	return cmocka_run_group_tests_name("base/doubt", tests, NULL, NULL);
}
