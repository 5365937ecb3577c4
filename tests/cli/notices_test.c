/* notices_test.c: cairn notices: who is told of what, without the pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/audit.h"
#include "tailnet/notice.h"
#include "tests/cli/run.h"

#define WEBHOOK "notices add webhook https://a.example.org/token"
#define MAIL                                                         \
	"notices add mail a@b.example c@b.example --server "         \
	"mail.example.org:587 --sender d@b.example --account cairn " \
	"--events machine.new"

static struct notice_target
stored(int64_t id, const char **secret)
{
	struct notice_target t;
	struct secret seal;
	struct db *db;

	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_notice_target(db, id, mem, &t), ERR_OK);
	db_close(db);
	assert_int_equal(secret_read(home, "seal", &seal), ERR_OK);
	assert_int_equal(notice_secret_open(&seal, &t, mem, secret), ERR_OK);
	return t;
}

static const char *
last_audit(void)
{
	struct audit *rows;
	struct db *db;
	size_t count;

	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_audits(db, 0, 1, mem, &rows, &count), ERR_OK);
	db_close(db);
	return rows[0].action;
}

static void
a_webhook_is_added_with_a_key_changed_tested_and_deleted(void **state)
{
	struct ran made = run(WEBHOOK " --events policy.changed,machine.new");
	struct notice_target t;
	const char *key;

	(void)state;
	assert_int_equal(made.status, 0);
	t = stored(1, &key);
	assert_string_equal(made.out, arena_printf(mem, "%s\n", key));
	assert_string_equal(t.events, " machine.new policy.changed ");
	assert_string_equal(t.format, "json");
	assert_string_equal(last_audit(), "notice.added");
	assert_has_not(run("notices list -o json").out, "cairn-webhook-");
	assert_has(run("notices list").out, "nothing yet");
	assert_string_equal(
		run("notices set 1 --events health.failing --format slack").out,
		"Target changed\n");
	assert_string_equal(last_audit(), "notice.changed");
	assert_string_equal(
		stored(1, &key).place, "https://a.example.org/token");
	run("notices set 1 https://b.example.org/");
	t = stored(1, &key);
	assert_string_equal(t.place, "https://b.example.org/");
	assert_string_equal(t.events, " health.failing ");
	assert_has(made.out, key);
	assert_has(run("notices test 1").out, "cairn notices log 1");
	assert_has(run("notices log 1").out, "This is a test.");
	assert_has(
		run("notices log 1 -o json-line").out, "\"state\":\"waiting\"");
	assert_has(run_typed("n\n", "notices delete 1").err,
		"1 notices wait for it");
	assert_string_equal(
		run("notices delete 1 --force").out, "Target deleted\n");
	assert_has(run("notices log 1").err, "there is no target 1");
}

static void
a_password_comes_by_standard_input_and_stays_at_its_server(void **state)
{
	const char *password;

	(void)state;
	assert_string_equal(
		run_typed("swordfish\n", MAIL " --password-file -").out,
		"Target 1 added\n");
	assert_string_equal(
		stored(1, &password).place, "a@b.example c@b.example");
	assert_string_equal(password, "swordfish");
	assert_has_not(run("notices list -o yaml").out, "swordfish");
	run("notices set 1 --sender e@b.example");
	assert_string_equal(stored(1, &password).sender, "e@b.example");
	assert_string_equal(password, "swordfish");
	assert_has(run("notices set 1 --server evil.example.org:587").err,
		"give --password-file");
	assert_string_equal(
		stored(1, &password).server, "mail.example.org:587");
	run_typed("other\n", "notices set 1 --server mx.example.org:587 "
			     "--password-file -");
	(void)stored(1, &password);
	assert_string_equal(password, "other");
}

static void
what_is_no_target_is_said(void **state)
{
	(void)state;
	assert_has(run("notices add").err, "say webhook and its address");
	assert_has(run(WEBHOOK).err, "--events: Choose at least one event.");
	assert_has(run(WEBHOOK " --events machine.new,tea").err,
		"\"tea\" is no event");
	assert_has(run(WEBHOOK " --events machine.new --format xml").err,
		"--format: Choose json");
	assert_has(run("notices add webhook http://a.example.org/ --events "
		       "machine.new")
			   .err,
		"Enter an address that begins with https://");
	assert_has(run("notices add webhook a b --events machine.new").err,
		"unexpected argument \"b\"");
	assert_has(run("notices add mail a@b.example --events machine.new "
		       "--sender x --server m.example.org:25")
			   .err,
		"--sender: Enter the sender");
	assert_has(run("notices set 9").err, "there is no target 9");
	assert_has(run("notices set x").err, "the ID of a target");
	run(WEBHOOK " --events machine.new");
	assert_has(run("notices log 1 -n 0").err, "from 1 to 1000");
	assert_has(run("notices log 1 -n 1001").err, "from 1 to 1000");
	assert_int_equal(run("notices log 1 -n 1000").status, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, home_set_up, home_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_webhook_is_added_with_a_key_changed_tested_and_deleted),
		TEST(a_password_comes_by_standard_input_and_stays_at_its_server),
		TEST(what_is_no_target_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
