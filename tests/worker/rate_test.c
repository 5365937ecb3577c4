#include "worker/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct snapshot snap;
static struct worker worker = { .snap = &snap };

/* The buckets live as long as the program, so each test has a time of its own.
 */
static int64_t now_ms;

static int
setup(void **state)
{
	(void)state;
	snap.settings.register_rate = 200;
	snap.settings.register_machine_rate = 20;
	now_ms += 1000 * 1000;
	return 0;
}

static struct key
machine(uint32_t n)
{
	struct key k = { { 0 } };

	memcpy(k.bytes, &n, sizeof(n));
	return k;
}

static void
a_machine_has_its_burst_and_then_one_each_six_seconds(void **state)
{
	struct key k = machine(1);

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(rate_register(&worker, &k, false, now_ms), 0);
	assert_int_equal(rate_register(&worker, &k, false, now_ms), 6);
	assert_int_equal(rate_register(&worker, &k, false, now_ms + 5999), 1);
	assert_int_equal(rate_register(&worker, &k, false, now_ms + 6000), 0);
	assert_int_not_equal(
		rate_register(&worker, &k, false, now_ms + 6000), 0);
}

static void
one_machine_at_its_limit_is_no_other_ones_matter(void **state)
{
	struct key one = machine(2), two = machine(3);

	(void)state;
	for (int i = 0; i < 21; i++)
		(void)rate_register(&worker, &one, false, now_ms);
	assert_int_equal(rate_register(&worker, &two, false, now_ms), 0);
}

static void
all_together_have_a_rate_too(void **state)
{
	struct key k;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		k = machine(100 + i);
		assert_int_equal(rate_register(&worker, &k, false, now_ms), 0);
	}
	k = machine(99);
	assert_int_equal(rate_register(&worker, &k, false, now_ms), 1);
	assert_int_equal(rate_register(&worker, &k, false, now_ms + 5), 0);
}

static void
strangers_at_their_limit_keep_no_member_out(void **state)
{
	struct key k = machine(7);

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		struct key other = machine(7 + i % 15 * RATE_SLOTS);

		(void)rate_register(&worker, &other, false, now_ms);
	}
	for (uint32_t i = 0; i < 200; i++) {
		struct key other = machine(200 + i);

		(void)rate_register(&worker, &other, false, now_ms);
	}
	assert_int_not_equal(rate_register(&worker, &k, false, now_ms), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(rate_register(&worker, &k, true, now_ms), 0);
	assert_int_equal(rate_register(&worker, &k, true, now_ms), 6);
}

static void
other_requests_have_a_burst_and_then_one_a_second(void **state)
{
	struct key k = machine(8);

	(void)state;
	for (int i = 0; i < RATE_REQUEST_BURST; i++)
		assert_int_equal(rate_request(&k, now_ms), 0);
	assert_int_equal(rate_request(&k, now_ms), 1);
	assert_int_equal(rate_request(&k, now_ms + 1000), 0);
	assert_int_equal(rate_request(&k, now_ms + 1000), 1);
}

static void
a_stranger_s_mistakes_fill_no_disk(void **state)
{
	int told = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		told += worker_may_log(now_ms);
	assert_int_equal(told, LOGS_A_SECOND);
	assert_true(worker_may_log(now_ms + 1000));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_has_its_burst_and_then_one_each_six_seconds),
		TEST(one_machine_at_its_limit_is_no_other_ones_matter),
		TEST(all_together_have_a_rate_too),
		TEST(strangers_at_their_limit_keep_no_member_out),
		TEST(a_stranger_s_mistakes_fill_no_disk),
		TEST(other_requests_have_a_burst_and_then_one_a_second),
	};

	return cmocka_run_group_tests_name("worker/rate", tests, NULL, NULL);
}
