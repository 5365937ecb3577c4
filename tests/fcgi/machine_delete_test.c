/*
 * machine_delete_test.c: what the question before a machine is deleted says of
 * its routes (spec/pages.md 9.3).
 */
#include "tests/fcgi/machines.h"

static const char *
asked(struct site *s, const char *offered, const char *approved)
{
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = machine(s, &(struct made){ .name = "gate",
					.tags = "[\"tag:x\"]",
					.routes = offered,
					.approved = approved });

	tab_get(&t, at(s, "/admin/machines/", id, "/delete"));
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, t.last.body);
	return t.last.body;
}

static void
an_exit_node_is_one_route_that_stops(void **state)
{
	static const char both[] = "[\"0.0.0.0/0\",\"::/0\"]";

	assert_holds(asked(*state, both, both), "1 route through it stops.");
}

static void
an_exit_node_and_a_subnet_are_two(void **state)
{
	static const char all[] = "[\"0.0.0.0/0\",\"10.0.0.0/8\",\"::/0\"]";

	assert_holds(asked(*state, all, all), "2 routes through it stop.");
}

static void
a_route_that_is_not_in_use_does_not_stop(void **state)
{
	struct site *s = *state;

	assert_lacks(asked(s, "[\"10.0.0.0/8\"]", "[\"10.1.0.0/16\"]"),
		"through it");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_exit_node_is_one_route_that_stops),
		TEST(an_exit_node_and_a_subnet_are_two),
		TEST(a_route_that_is_not_in_use_does_not_stop),
	};

	return cmocka_run_group_tests_name(
		"fcgi/machine_delete", tests, NULL, NULL);
}
