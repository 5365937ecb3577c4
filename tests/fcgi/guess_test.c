/*
 * guess_test.c: what failed sign-ins cost, and how many passwords are checked
 * at once.
 */
#include "fcgi/guess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define NOW INT64_C(1800000000)

static int
setup(void **state)
{
	*state = guess_new();
	return *state ? 0 : -1;
}

static int
teardown(void **state)
{
	guess_free(*state);
	return 0;
}

static void
fail_times(struct guess *g, const char *who, int times, int64_t now)
{
	for (int i = 0; i < times; i++)
		guess_failed(g, GUESS_ADDRESS, who, now);
}

static void
five_failures_in_a_minute_are_free(void **state)
{
	struct guess *g = *state;

	fail_times(g, "192.0.2.1", GUESS_FREE - 1, NOW);
	assert_int_equal(guess_wait(g, GUESS_ADDRESS, "192.0.2.1", NOW), 0);
	fail_times(g, "192.0.2.1", 1, NOW);
	assert_int_equal(
		guess_wait(g, GUESS_ADDRESS, "192.0.2.1", NOW), GUESS_WINDOW);
	assert_int_equal(
		guess_wait(g, GUESS_ADDRESS, "192.0.2.1", NOW + GUESS_WINDOW),
		0);
}

static void
each_further_one_doubles_the_wait_up_to_a_quarter_of_an_hour(void **state)
{
	static const int64_t waits[] = { 120, 240, 480, 900, 900 };
	struct guess *g = *state;
	int64_t now = NOW;

	fail_times(g, "192.0.2.1", GUESS_FREE, now);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		now += guess_wait(g, GUESS_ADDRESS, "192.0.2.1", now);
		fail_times(g, "192.0.2.1", 1, now);
		assert_int_equal(guess_wait(g, GUESS_ADDRESS, "192.0.2.1", now),
			waits[i]);
	}
}

static void
after_a_quiet_time_the_count_begins_anew(void **state)
{
	struct guess *g = *state;
	int64_t later = NOW + 2 * GUESS_WINDOW;

	fail_times(g, "192.0.2.1", GUESS_FREE, NOW);
	fail_times(g, "192.0.2.1", 1, later);
	assert_int_equal(guess_wait(g, GUESS_ADDRESS, "192.0.2.1", later), 0);
}

static void
an_ipv6_address_counts_by_its_network(void **state)
{
	struct guess *g = *state;

	fail_times(g, "2001:db8:0:1::1", GUESS_FREE, NOW);
	assert_int_not_equal(
		guess_wait(g, GUESS_ADDRESS, "2001:db8:0:1:ffff::2", NOW), 0);
	assert_int_equal(
		guess_wait(g, GUESS_ADDRESS, "2001:db8:0:2::1", NOW), 0);
}

static void
an_account_is_one_in_any_case_and_no_address(void **state)
{
	struct guess *g = *state;

	for (int i = 0; i < GUESS_FREE; i++)
		guess_failed(g, GUESS_ACCOUNT, "Ann", NOW);
	assert_int_not_equal(guess_wait(g, GUESS_ACCOUNT, "aNN", NOW), 0);
	assert_int_equal(guess_wait(g, GUESS_ACCOUNT, "bob", NOW), 0);
	assert_int_equal(guess_wait(g, GUESS_ADDRESS, "ann", NOW), 0);
}

static void
nobody_waits_for_what_another_did(void **state)
{
	struct guess *g = *state;
	char address[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(address, sizeof(address), "10.%d.%d.%d",
			i / 65536, i / 256 % 256, i % 256);
		fail_times(g, address, GUESS_FREE, NOW);
	}
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(address, sizeof(address), "192.0.%d.%d", i / 256,
			i % 256);
		assert_int_equal(guess_wait(g, GUESS_ADDRESS, address, NOW), 0);
	}
}

