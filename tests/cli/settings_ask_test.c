/* settings_ask_test.c: what the command line asks before a setting is stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/node.h"
#include "db/user.h"
#include "tailnet/stale_ask.h"
#include "tests/cli/run.h"

enum {
	DAY = 86400,
	DAYS_OLD = 40,
};

static void
add_machine(struct db *db, int64_t user_id, int number, const char *name)
{
	int64_t at = (int64_t)time(NULL) - DAYS_OLD * (int64_t)DAY, id;
	struct node n = { .user_id = user_id,
		.tags = "[]",
		.name = name,
		.hostname = name,
		.ipv4 = arena_printf(mem, "100.64.1.%d", number),
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::1:%d", number),
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "authkey",
		.created_at = at };

	memset(n.machine_key.bytes, number, KEY_SIZE);
	memset(n.node_key.bytes, number + 64, KEY_SIZE);
	assert_int_equal(db_node_add(db, &n, &id), ERR_OK);
}

static int
set_up(void **state)
{
	struct user bob = { .name = "bob" };
	struct db *db;
	int64_t id;

	if (home_set_up(state))
		return -1;
	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_user_add(db, &bob, &id), ERR_OK);
	add_machine(db, id, 1, "laptop");
	add_machine(db, id, 2, "desk");
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
	return 0;
}

static void
a_rule_that_would_meet_machines_is_asked_about(void **state)
{
	struct ran no, yes;

	(void)state;
	assert_string_equal(run("settings set stale_action delete").err, "");
	no = run("settings set stale_days 30");
	assert_string_equal(no.err,
		"2 machines would be deleted within the hour.\n"
		"laptop, desk.\nDelete 2 machines? [y/n] ");
	assert_string_equal(no.out, "Setting not stored\n");
	assert_int_equal(no.status, 0);
	assert_string_equal(run("settings get stale_days").out, "0\n");
	yes = run_typed("y\n", "settings set stale_days 30");
	assert_string_equal(yes.out, "Setting stored\n");
	assert_string_equal(run("settings get stale_days").out, "30\n");
	/* In force: it is not asked again. */
	assert_string_equal(run("settings set stale_days 30").err, "");
	assert_has(run("settings set stale_days 39").err, "Delete 2 machines?");
	assert_string_equal(run("settings set stale_days 0").err, "");
}

static void
another_act_and_fewer_exceptions_are_asked_about_too(void **state)
{
	(void)state;
	assert_int_equal(run("--force settings set stale_days 30").status, 0);
	assert_has(run("settings set stale_action delete").err,
		"Delete 2 machines?");
	assert_has(run("settings set stale_exempt desk").err,
		"Expire the keys of 1 machine?");
	assert_has(run("settings set stale_exempt desk").err, "laptop.\n");
	assert_string_equal(
		run("settings set stale_exempt desk --force").err, "");
	assert_has(run("settings set stale_exempt ").err, "laptop, desk.");
}

static void
the_list_says_who_never_connected(void **state)
{
	struct ran plain = run("nodes stale --days 30");
	struct ran json = run("nodes stale --days 30 -o json");

	(void)state;
	assert_has(plain.out, "never connected, made 20");
	assert_has(json.out, "\"never_connected\": true");
}

static void
force_asks_nothing(void **state)
{
	struct ran all = run("settings set stale_days 30 --force");

	(void)state;
	assert_string_equal(all.err, "");
	assert_string_equal(all.out, "Setting stored\n");
}

/* Whoever reads it is late: the line that `cookie` holds is run first. */
static ssize_t
read_late(void *cookie, char *to, size_t size)
{
	char **line = cookie;

	assert_true(size >= 2);
	if (!*line)
		return 0;
	assert_int_equal(run(*line).status, 0);
	*line = NULL;
	memcpy(to, "y\n", 2);
	return 2;
}

static struct ran
run_while_asked(char *other, const char *line)
{
	return run_from(fopencookie(&other, "r",
				(cookie_io_functions_t){ .read = read_late }),
		line);
}

