#include "policy/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
ports_are_read(void **state)
{
	static const struct {
		const char *text;
		struct port_range at[3];
		size_t count;
	} cases[] = {
		{ "*", { { 0, 65535 } }, 1 },
		{ "1", { { 1, 1 } }, 1 },
		{ "65535", { { 65535, 65535 } }, 1 },
		{ "0022", { { 22, 22 } }, 1 },
		{ "1-65535", { { 1, 65535 } }, 1 },
		{ "7-7", { { 7, 7 } }, 1 },
		{ "80,1-2,80", { { 80, 80 }, { 1, 2 }, { 80, 80 } }, 3 },
	};
	struct arena *mem = arena_new();
	struct port_list list;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(ports_parse(cases[i].text, mem, &list));
		assert_int_equal(list.count, cases[i].count);
		for (size_t k = 0; k < list.count; k++) {
			assert_int_equal(
				list.at[k].first, cases[i].at[k].first);
			assert_int_equal(list.at[k].last, cases[i].at[k].last);
		}
	}
	arena_free(mem);
}

static void
what_is_no_port_is_named(void **state)
{
	static const char *const cases[][2] = {
		{ "", "invalid port list: \"\"" },
		{ "x", "port range \"x\": invalid first integer" },
		{ "-1", "port range \"-1\": invalid first integer" },
		{ "+1", "port range \"+1\": invalid first integer" },
		{ " 1", "port range \" 1\": invalid first integer" },
		{ "65536", "port range \"65536\": invalid first integer" },
		{ "0000000022",
			"port range \"0000000022\": invalid first integer" },
		{ "99999999999999999999",
			"port range \"99999999999999999999\": invalid first "
			"integer" },
		{ "*,1", "port range \"*\": invalid first integer" },
		{ "1,", "port range \"\": invalid first integer" },
		{ "1,,2", "port range \"\": invalid first integer" },
		{ "1-65536", "port range \"1-65536\": invalid last integer" },
		{ "1-", "port range \"1-\": invalid last integer" },
		{ "1-*", "port range \"1-*\": invalid last integer" },
		{ "x-y-z", "port range \"x-y-z\": too many dashes(-)" },
		{ "0", "port range \"0\": first port must be >0, or use '*' "
		       "for wildcard" },
		{ "0-x", "port range \"0-x\": invalid last integer" },
		{ "3-2", "port range \"3-2\": first port must be >= last "
			 "port" },
	};
	struct arena *mem = arena_new();
	struct port_list list;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = ports_parse(cases[i][0], mem, &list);

		assert_non_null(why);
		assert_string_equal(why, cases[i][1]);
	}
	arena_free(mem);
}

static void
protocols_have_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		int number; /* -2: refused */
	} cases[] = {
		{ NULL, POLICY_NO_PROTO },
		{ "", POLICY_NO_PROTO },
		{ "icmp", 1 },
		{ "igmp", 2 },
		{ "ipv4", 4 },
		{ "ip-in-ip", 4 },
		{ "tcp", 6 },
		{ "TcP", 6 },
		{ "egp", 8 },
		{ "igp", 9 },
		{ "udp", 17 },
		{ "gre", 47 },
		{ "esp", 50 },
		{ "ah", 51 },
		{ "ipv6-icmp", 58 },
		{ "sctp", 132 },
		{ "fc", 133 },
		{ "1", 1 },
		{ "255", 255 },
		{ "0", -2 },
		{ "06", -2 },
		{ "256", -2 },
		{ "*", -2 },
		{ "tcp ", -2 },
		{ "-1", -2 },
		{ "icmpv6", -2 },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int number = -2;
		const char *why = proto_parse(cases[i].text, mem, &number);

		if (cases[i].number == -2)
			assert_string_equal(
				why, arena_printf(mem,
					     "proto name \"%s\" not known; use "
					     "protocol number 0-255",
					     cases[i].text));
		else
			assert_int_equal(number, cases[i].number);
	}
	arena_free(mem);
}

static void
only_some_protocols_have_ports(void **state)
{
	static const int with[] = { POLICY_NO_PROTO, 6, 17, 132 },
			 without[] = { 1, 2, 4, 47, 58, 133, 255 };
	struct arena *mem = arena_new();
	struct port_list any, one, all;

	(void)state;
	assert_null(ports_parse("*", mem, &any));
	assert_null(ports_parse("22", mem, &one));
	assert_null(ports_parse("1-65535", mem, &all));
	for (size_t i = 0; i < COUNT(with); i++)
		assert_true(proto_allows(with[i], &one));
	for (size_t i = 0; i < COUNT(without); i++) {
		assert_true(proto_allows(without[i], &any));
		assert_false(proto_allows(without[i], &one));
		assert_false(proto_allows(without[i], &all));
	}
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_read),
		cmocka_unit_test(what_is_no_port_is_named),
		cmocka_unit_test(protocols_have_names_and_numbers),
		cmocka_unit_test(only_some_protocols_have_ports),
	};

	return cmocka_run_group_tests_name("policy/ports", tests, NULL, NULL);
}