static void
many_new_ones_do_not_push_out_who_failed_most(void **state)
{
	struct guess *g = *state;
	char name[32];

	for (int i = 0; i < GUESS_FREE + 3; i++)
		guess_failed(g, GUESS_ACCOUNT, "ann", NOW);
	for (int i = 0; i < 100000; i++) {
		(void)snprintf(name, sizeof(name), "nobody%d", i);
		guess_failed(g, GUESS_ACCOUNT, name, NOW);
	}
	assert_int_not_equal(guess_wait(g, GUESS_ACCOUNT, "ann", NOW), 0);
}

/* Many codes at once would else all be looked at before the first counts. */
static void
a_code_counts_before_it_is_looked_at(void **state)
{
	struct guess *g = *state;

	for (int i = 0; i < GUESS_FREE; i++)
		assert_int_equal(guess_try(g, GUESS_CODE, "7", NOW), 0);
	assert_int_equal(guess_try(g, GUESS_CODE, "7", NOW), GUESS_WINDOW);
	assert_int_equal(guess_wait(g, GUESS_CODE, "7", NOW), GUESS_WINDOW);
	guess_take_back(g, GUESS_CODE, "7");
	assert_int_equal(guess_try(g, GUESS_CODE, "7", NOW), 0);
	assert_int_equal(guess_try(g, GUESS_CODE, "7", NOW), GUESS_WINDOW);
	guess_take_back(g, GUESS_CODE, "8");
	assert_int_equal(guess_try(g, GUESS_CODE, "8", NOW), 0);
}

static void
wrong_codes_are_remembered_for_a_day(void **state)
{
	struct guess *g = *state;
	int64_t now = NOW;

	for (int i = 0; i < GUESS_FREE; i++)
		guess_failed(g, GUESS_CODE, "7", now);
	now += GUESS_WINDOW + GUESS_CODE_KEPT - 1;
	assert_int_equal(guess_try(g, GUESS_CODE, "7", now), 0);
	assert_int_equal(guess_try(g, GUESS_CODE, "7", now), 2 * GUESS_WINDOW);
	now += 2 * GUESS_WINDOW + GUESS_CODE_KEPT;
	for (int i = 0; i < GUESS_FREE; i++)
		assert_int_equal(guess_try(g, GUESS_CODE, "7", now), 0);
	guess_forget(g, GUESS_CODE, "7"); /* it was right */
	assert_int_equal(guess_try(g, GUESS_CODE, "7", now), 0);
}

static void
a_new_password_by_a_link_ends_the_wait(void **state)
{
	struct guess *g = *state;

	for (int i = 0; i < GUESS_FREE; i++)
		guess_failed(g, GUESS_ACCOUNT, "ann", NOW);
	guess_forget(g, GUESS_ACCOUNT, "ANN");
	assert_int_equal(guess_wait(g, GUESS_ACCOUNT, "ann", NOW), 0);
}

static void
children_share_the_count(void **state)
{
	struct guess *g = *state;
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		fail_times(g, "192.0.2.1", GUESS_FREE, NOW);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_not_equal(guess_wait(g, GUESS_ADDRESS, "192.0.2.1", NOW), 0);
}

