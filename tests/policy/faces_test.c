/*
 * faces_test.c: whose an address is, asked often enough that addresses are
 * sorted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/inside.h"

enum {
	MACHINES = 100,
	OFTEN = 2 * FACES_LOOKS,
};

static int
begin(void **state)
{
	*state = engine_new();
	return 0;
}

static int
end(void **state)
{
	engine_free(*state);
	return 0;
}

static void
put(struct engine *e, int64_t id, const char *ipv4, const char *ipv6)
{
	const struct engine_machine m = {
		.id = id, .ipv4 = ipv4, .ipv6 = ipv6
	};

	assert_int_equal(engine_put_machine(e, &m), ERR_OK);
}

/* By that number, in reverse. */
static void
fill(struct engine *e)
{
	for (int i = 1; i <= MACHINES; i++) {
		char ipv4[32], ipv6[32];

		(void)snprintf(ipv4, sizeof(ipv4), "100.64.0.%d", 200 - i);
		(void)snprintf(ipv6, sizeof(ipv6), "fd7a::%d", i);
		put(e, i, ipv4, ipv6);
	}
}

/* 0: nobody; the same each time. */
static int64_t
owner(struct engine *e, const char *text)
{
	int64_t first = 0;
	struct addr a;

	assert_int_equal(addr_parse(text, &a), ERR_OK);
	for (int i = 0; i < OFTEN; i++) {
		const struct machine *m = engine_machine_of(e, a);
		int64_t id = m ? m->id : 0;

		if (!i)
			first = id;
		assert_int_equal(id, first);
	}
	return first;
}

static void
either_address_leads_to_its_machine(void **state)
{
	struct engine *e = *state;

	fill(e);
	assert_int_equal(owner(e, "100.64.0.199"), 1);
	assert_int_equal(owner(e, "100.64.0.100"), MACHINES);
	assert_int_equal(owner(e, "fd7a::7"), 7);
}

static void
an_address_of_nobody_leads_to_nobody(void **state)
{
	static const char *const texts[] = { "100.64.0.99", "100.64.0.200",
		"0.0.0.0", "255.255.255.255", "fd7a::", "ffff::" };
	struct engine *e = *state;

	assert_int_equal(owner(e, "100.64.0.1"), 0);
	fill(e);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(owner(e, texts[i]), 0);
}

static void
what_came_or_went_since_is_known(void **state)
{
	struct engine *e = *state;

	fill(e);
	assert_int_equal(owner(e, "100.64.0.1"), 0);
	put(e, 500, "100.64.0.1", NULL);
	assert_int_equal(owner(e, "100.64.0.1"), 500);
	put(e, 500, "100.64.0.2", NULL);
	assert_int_equal(owner(e, "100.64.0.1"), 0);
	assert_int_equal(owner(e, "100.64.0.2"), 500);
	engine_drop_machine(e, 500);
	assert_int_equal(owner(e, "100.64.0.2"), 0);
}

static void
of_two_with_one_address_it_is_the_first(void **state)
{
	struct engine *e = *state;

	fill(e);
	put(e, 1000, "100.64.0.2", NULL);
	put(e, 900, "100.64.0.2", NULL);
	assert_int_equal(owner(e, "100.64.0.2"), 900);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(either_address_leads_to_its_machine),
		TEST(an_address_of_nobody_leads_to_nobody),
		TEST(what_came_or_went_since_is_known),
		TEST(of_two_with_one_address_it_is_the_first),
	};

	return cmocka_run_group_tests_name("policy/faces", tests, NULL, NULL);
}
