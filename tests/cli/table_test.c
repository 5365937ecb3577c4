#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/print.h"
#include "cli/table.h"

static const char *const heads[] = { "ID", "Name", NULL };

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

static const char *
printed(struct table *t)
{
	struct buf b;

	buf_init(&b, t->mem, PRINT_MAX);
	table_print(&b, t);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
a_table_without_rows_is_its_heads_and_a_blank_line(void **state)
{
	struct table t;

	table_init(&t, *state, false, heads);
	assert_string_equal(printed(&t), "ID | Name\n\n");
}

static void
columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct table t;

	table_init(&t, *state, false, heads);
	table_int(&t, 1);
	table_cell(&t, "alice");
	table_int(&t, 100);
	table_cell(&t, NULL);
	assert_string_equal(printed(&t), "ID  | Name \n"
					 "1   | alice\n"
					 "100 |      \n\n");
}

static void
a_cell_of_two_lines_makes_two_lines(void **state)
{
	struct table t;

	table_init(&t, *state, false, heads);
	table_int(&t, 1);
	table_cell(&t, "100.64.0.1\nfd7a::1");
	assert_string_equal(printed(&t), "ID | Name      \n"
					 "1  | 100.64.0.1\n"
					 "   | fd7a::1   \n\n");
}

static void
a_letter_of_two_bytes_is_one_wide(void **state)
{
	struct table t;

	table_init(&t, *state, false, heads);
	table_cell(&t, "\xc3\xab\xc3\xab\xc3\xab");
	table_cell(&t, "x");
	assert_string_equal(printed(&t), "ID  | Name\n"
					 "\xc3\xab\xc3\xab\xc3\xab | x   \n\n");
}

static void
only_heads_are_coloured(void **state)
{
	struct table t;

	table_init(&t, *state, true, heads);
	table_int(&t, 1);
	table_cell(&t, "a");
	assert_string_equal(printed(&t),
		"\033[96mID\033[0m | \033[96mName\033[0m\n1  | a   \n\n");
}

static void
times_are_shown_in_utc_and_none_as_not_available(void **state)
{
	struct table t;

	table_init(&t, *state, false, heads);
	table_time(&t, 2051319845);
	table_time(&t, 0);
	assert_string_equal(printed(&t), "ID                  | Name\n"
					 "2035-01-02 03:04:05 | N/A \n\n");
}

static void
a_long_cell_leaves_the_others_where_they_are(void **state)
{
	struct table t;
	char wide[1001];
	const char *text;

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	table_init(&t, *state, false, heads);
	table_cell(&t, wide);
	table_cell(&t, "a");
	table_cell(&t, "2");
	table_cell(&t, "second");
	text = printed(&t);
	assert_non_null(strstr(text, " | a     \n"));
	assert_non_null(strstr(text, " | second\n"));
}

/* By a long or a many-lined name a machine would hide the others. */
static void
what_a_machine_says_is_one_short_line(void **state)
{
	struct table t;
	char wide[8001];

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	table_init(&t, *state, false, heads);
	table_int(&t, 1);
	table_stranger(&t, "a\n2 | b");
	table_int(&t, 3);
	table_stranger(&t, NULL);
	assert_string_equal(printed(&t), "ID | Name   \n"
					 "1  | a?2 | b\n"
					 "3  |        \n\n");
	table_init(&t, *state, false, heads);
	table_int(&t, 1);
	table_stranger(&t, wide);
	assert_string_equal(strstr(printed(&t), "xxx…\n"), "xxx…\n\n");
	assert_in_range(strlen(printed(&t)), 100, 300);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_table_without_rows_is_its_heads_and_a_blank_line),
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(a_cell_of_two_lines_makes_two_lines),
		cmocka_unit_test(a_letter_of_two_bytes_is_one_wide),
		cmocka_unit_test(a_long_cell_leaves_the_others_where_they_are),
		cmocka_unit_test(what_a_machine_says_is_one_short_line),
		cmocka_unit_test(only_heads_are_coloured),
		cmocka_unit_test(
			times_are_shown_in_utc_and_none_as_not_available),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
