/* What a relay on another machine keeps of the server's answers. */
#include "worker/relay/asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct fixture {
	struct asked *asked;
	struct admit admit;
	int64_t now_ms;
	uint8_t told[8][32];
	bool answers[8];
	size_t told_count;
	uint8_t keys[ASKED_KEYS_MAX][32];
} f;

static void
tell(void *arg, const uint8_t key[32], bool allowed)
{
	(void)arg;
	assert_true(f.told_count < 8);
	memcpy(f.told[f.told_count], key, 32);
	f.answers[f.told_count++] = allowed;
}

static int
setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.now_ms = 1000000;
	f.asked = asked_new(tell, NULL);
	f.admit = asked_admit(f.asked);
	asked_tick(f.asked, f.now_ms);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	asked_free(f.asked);
	return 0;
}

static const uint8_t *
key_of(unsigned n)
{
	static uint8_t key[32];

	memset(key, 0, sizeof(key));
	memcpy(key, &n, sizeof(n));
	return key;
}

static int64_t
knock(unsigned n)
{
	return f.admit.allows(f.admit.arg, key_of(n));
}

static bool
stays(unsigned n)
{
	return f.admit.keeps(f.admit.arg, key_of(n));
}

static size_t
ask(void)
{
	return asked_question(f.asked, f.now_ms, f.keys);
}

static void
answer(bool allowed)
{
	bool all[ASKED_KEYS_MAX];

	memset(all, allowed, sizeof(all));
	asked_answer(f.asked, f.now_ms, all);
}

static void
pass(int64_t ms)
{
	f.now_ms += ms;
	asked_tick(f.asked, f.now_ms);
}

static void
whoever_knocks_waits_for_the_answer(void **state)
{
	(void)state;
	assert_int_equal(knock(1), ADMIT_LATER);
	assert_true(asked_is_due(f.asked));
	assert_int_equal(ask(), 1);
	assert_memory_equal(f.keys[0], key_of(1), 32);
	assert_int_equal(ask(), 0); /* one question at a time */
	assert_false(asked_is_due(f.asked));
	answer(true);
	assert_int_equal(f.told_count, 1);
	assert_true(f.answers[0]);
	assert_int_equal(knock(1), ADMIT_ANY);
}

static void
an_answer_is_good_for_its_time_and_no_longer(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		unsigned n = 10 + (unsigned)allowed;

		assert_int_equal(knock(n), ADMIT_LATER);
		assert_int_equal(ask(), 1);
		answer(allowed);
		pass(ASKED_FRESH_MS - 1);
		assert_int_equal(knock(n), allowed ? ADMIT_ANY : 0);
		pass(1);
		assert_int_equal(knock(n), ADMIT_LATER);
		assert_int_equal(ask(), 1);
		answer(allowed);
	}
	assert_true(ASKED_FRESH_MS + 1000 <= 5000);
}

static void
who_is_here_is_asked_about_again_and_must_go_on_a_no(void **state)
{
	(void)state;
	assert_int_equal(knock(1), ADMIT_LATER);
	assert_int_equal(ask(), 1);
	answer(true);
	for (int i = 0; i < 2; i++) {
		assert_true(stays(1));
		assert_int_equal(ask(), 0);
		pass(900);
	}
	assert_true(stays(1));
	pass(ASKED_AGAIN_MS - 1800);
	assert_int_equal(ask(), 1);
	answer(false);
	assert_false(stays(1));
	assert_int_equal(f.told_count, 1); /* nobody waited for this one */
	assert_true(ASKED_AGAIN_MS + 2 * 1000 < 5000);
}

static void
while_nobody_answers_who_is_here_stays_and_nobody_new_comes(void **state)
{
	(void)state;
	assert_int_equal(knock(1), ADMIT_LATER);
	assert_int_equal(ask(), 1);
	answer(true);
	for (int i = 0; i < 60; i++) {
		assert_true(stays(1));
		pass(1000);
		if (ask())
			asked_failed(f.asked);
	}
	assert_true(stays(1));
	assert_int_equal(knock(2), ADMIT_LATER);
	assert_true(ask() > 0);
	asked_failed(f.asked);
	assert_int_equal(f.told_count, 2);
	assert_false(f.answers[1]);
	/* That was no answer, so it is asked again. */
	assert_int_equal(knock(2), ADMIT_LATER);
}

