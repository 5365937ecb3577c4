#include "tailnet/user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/node.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t alice;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "alice" };

	f.mem = arena_new();
	*state = &f;
	return db_open_memory(&f.db) ||
	       tailnet_user_add(f.db, &u, "cli", NOW, &f.alice);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static const char *
last_action(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	return count ? rows[0].action : "";
}

static void
own_a_node(struct fixture *f)
{
	struct node n = { .user_id = f->alice,
		.name = "pc",
		.ipv4 = "100.64.0.1",
		.register_method = "cli" };
	int64_t id;

	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
}

static void
user_names_have_rules(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name;
		enum err e;
	} cases[] = {
		{ "bo", ERR_OK },
		{ "Bob.B-c_d@example.org", ERR_OK },
		{ "b", ERR_BAD_NAME },
		{ "", ERR_BAD_NAME },
		{ "1bob", ERR_BAD_NAME },
		{ "-bob", ERR_BAD_NAME },
		{ "bob smith", ERR_BAD_NAME },
		{ "a@b@c", ERR_BAD_NAME },
		{ "bob@", ERR_BAD_NAME }, /* the login of bob */
		{ "bäb", ERR_BAD_NAME },
		{ "tagged-devices", ERR_BAD_NAME },
		{ "Tagged-Devices", ERR_BAD_NAME },
		{ "ALICE", ERR_EXISTS },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			ERR_OK },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
			ERR_BAD_NAME },
	};
	int64_t id;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct user u = { .name = cases[i].name };

		if (tailnet_user_add(f->db, &u, "cli", NOW, &id) != cases[i].e)
			fail_msg("%s", cases[i].name);
	}
}

static void
users_are_renamed_and_deleted_with_a_trace(void **state)
{
	struct fixture *f = *state;
	struct user u = { .name = "bob" };
	int64_t bob;

	assert_int_equal(tailnet_user_add(f->db, &u, "cli", NOW, &bob), ERR_OK);
	assert_string_equal(last_action(f), "user.created");
	assert_int_equal(tailnet_user_rename(f->db, bob, "Alice", "cli", NOW),
		ERR_EXISTS);
	assert_int_equal(tailnet_user_rename(f->db, 99, "carol", "cli", NOW),
		ERR_NOT_FOUND);
	assert_int_equal(
		tailnet_user_rename(f->db, bob, "Bob", "cli", NOW), ERR_OK);
	assert_string_equal(last_action(f), "user.changed");
	assert_int_equal(tailnet_user_delete(f->db, bob, "cli", NOW), ERR_OK);
	assert_string_equal(last_action(f), "user.deleted");
	own_a_node(f);
	assert_int_equal(
		tailnet_user_delete(f->db, f->alice, "cli", NOW), ERR_IN_USE);
	assert_int_equal(
		tailnet_user_delete(f->db, bob, "cli", NOW), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(user_names_have_rules),
		TEST(users_are_renamed_and_deleted_with_a_trace),
	};

	return cmocka_run_group_tests_name("tailnet/user", tests, NULL, NULL);
}