static void
a_yes_counts_for_the_rule_that_was_asked_about(void **state)
{
	static char action[] = "settings set stale_action delete",
		    exempt[] = "--force settings set stale_exempt desk";
	struct ran r = run_while_asked(action, "settings set stale_days 30");

	(void)state;
	assert_has(r.err, "Expire the keys of 2 machines?");
	assert_has(r.err, "setting stale_days: what it does has changed since "
			  "you were asked: nothing was stored");
	assert_int_equal(r.status, 1);
	assert_string_equal(run("settings get stale_days").out, "0\n");
	r = run_while_asked(exempt, "settings set stale_days 30");
	assert_has(r.err, "Delete 2 machines?");
	assert_int_equal(r.status, 1);
	assert_string_equal(run("settings get stale_days").out, "0\n");
}

/* The audit log is these alone. */
static void
rows_of_forty_days_ago(int count)
{
	const struct audit row = { .at = (int64_t)time(NULL) -
					 DAYS_OLD * (int64_t)DAY,
		.actor = "cli",
		.action = "x",
		.subject = "y",
		.detail = "" };
	struct db *db;

	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_exec(db, "DELETE FROM audit"), ERR_OK);
	for (int i = 0; i < count; i++)
		assert_int_equal(db_audit_add(db, &row), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
}

static void
rows_of_the_audit_log_are_asked_about(void **state)
{
	struct ran no;

	(void)state;
	rows_of_forty_days_ago(2);
	no = run("settings set keep_audit 30d");
	assert_string_equal(no.err,
		"2 rows of the audit log would be deleted within the day.\n"
		"Delete 2 rows of the audit log? [y/n] ");
	assert_string_equal(no.out, "Setting not stored\n");
	assert_string_equal(run("settings set keep_audit 41d").err, "");
	assert_string_equal(run_typed("y\n", "settings set keep_audit 39d").out,
		"Setting stored\n");
	assert_string_equal(run("--force settings set keep_audit 1d").err, "");
	assert_string_equal(run("settings get keep_audit").out, "1d\n");
	assert_string_equal(run("settings set keep_audit 2d").err, "");
	rows_of_forty_days_ago(1);
	assert_string_equal(run("settings set keep_audit 3d").err, "");
	assert_has(run("settings set keep_audit 1d").err,
		"Delete 1 row of the audit log?");
}

static void
what_the_page_refuses_is_refused_in_its_words(void **state)
{
	char line[STALE_EXEMPT_MAX + 64] = "--force settings set stale_exempt ";
	size_t at = strlen(line);
	struct ran r = run("--force settings set stale_exempt laptops");

	(void)state;
	assert_int_equal(r.status, 1);
	assert_has(r.err, "setting stale_exempt: No machine is named laptops.");
	assert_string_equal(run("settings get stale_exempt").out, "\n");
	memset(line + at, 'a', STALE_EXEMPT_MAX);
	line[at + STALE_EXEMPT_MAX] = '\0';
	assert_has(run(line).err, "No machine is named aaa");
	(void)strcat(line, "a");
	assert_has(run(line).err, "at most 1024 bytes");
	assert_has(run("settings set stale_days 3651").err,
		"setting stale_days: a number from 0 to 3650");
	assert_has(run("settings set stale_action erase").err,
		"setting stale_action: expire or delete");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, home_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rule_that_would_meet_machines_is_asked_about),
		TEST(another_act_and_fewer_exceptions_are_asked_about_too),
		TEST(the_list_says_who_never_connected),
		TEST(force_asks_nothing),
		TEST(rows_of_the_audit_log_are_asked_about),
		TEST(a_yes_counts_for_the_rule_that_was_asked_about),
		TEST(what_the_page_refuses_is_refused_in_its_words),
	};

	return cmocka_run_group_tests_name(
		"cli/settings_ask", tests, NULL, NULL);
}