static void
what_is_old_is_forgotten(void **state)
{
	(void)state;
	assert_int_equal(knock(1), ADMIT_LATER);
	assert_int_equal(knock(2), ADMIT_LATER);
	assert_int_equal(ask(), 2);
	answer(true);
	assert_true(stays(2));
	pass(ASKED_HERE_MS - 1);
	assert_true(stays(2));
	pass(ASKED_FRESH_MS - ASKED_HERE_MS + 1);
	assert_int_equal(asked_count(f.asked), 1);
	pass(ASKED_HERE_MS);
	assert_int_equal(asked_count(f.asked), 0);
}

static void
a_question_has_its_limit_and_those_who_wait_come_first(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= ASKED_KEYS_MAX; n++)
		assert_true(stays(n)); /* here, and never asked about */
	assert_int_equal(knock(100000), ADMIT_LATER);
	assert_int_equal(ask(), ASKED_KEYS_MAX);
	assert_memory_equal(f.keys[0], key_of(100000), 32);
}

static void
no_more_keys_are_kept_than_the_limit(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= ASKED_MAX; n++)
		assert_int_equal(knock(n), ADMIT_LATER);
	assert_int_equal(knock(ASKED_MAX + 1), 0);
	assert_int_equal(asked_count(f.asked), ASKED_MAX);
	assert_true(stays(ASKED_MAX + 1));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A second of a relay where `count` are; when each was asked about last. */
static void
pass_a_second(int64_t *last, unsigned count)
{
	size_t asked;

	pass(1000);
	for (unsigned i = 0; i < count; i++)
		assert_true(stays(i));
	for (asked = ask(); asked; asked = asked_is_due(f.asked) ? ask() : 0) {
		for (size_t i = 0; i < asked; i++) {
			unsigned n;

			memcpy(&n, f.keys[i], sizeof(n));
			last[n] = f.now_ms;
		}
		answer(true);
	}
}

/* Else whoever came late to a full relay could stay for ever. */
static void
all_who_are_here_are_asked_about_in_time_however_many(void **state)
{
	static int64_t last[10 * ASKED_KEYS_MAX];
	const unsigned count = 10 * ASKED_KEYS_MAX;

	(void)state;
	for (int second = 0; second < 12; second++)
		pass_a_second(last, count);
	for (unsigned i = 0; i < count; i++)
		assert_in_range(f.now_ms - last[i], 0, ASKED_FRESH_MS);
}

/* One question is under way at a time, so all cannot be asked about when
 * answers take long: then it goes round. */
static void
a_slow_server_is_asked_about_everybody_in_turn(void **state)
{
	static uint8_t times[10 * ASKED_KEYS_MAX];
	const unsigned count = 10 * ASKED_KEYS_MAX;

	(void)state;
	for (int second = 0; second < 20; second++) {
		size_t asked;

		pass(1000);
		for (unsigned i = 0; i < count; i++)
			assert_true(stays(i));
		asked = ask();
		for (size_t i = 0; i < asked; i++) {
			unsigned n;

			memcpy(&n, f.keys[i], sizeof(n));
			times[n]++;
		}
		answer(true);
	}
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(times[i], 2);
}

static void
nobody_is_asked_on_and_on_who_does_not_answer(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * ASKED_KEYS_MAX; i++)
		assert_true(stays(i));
	assert_int_equal(ask(), ASKED_KEYS_MAX);
	asked_failed(f.asked);
	assert_false(asked_is_due(f.asked));
	assert_int_equal(ask(), ASKED_KEYS_MAX);
	answer(true);
	assert_true(asked_is_due(f.asked));
	assert_int_equal(ask(), ASKED_KEYS_MAX);
	answer(true);
	assert_false(asked_is_due(f.asked));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(whoever_knocks_waits_for_the_answer),
		test(an_answer_is_good_for_its_time_and_no_longer),
		test(who_is_here_is_asked_about_again_and_must_go_on_a_no),
		test(while_nobody_answers_who_is_here_stays_and_nobody_new_comes),
		test(what_is_old_is_forgotten),
		test(a_question_has_its_limit_and_those_who_wait_come_first),
		test(no_more_keys_are_kept_than_the_limit),
		test(all_who_are_here_are_asked_about_in_time_however_many),
		test(a_slow_server_is_asked_about_everybody_in_turn),
		test(nobody_is_asked_on_and_on_who_does_not_answer),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
