/* What is typed into the search field of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/db.h"
#include "db/words.h"

static bool
found(const char *words)
{
	static const char *const texts[] = { "Laptop of Ann", NULL,
		"ann@example.org", "tag:web" };

	return words_match(words, texts, 4);
}

static void
each_word_must_stand_in_some_text(void **state)
{
	(void)state;
	assert_true(found("lap"));
	assert_true(found("  LAP\tTag:Web "));
	assert_true(found("example ann"));
	assert_false(found("lap bob"));
	assert_false(found("laptops"));
}

static void
a_word_with_a_hyphen_before_must_stand_in_none(void **state)
{
	(void)state;
	assert_true(found("lap -bob"));
	assert_false(found("lap -web"));
	assert_false(found("-ANN"));
	assert_false(found("-")); /* a hyphen alone is a word */
}

static void
quotes_make_one_word(void **state)
{
	(void)state;
	assert_true(found("\"of ann\""));
	assert_false(found("\"ann of\""));
	assert_true(found("ann of"));
	assert_false(found("-\"of ann\""));
	assert_true(found("\"of ann")); /* the end closes it */
	assert_true(found("\"\""));
}

static void
no_words_match_everything(void **state)
{
	(void)state;
	assert_true(found(""));
	assert_true(found("   "));
}

static void
signs_of_patterns_mean_themselves(void **state)
{
	(void)state;
	assert_false(found("%"));
	assert_false(found("l_ptop"));
	assert_false(found("*"));
}

static void
the_database_knows_the_function(void **state)
{
	struct db *db;
	int64_t n;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_number(db_stmt(db, "SELECT words('b a', 'xA', "
					       "NULL, 'B') + 2 * words('c', "
					       "'a') + 4 * words(NULL, 'a')"),
				 &n),
		ERR_OK);
	assert_int_equal(n, 5);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_must_stand_in_some_text),
		cmocka_unit_test(
			a_word_with_a_hyphen_before_must_stand_in_none),
		cmocka_unit_test(quotes_make_one_word),
		cmocka_unit_test(no_words_match_everything),
		cmocka_unit_test(signs_of_patterns_mean_themselves),
		cmocka_unit_test(the_database_knows_the_function),
	};

	return cmocka_run_group_tests_name("db/words", tests, NULL, NULL);
}
