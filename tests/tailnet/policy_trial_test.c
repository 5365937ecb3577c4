#include "tailnet/policy_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t
count_lines(const char *text)
{
	size_t count = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

/* One test with so many addresses, none of which lets anything through. */
static const char *
failing(struct arena *mem, int count)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"grants\":[],\"tests\":[{\"src\":\"100.64.0.1\","
		     "\"accept\":[");
	for (int i = 1; i <= count; i++)
		buf_putf(&b, "%s\"100.64.0.2:%d\"", i == 1 ? "" : ",", i);
	buf_put(&b, "]}]}", 5);
	return (const char *)b.bytes;
}

static void
a_few_hundred_failures_are_told_by_the_first_and_how_many_more(void **state)
{
	struct arena *mem = arena_new();
	struct policy_trial trial;
	const char *words;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(
		policy_try(db, failing(mem, 300), 0, mem, &trial), ERR_POLICY);
	words = policy_trial_words(mem, &trial);
	assert_non_null(strstr(words,
		"\nline 1, from \"100.64.0.1\": address \"100.64.0.2:100\": "
		"want: Accept, got: Drop\nand 200 more"));
	assert_int_equal(count_lines(words), 1 + POLICY_FAILURES_TOLD + 1);
	assert_int_equal(
		policy_try(db, failing(mem, 100), 0, mem, &trial), ERR_POLICY);
	words = policy_trial_words(mem, &trial);
	assert_null(strstr(words, "more"));
	db_close(db);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_few_hundred_failures_are_told_by_the_first_and_how_many_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
