/*
 * policy_world_test.c: how a policy sees the people of the database.
 */
#include "tailnet/policy_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena *mem;
	struct db *db;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .mem = arena_new() };
	*state = &f;
	return db_open_memory(&f.db);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static void
a_login_always_has_an_at_sign(void **state)
{
	static const char *const cases[][3] = {
		{ "olga", "", "olga@" },
		{ "olga", "olga@example.org", "olga@example.org" },
		{ "olga@example.net", "", "olga@example.net" },
		{ "olga@example.net", "o@example.org", "o@example.org" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(policy_login(f->mem,
					    &(struct user){ .name = cases[i][0],
						    .email = cases[i][1] }),
			cases[i][2]);
}

static void
domains_are_those_of_people_who_were_let_in(void **state)
{
	static const struct user users[] = {
		{ .name = "b", .email = "b@b.example" },
		{ .name = "olga" },
		{ .name = "a1", .email = "a1@a.example" },
		{ .name = "a2@a.example" },
		{ .name = "mail", .email = "somebody@gmail.com" },
		{ .name = "Mail2", .email = "somebody@Outlook.com" },
		{ .name = "asks",
			.email = "x@asks.example",
			.status = USER_NEEDS_APPROVAL },
		{ .name = "gone",
			.email = "x@gone.example",
			.status = USER_SUSPENDED },
	};
	struct fixture *f = *state;
	struct json_texts d;
	int64_t id;

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		assert_int_equal(db_user_add(f->db, &users[i], &id), ERR_OK);
	assert_int_equal(policy_domains(f->db, f->mem, &d), ERR_OK);
	assert_string_equal(json_texts_print(f->mem, &d),
		"[\"a.example\",\"b.example\",\"gone.example\"]");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_always_has_an_at_sign),
		TEST(domains_are_those_of_people_who_were_let_in),
	};

	return cmocka_run_group_tests_name(
		"tailnet/policy_world", tests, NULL, NULL);
}