static void
a_third_check_waits_two_seconds_and_is_refused(void **state)
{
	struct guess *g = *state;
	int64_t begun = clock_now_ms();
	int a, b;
	pid_t pid;
	int status = -1;

	assert_int_equal(guess_enter(g, false, &a), ERR_OK);
	assert_int_equal(guess_enter(g, false, &b), ERR_OK);
	pid = fork();
	if (pid == 0) {
		int c;

		_exit(guess_enter(g, false, &c) == ERR_BUSY ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(clock_now_ms() - begun >= GUESS_CHECK_MS - 50);
	guess_leave(g, a);
	guess_leave(g, b);
	assert_int_equal(guess_enter(g, false, &a), ERR_OK);
	guess_leave(g, a);
}

static enum err
enter_elsewhere(struct guess *g, bool stranger)
{
	pid_t pid = fork();
	int status = -1, place;

	if (pid == 0)
		_exit((int)guess_enter(g, stranger, &place));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (enum err)WEXITSTATUS(status);
}

static void
who_is_known_waits_for_no_stranger(void **state)
{
	struct guess *g = *state;
	int a;

	assert_int_equal(guess_enter(g, true, &a), ERR_OK);
	assert_int_equal(enter_elsewhere(g, true), ERR_BUSY);
	assert_int_equal(enter_elsewhere(g, false), ERR_OK);
	guess_leave(g, a);
	assert_int_equal(enter_elsewhere(g, true), ERR_OK);
}

static enum err
let_in(struct guess *g, int64_t places, int from, int *place)
{
	char address[32];

	(void)snprintf(address, sizeof(address), "192.0.2.%d", from);
	return guess_let_in(g, places, address, place);
}

static void
so_many_strangers_are_let_in_and_no_more(void **state)
{
	struct guess *g = *state;
	int places[GUESS_STRANGERS], none = 7;

	for (int i = 0; i < 3; i++)
		assert_int_equal(let_in(g, 3, i, &places[i]), ERR_OK);
	assert_int_equal(let_in(g, 3, 9, &none), ERR_BUSY);
	assert_int_equal(none, -1);
	guess_let_out(g, none);
	assert_int_equal(let_in(g, 3, 9, &none), ERR_BUSY);
	guess_let_out(g, places[1]);
	assert_int_equal(let_in(g, 3, 1, &places[1]), ERR_OK);
	for (int i = 3; i < GUESS_STRANGERS; i++)
		assert_int_equal(let_in(g, 64, i, &places[i]), ERR_OK);
	assert_int_equal(let_in(g, 64, 9, &none), ERR_BUSY);
}

static void
one_address_leaves_a_place_to_others(void **state)
{
	struct guess *g = *state;
	int a, b, c, one;

	assert_int_equal(let_in(g, 3, 1, &a), ERR_OK);
	assert_int_equal(let_in(g, 3, 1, &b), ERR_OK);
	assert_int_equal(let_in(g, 3, 1, &one), ERR_RATE);
	assert_int_equal(let_in(g, 3, 2, &c), ERR_OK);
	assert_int_equal(let_in(g, 3, 1, &one), ERR_RATE);
	assert_int_equal(let_in(g, 3, 2, &one), ERR_BUSY);
	guess_let_out(g, c);
	guess_let_out(g, a);
	assert_int_equal(let_in(g, 3, 1, &a), ERR_OK);
	guess_let_out(g, a);
	guess_let_out(g, b);
	/* Where there is one place it is anybody's. */
	assert_int_equal(let_in(g, 1, 1, &a), ERR_OK);
	assert_int_equal(let_in(g, 1, 1, &b), ERR_RATE);
	assert_int_equal(let_in(g, 1, 2, &b), ERR_BUSY);
}

static void
a_child_that_dies_in_a_check_leaves_its_place(void **state)
{
	struct guess *g = *state;

	for (int i = 0; i < 3 * GUESS_CHECKS; i++) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0) {
			int place;

			_exit(guess_enter(g, false, &place) == ERR_OK ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_failures_in_a_minute_are_free),
		TEST(each_further_one_doubles_the_wait_up_to_a_quarter_of_an_hour),
		TEST(after_a_quiet_time_the_count_begins_anew),
		TEST(an_ipv6_address_counts_by_its_network),
		TEST(an_account_is_one_in_any_case_and_no_address),
		TEST(nobody_waits_for_what_another_did),
		TEST(many_new_ones_do_not_push_out_who_failed_most),
		TEST(a_code_counts_before_it_is_looked_at),
		TEST(wrong_codes_are_remembered_for_a_day),
		TEST(a_new_password_by_a_link_ends_the_wait),
		TEST(children_share_the_count),
		TEST(a_third_check_waits_two_seconds_and_is_refused),
		TEST(who_is_known_waits_for_no_stranger),
		TEST(so_many_strangers_are_let_in_and_no_more),
		TEST(one_address_leaves_a_place_to_others),
		TEST(a_child_that_dies_in_a_check_leaves_its_place),
	};

	return cmocka_run_group_tests_name("fcgi/guess", tests, NULL, NULL);
}
