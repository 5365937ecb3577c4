#include "tailnet/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"

#define GOOD "correct horse battery"

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
a_password_opens_its_hash_and_no_other_does(void **state)
{
	const char *hash = "", *again = "";

	assert_int_equal(password_hash(*state, GOOD, &hash), ERR_OK);
	assert_int_equal(password_hash(*state, GOOD, &again), ERR_OK);
	assert_string_not_equal(hash, again);
	assert_true(text_starts(hash, "$argon2id$v=19$m=65536,t=2,p=1$"));
	assert_true(password_is(hash, GOOD));
	assert_false(password_is(hash, GOOD "x"));
	assert_false(password_is(hash, ""));
}

static void
a_password_has_twelve_to_256_bytes(void **state)
{
	char text[PASSWORD_MAX + 2];
	const char *hash;

	memset(text, 'a', sizeof(text));
	text[PASSWORD_MIN - 1] = '\0';
	assert_int_equal(password_hash(*state, text, &hash), ERR_PASSWORD);
	text[PASSWORD_MIN - 1] = 'a';
	text[PASSWORD_MAX + 1] = '\0';
	assert_int_equal(password_hash(*state, text, &hash), ERR_PASSWORD);
	text[PASSWORD_MAX] = '\0';
	assert_int_equal(password_hash(*state, text, &hash), ERR_OK);
	assert_true(password_is(hash, text));
}

/* Processor time of this thread: others that run now do not count. */
static double
spent(const char *hash, const char *password)
{
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	(void)password_is(hash, password);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) +
	       (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void
no_hash_takes_as_long_as_a_wrong_password(void **state)
{
	const char *hash;
	double wrong, nobody;

	assert_int_equal(password_hash(*state, GOOD, &hash), ERR_OK);
	wrong = spent(hash, "not the password");
	nobody = spent("", "not the password");
	assert_true(nobody > wrong / 5);
	assert_true(wrong > nobody / 5);
	assert_false(password_is("", ""));
	assert_false(password_is("", GOOD));
}

static void
a_hash_of_other_costs_is_stale(void **state)
{
	const char *hash;

	assert_int_equal(password_hash(*state, GOOD, &hash), ERR_OK);
	assert_false(password_is_stale(hash));
	assert_true(password_is_stale(
		"$argon2id$v=19$m=32768,t=2,p=1$1Cg9sVdph7eQxFmm0lgNnw"
		"$grdoceGS0htKj6fVfa5n8IbP9ulcagVOl1zDnH8nTtY"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_password_opens_its_hash_and_no_other_does),
		TEST(a_password_has_twelve_to_256_bytes),
		TEST(no_hash_takes_as_long_as_a_wrong_password),
		TEST(a_hash_of_other_costs_is_stale),
	};

	return cmocka_run_group_tests_name(
		"tailnet/password", tests, NULL, NULL);
}
