/*
 * policy_world_test.c: how a policy sees the people and machines of the
 * database.
 */
#include "tailnet/policy_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/attribute.h"
#include "db/node.h"
#include "policy/who.h"
#include "tests/lib/with_db.h"

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

static int64_t
add_machine(struct fixture *f, const char *name, const char *ipv4)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.ipv4 = ipv4,
		.hostinfo = "{\"OS\":\"linux\"}",
		.register_method = "cli" };
	int64_t id = 0;

	memcpy(n.machine_key.bytes, name, 3);
	memcpy(n.node_key.bytes, name, 3);
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
	return id;
}

static void
a_posture_sees_what_the_host_says_and_what_people_set(void **state)
{
	static const char text[] =
		"{\"tagOwners\": {\"tag:a\": []}, \"postures\": {"
		"\"posture:p\": [\"node:os == 'linux'\", "
		"\"custom:tier == 'prod'\"]}, \"grants\": [{\"src\": "
		"[\"tag:a\"], \"dst\": [\"tag:a\"], \"ip\": [\"*\"], "
		"\"srcPosture\": [\"posture:p\"]}]}";
	const struct bytes bytes = { (const void *)text, strlen(text) };
	struct fixture *f = *state;
	struct attribute a = { .name = "custom:tier",
		.value = "prod",
		.set_by = "cli",
		.node_id = add_machine(f, "one", "100.64.0.1") };
	int64_t two = add_machine(f, "two", "100.64.0.2");
	struct policy_error error;
	struct policy *p;
	struct engine *e;

	assert_int_equal(db_attribute_put(f->db, &a), ERR_OK);
	assert_int_equal(policy_load(bytes, &(struct json_texts){ 0 }, f->mem,
				 &p, &error),
		ERR_OK);
	assert_int_equal(policy_world(f->db, p, f->mem, &e), ERR_OK);
	assert_int_equal(policy_who_machines(e, a.node_id, two, 22, 6).section,
		REACH_GRANTS);
	assert_int_equal(policy_who_machines(e, two, a.node_id, 22, 6).section,
		REACH_NOTHING);
	engine_free(e);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_always_has_an_at_sign),
		TEST(domains_are_those_of_people_who_were_let_in),
		TEST(a_posture_sees_what_the_host_says_and_what_people_set),
	};

	return cmocka_run_group_tests_name(
		"tailnet/policy_world", tests, NULL, NULL);
}
