/*
 * held_test.c: time that does not go back.
 */
#include "base/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WALL INT64_C(1793600000)

static void
time_goes_with_the_clock(void **state)
{
	struct held h = { .now = 0 };

	(void)state;
	assert_int_equal(held_now(&h, WALL, 5000), WALL);
	assert_int_equal(held_now(&h, WALL + 7, 12000), WALL + 7);
	assert_int_equal(held_now(&h, WALL + 3600, 13000), WALL + 3600);
}

static void
a_step_back_is_made_up_for_at_half_the_speed(void **state)
{
	struct held h = { .now = 0 };

	(void)state;
	assert_int_equal(held_now(&h, WALL, 0), WALL);
	assert_int_equal(held_now(&h, WALL - 100, 1000), WALL);
	assert_int_equal(held_now(&h, WALL - 99, 1999), WALL);
	assert_int_equal(held_now(&h, WALL - 99, 2000), WALL + 1);
	assert_int_equal(held_now(&h, WALL, 100 * 1000), WALL + 50);
	assert_int_equal(held_now(&h, WALL + 99, 199 * 1000), WALL + 99);
	assert_int_equal(held_now(&h, WALL + 110, 210 * 1000), WALL + 110);
}

static void
a_step_back_by_more_than_a_day_is_taken_as_it_is(void **state)
{
	struct held h = { .now = 0 };

	(void)state;
	assert_int_equal(held_now(&h, WALL, 0), WALL);
	assert_int_equal(
		held_now(&h, WALL - HELD_MOST - 1, 1), WALL - HELD_MOST - 1);
	assert_int_equal(held_at_least(WALL, WALL + HELD_MOST + 1), WALL);
	assert_int_equal(
		held_at_least(WALL, WALL + HELD_MOST), WALL + HELD_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_goes_with_the_clock),
		cmocka_unit_test(a_step_back_is_made_up_for_at_half_the_speed),
		cmocka_unit_test(
			a_step_back_by_more_than_a_day_is_taken_as_it_is),
	};

	return cmocka_run_group_tests_name("base/held", tests, NULL, NULL);
}
