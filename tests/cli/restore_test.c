/* restore_test.c: cairn restore as it is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/cli/run.h"

static int
setup(void **state)
{
	return home_set_up(state) ||
		       run(arena_printf(mem, "backup %s/plain", home)).status
		       ? -1
		       : 0;
}

static void
change(const char *sql)
{
	char *words = NULL;
	sqlite3 *raw;

	assert_int_equal(
		sqlite3_open(arena_printf(mem, "%s/plain", home), &raw),
		SQLITE_OK);
	if (sqlite3_exec(raw, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s", words);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void
what_a_backup_says_of_itself_makes_no_line(void **state)
{
	struct ran ran;

	(void)state;
	change("UPDATE bundle SET version = '1' || char(10) || 'All is well' "
	       "|| char(27) || '[2J'; PRAGMA user_version = 9999");
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_int_equal(ran.status, 1);
	assert_has(ran.err, "which says that it is 1?All is well?[2J. Install");
	assert_null(strchr(strchr(ran.err, '\n') + 1, '\n'));
	change(arena_printf(mem,
		"PRAGMA user_version = %d; "
		"CREATE VIEW \"a\nAll is well\" AS SELECT 1",
		DB_VERSION));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, "the view \"a?All is well\" does not belong");
}

static void
the_version_of_a_backup_is_shown_up_to_its_limit(void **state)
{
	const char *at = "1234567890123456789012345678901234567890";
	struct ran ran;

	(void)state;
	change(arena_printf(mem,
		"UPDATE bundle SET version = '%s'; PRAGMA user_version = 9999",
		at));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, arena_printf(mem, "that it is %s. Install", at));
	change(arena_printf(mem, "UPDATE bundle SET version = '%sX'", at));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, arena_printf(mem, "that it is %s. Install", at));
}

static void
one_is_told_in_the_singular(void **state)
{
	struct ran ran;

	(void)state;
	run("users create ann");
	run("preauthkeys create -u ann");
	run(arena_printf(mem, "backup %s/plain", home));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_int_equal(ran.status, 0);
	assert_has(ran.out, "\n1 key for machines, 0 browsers, ");
	assert_has(ran.out, " 0 requests to join, 0 SSH approvals.\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, home_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_backup_says_of_itself_makes_no_line),
		TEST(the_version_of_a_backup_is_shown_up_to_its_limit),
		TEST(one_is_told_in_the_singular),
	};

	return cmocka_run_group_tests_name("cli/restore", tests, NULL, NULL);
}
