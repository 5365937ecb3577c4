#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/flags.h"

static const struct flag table[] = {
	{ "identifier", 'i', FLAG_ID, .required = true },
	{ "delta", 0, FLAG_INT, .help = "" },
	{ "user", 'u', FLAG_TEXT, .required = true },
	{ "tags", 't', FLAG_TEXTS, .help = "" },
	{ "disable", 'd', FLAG_BOOL, .help = "" },
	{ "force", 'f', FLAG_BOOL, .help = "" },
	{ .kind = FLAG_NONE },
};

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

/* Takes one or two words; `used` tells how many were taken. */
static enum err
take(struct flag_set *set, struct arena *mem, const char *a, const char *b,
	int *used, const char **why)
{
	char *argv[] = { arena_strdup(mem, a),
		b ? arena_strdup(mem, b) : NULL };
	int at = 0;
	enum err e = flags_take(set, mem, argv, b ? 2 : 1, &at, why);

	*used = at + 1;
	return e;
}

static struct flag_set
a_set(void)
{
	struct flag_set set = { .count = 0 };

	flags_add(&set, table);
	return set;
}

static void
every_spelling_of_a_value_is_taken(void **state)
{
	static const struct {
		const char *a, *b;
		int used;
	} rows[] = {
		{ "--user", "bob", 2 },
		{ "--user=bob", NULL, 1 },
		{ "-u", "bob", 2 },
		{ "-ubob", NULL, 1 },
		{ "-u=bob", NULL, 1 },
		{ "-dubob", NULL, 1 },
		{ "-du", "bob", 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flag_set set = a_set();
		const char *why;
		int used;

		assert_int_equal(
			take(&set, *state, rows[i].a, rows[i].b, &used, &why),
			ERR_OK);
		assert_int_equal(used, rows[i].used);
		assert_string_equal(flags_get(&set, "user")->text, "bob");
		assert_true(flags_get(&set, "user")->given);
	}
}

static void
switches_may_stand_together(void **state)
{
	struct flag_set set = a_set();
	const char *why;
	int used;

	assert_int_equal(
		take(&set, *state, "-df", "word", &used, &why), ERR_OK);
	assert_int_equal(used, 1);
	assert_int_equal(flags_get(&set, "disable")->number, 1);
	assert_int_equal(flags_get(&set, "force")->number, 1);
	assert_int_equal(
		take(&set, *state, "--force=false", NULL, &used, &why), ERR_OK);
	assert_int_equal(flags_get(&set, "force")->number, 0);
}

static void
a_list_adds_up(void **state)
{
	struct flag_set set = a_set();
	const char *why;
	int used;

	take(&set, *state, "-t", "tag:a,tag:b", &used, &why);
	take(&set, *state, "--tags=tag:c", NULL, &used, &why);
	assert_string_equal(flags_get(&set, "tags")->text, "tag:a,tag:b,tag:c");
}

static void
what_is_wrong_is_said_in_words(void **state)
{
	static const struct {
		const char *a, *b, *why;
	} rows[] = {
		{ "--bogus", NULL, "unknown flag: --bogus" },
		{ "-x", NULL, "unknown shorthand flag: 'x' in -x" },
		{ "-u", NULL, "flag needs an argument: 'u' in -u" },
		{ "--user", NULL, "flag needs an argument: --user" },
		{ "-i", "abc",
			"invalid argument \"abc\" for \"-i, --identifier\" "
			"flag: not a number" },
		{ "-i", "-1",
			"invalid argument \"-1\" for \"-i, --identifier\" "
			"flag: not a number" },
		{ "--disable=maybe", NULL,
			"invalid argument \"maybe\" for \"-d, --disable\" "
			"flag: true or false" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flag_set set = a_set();
		const char *why = NULL;
		int used;

		assert_int_equal(
			take(&set, *state, rows[i].a, rows[i].b, &used, &why),
			ERR_BAD_INPUT);
		assert_string_equal(why, rows[i].why);
	}
}

static void
a_number_below_zero_is_for_flags_that_take_one(void **state)
{
	struct flag_set set = a_set();
	const char *why;
	int used;

	assert_int_equal(
		take(&set, *state, "--delta", "-5", &used, &why), ERR_OK);
	assert_int_equal(flags_get(&set, "delta")->number, -5);
}

static void
missing_flags_are_named_in_order(void **state)
{
	struct flag_set set = a_set();
	const char *why;
	int used;

	assert_string_equal(
		flags_missing(&set, *state), "\"identifier\", \"user\"");
	take(&set, *state, "-i", "1", &used, &why);
	assert_string_equal(flags_missing(&set, *state), "\"user\"");
	take(&set, *state, "-u", "", &used, &why);
	assert_null(flags_missing(&set, *state));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_a_value_is_taken),
		cmocka_unit_test(switches_may_stand_together),
		cmocka_unit_test(a_list_adds_up),
		cmocka_unit_test(what_is_wrong_is_said_in_words),
		cmocka_unit_test(
			a_number_below_zero_is_for_flags_that_take_one),
		cmocka_unit_test(missing_flags_are_named_in_order),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
