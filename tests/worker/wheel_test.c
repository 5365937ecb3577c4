/* Timers of whole seconds: worker/wheel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/wheel.h"

enum {
	MANY = 200,
};

static struct wheel_timer timers[MANY];
static int fired_at[MANY], turn;

static void
note(struct wheel_timer *t)
{
	assert_false(t->on);
	assert_int_equal(fired_at[t - timers], 0);
	fired_at[t - timers] = turn;
}

static void
turn_to(int last)
{
	while (turn < last) {
		turn++;
		wheel_turn(note);
	}
}

static int
setup(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		wheel_off(&timers[i]);
		fired_at[i] = 0;
	}
	turn = 0;
	return 0;
}

static void
each_fires_once_at_its_second(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		wheel_set(&timers[i], 1 + i % (WHEEL_SLOTS - 1));
	turn_to(3 * WHEEL_SLOTS);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(fired_at[i], 1 + i % (WHEEL_SLOTS - 1));
}

static void
one_that_is_put_off_fires_at_the_later_second(void **state)
{
	(void)state;
	wheel_set(&timers[0], 10);
	turn_to(5);
	wheel_set(&timers[0], 10);
	turn_to(9);
	wheel_set(&timers[0], WHEEL_SLOTS - 1);
	turn_to(9 + WHEEL_SLOTS - 2);
	assert_int_equal(fired_at[0], 0);
	turn_to(3 * WHEEL_SLOTS);
	assert_int_equal(fired_at[0], 9 + WHEEL_SLOTS - 1);
}

static void
one_that_is_brought_forward_fires_at_the_earlier_second(void **state)
{
	(void)state;
	wheel_set(&timers[0], 20);
	wheel_set(&timers[0], 30);
	wheel_set(&timers[0], 4);
	turn_to(3 * WHEEL_SLOTS);
	assert_int_equal(fired_at[0], 4);
}

static void
one_that_is_off_does_not_fire_nor_move_others(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		wheel_set(&timers[i], 7);
	wheel_off(&timers[1]);
	wheel_off(&timers[1]);
	turn_to(3 * WHEEL_SLOTS);
	assert_int_equal(fired_at[0], 7);
	assert_int_equal(fired_at[1], 0);
	assert_int_equal(fired_at[2], 7);
}

static int again;

static void
set_anew(struct wheel_timer *t)
{
	again++;
	wheel_set(t, WHEEL_SLOTS - 1);
}

static void
one_may_be_set_anew_while_it_fires(void **state)
{
	(void)state;
	again = 0;
	wheel_set(&timers[0], 1);
	for (int i = 0; i < 1 + 2 * (WHEEL_SLOTS - 1); i++)
		wheel_turn(set_anew);
	assert_int_equal(again, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
		TEST(each_fires_once_at_its_second),
		TEST(one_that_is_put_off_fires_at_the_later_second),
		TEST(one_that_is_brought_forward_fires_at_the_earlier_second),
		TEST(one_that_is_off_does_not_fire_nor_move_others),
		TEST(one_may_be_set_anew_while_it_fires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
