/* stale_name_test.c: whom stale_exempt protects, by its names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "db/audit.h"
#include "tailnet/join.h"
#include "tailnet/node.h"
#include "tailnet/stale.h"
#include "tailnet/user.h"
#include "tests/lib/with_db.h"

#define NOW INT64_C(1800000000)

static struct settings
load(struct fixture *f)
{
	struct settings s;

	assert_int_equal(settings_load(f->db, f->mem, &s), ERR_OK);
	return s;
}

static void
never(struct fixture *f, const char *names)
{
	const char *why;

	assert_int_equal(settings_put(f->db, "stale_exempt", names, "cli", NOW,
				 f->mem, &why),
		ERR_OK);
}

/* A machine of that host name lets itself in, with its one key. */
static int64_t
join(struct fixture *f, int64_t user, const char *hostname)
{
	struct tailcfg_hostinfo h = { .hostname = hostname };
	struct settings s = load(f);
	struct join j = { .user_id = user,
		.tags = "[]",
		.hostinfo = &h,
		.method = "cli",
		.actor = "user:1",
		.detail = "",
		.now = NOW };
	struct node n;

	memset(j.machine_key.bytes, 7, KEY_SIZE);
	memset(j.node_key.bytes, 8, KEY_SIZE);
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(node_join(f->db, &s, &j, f->mem, &n), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	return n.id;
}

static int64_t
laptop(struct fixture *f, int64_t *user)
{
	struct user u = { .name = "bob" };

	assert_int_equal(tailnet_user_add(f->db, &u, "cli", NOW, user), ERR_OK);
	return join(f, *user, "laptop");
}

static void
rename_to(struct fixture *f, int64_t id, const char *name)
{
	struct settings s = load(f);

	assert_int_equal(
		tailnet_node_rename(f->db, &s, id, name, "user:5", NOW),
		ERR_OK);
}

static void
host_is(struct fixture *f, int64_t id, const char *hostname)
{
	struct tailcfg_hostinfo h = { .hostname = hostname };
	struct settings s = load(f);

	assert_int_equal(
		tailnet_node_hostinfo(f->db, &s, id, &h, "{}", 130, NOW),
		ERR_OK);
}

static struct audit
last_setting(struct fixture *f)
{
	struct audit a;

	assert_int_equal(
		db_audit_newest(f->db, "setting:stale_exempt", f->mem, &a),
		ERR_OK);
	return a;
}

static void
a_renamed_machine_stays_protected(void **state)
{
	struct fixture *f = *state;
	int64_t user, id = laptop(f, &user);
	struct audit a;

	never(f, "desk laptop laptop2");
	rename_to(f, id, "notebook");
	assert_string_equal(load(f).stale_exempt, "desk notebook laptop2");
	a = last_setting(f);
	assert_string_equal(a.action, "setting.changed");
	assert_string_equal(a.actor, "user:5");
	assert_string_equal(a.detail, "desk notebook laptop2");
	assert_string_equal(
		a.before, "{\"stale_exempt\":\"desk laptop laptop2\"}");
	/* The name follows its host again. */
	rename_to(f, id, "");
	assert_string_equal(load(f).stale_exempt, "desk laptop laptop2");
}

static void
a_name_that_follows_the_host_stays_protected(void **state)
{
	struct fixture *f = *state;
	int64_t user, id = laptop(f, &user);

	never(f, "laptop");
	host_is(f, id, "tower");
	assert_string_equal(load(f).stale_exempt, "tower");
	assert_string_equal(last_setting(f).actor,
		arena_printf(f->mem, "node:%lld", (long long)id));
	assert_int_equal(join(f, user, "attic"), id);
	assert_string_equal(load(f).stale_exempt, "attic");
	assert_string_equal(last_setting(f).actor, "user:1");
}

static void
the_name_of_a_deleted_machine_leaves(void **state)
{
	struct fixture *f = *state;
	int64_t user, id = laptop(f, &user);

	never(f, "desk laptop attic");
	assert_int_equal(tailnet_node_delete(f->db, id, "user:5", NOW), ERR_OK);
	assert_string_equal(load(f).stale_exempt, "desk attic");
	assert_string_equal(last_setting(f).actor, "user:5");
}

static void
other_names_are_left_alone(void **state)
{
	struct fixture *f = *state;
	int64_t user, id = laptop(f, &user), before;

	never(f, "desk  laptop2 lap");
	before = last_setting(f).id;
	rename_to(f, id, "notebook");
	assert_int_equal(tailnet_node_delete(f->db, id, "user:5", NOW), ERR_OK);
	assert_string_equal(load(f).stale_exempt, "desk  laptop2 lap");
	assert_int_equal(last_setting(f).id, before);
}

/* A text that no longer fits would be none: nobody would be protected. */
static void
a_longer_name_fits_where_the_text_was_full(void **state)
{
	struct fixture *f = *state;
	int64_t user, id = laptop(f, &user);
	char names[STALE_EXEMPT_MAX + 1] = "laptop ";

	memset(names + 7, 'a', sizeof(names) - 8);
	names[STALE_EXEMPT_MAX] = '\0';
	never(f, names);
	rename_to(f, id, "notebook");
	assert_true(text_starts(load(f).stale_exempt, "notebook aaa"));
	assert_true(stale_is_exempt(load(f).stale_exempt, "notebook"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_renamed_machine_stays_protected),
		TEST(a_name_that_follows_the_host_stays_protected),
		TEST(the_name_of_a_deleted_machine_leaves),
		TEST(other_names_are_left_alone),
		TEST(a_longer_name_fits_where_the_text_was_full),
	};

	return cmocka_run_group_tests_name(
		"tailnet/stale_name", tests, NULL, NULL);
}
