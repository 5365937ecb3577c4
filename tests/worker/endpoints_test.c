#include "worker/endpoints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena *mem;

static int
setup(void **state)
{
	(void)state;
	mem = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static const char *
normal(const char **at, size_t count, bool loopback)
{
	return endpoints_normal(
		mem, &(struct json_texts){ at, count }, loopback);
}

static void
order_and_doubles_make_no_difference(void **state)
{
	const char *one[] = { "192.0.2.1:5", "[2001:db8::1]:5" };
	const char *two[] = { "[2001:db8:0::1]:5", "192.0.2.1:5",
		"192.0.2.1:5" };

	(void)state;
	assert_string_equal(normal(one, 2, false), normal(two, 3, false));
}

static void
what_nobody_can_reach_is_left_out(void **state)
{
	static const char *bad[] = { "0.0.0.0:1", "[::]:1", "224.0.0.1:1",
		"255.255.255.255:1", "[ff02::1]:1", "[fe80::1]:1",
		"[fe80::1%eth0]:1", "192.0.2.1:0", "192.0.2.1:65536",
		"192.0.2.1", "nonsense", "127.0.0.1:1", "[::1]:1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(normal(&bad[i], 1, false), "[]");
}

static void
loopback_counts_where_the_server_listens_on_it(void **state)
{
	const char *loop[] = { "127.0.0.1:1" };

	(void)state;
	assert_string_equal(normal(loop, 1, true), "[\"127.0.0.1:1\"]");
}

static void
at_most_the_limit_is_kept(void **state)
{
	const char *many[ENDPOINTS_MAX + 1];
	struct json_texts list;

	(void)state;
	for (int i = 0; i <= ENDPOINTS_MAX; i++)
		many[i] = arena_printf(mem, "192.0.2.%d:1", i + 1);
	assert_int_equal(json_texts_parse(normal(many, ENDPOINTS_MAX, false),
				 mem, &list),
		ERR_OK);
	assert_int_equal(list.count, ENDPOINTS_MAX);
	assert_int_equal(
		json_texts_parse(
			normal(many, ENDPOINTS_MAX + 1, false), mem, &list),
		ERR_OK);
	assert_int_equal(list.count, ENDPOINTS_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_and_doubles_make_no_difference),
		TEST(what_nobody_can_reach_is_left_out),
		TEST(loopback_counts_where_the_server_listens_on_it),
		TEST(at_most_the_limit_is_kept),
	};

	return cmocka_run_group_tests_name(
		"worker/endpoints", tests, NULL, NULL);
}
