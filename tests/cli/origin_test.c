/*
 * origin_test.c: who the rows of the command line say did it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/origin.h"
#include "tests/cli/run.h"

static void
whoever_runs_it_is_named_and_by_sudo_the_one_behind_it(void **state)
{
	static const struct {
		uid_t uid;
		const char *sudo, *words;
	} cases[] = {
		{ 0, NULL, "root" },
		{ 0, "", "root" },
		{ 0, "daemon", "root (sudo by daemon)" },
		{ 0, "root", "root" },
		{ 1, "root", "daemon (sudo by root)" },
		{ 54321, NULL, "uid 54321" },
		/* The environment says what it likes. */
		{ 0, "no such user", "root" },
		{ 0, "<b>", "root" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			origin_words(mem, cases[i].uid, cases[i].sudo),
			cases[i].words);
}

/* The newest row says so. */
static void
assert_newest(const char *action, const char *from)
{
	struct audit *rows;
	struct db *db;
	size_t count;

	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_audits(db, 0, 1, mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].action, action);
	assert_string_equal(rows[0].address, from);
	assert_string_equal(rows[0].via, "cli");
	assert_string_equal(rows[0].actor, "cli");
	db_close(db);
}

static void
each_row_of_the_command_line_says_who_ran_it(void **state)
{
	const char *plain = origin_words(mem, getuid(), NULL);
	const char *by = origin_words(mem, getuid(), "daemon");

	(void)state;
	unsetenv("SUDO_USER");
	assert_int_equal(run("users create eve").status, 0);
	assert_newest("user.created", plain);
	setenv("SUDO_USER", "daemon", 1);
	assert_int_equal(run("setup-link").status, 0);
	assert_newest("setup.link_made", by);
	unsetenv("SUDO_USER");
}

static void
a_restore_says_who_did_it(void **state)
{
	const char *file = arena_printf(mem, "%s/kept", home);
	struct ran r = run(arena_printf(mem, "backup %s", file));

	(void)state;
	if (r.status)
		fail_msg("%s", r.err);
	r = run(arena_printf(mem, "restore --replace %s", file));
	if (r.status)
		fail_msg("%s", r.err);
	assert_newest("backup.restored", origin_words(mem, getuid(), NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			whoever_runs_it_is_named_and_by_sudo_the_one_behind_it),
		cmocka_unit_test(each_row_of_the_command_line_says_who_ran_it),
		cmocka_unit_test(a_restore_says_who_did_it),
	};

	return cmocka_run_group_tests_name(
		"cli/origin", tests, home_set_up, home_tear_down);
}
