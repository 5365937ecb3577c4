/* Which addresses a stranger's name may lead this machine to. */
#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool
is_public(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), ERR_OK);
	return ip_is_public(&ip);
}

static void
own_and_reserved_networks_are_not_public(void **state)
{
	static const char *const shut[] = { "0.0.0.0", "10.1.2.3", "100.64.0.1",
		"100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1",
		"198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
		"255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1",
		"fd7a:115c:a1e0::1", "ff02::1", "2001:db8::1", "2001::1",
		"100::1" };

	(void)state;
	for (size_t i = 0; i < sizeof(shut) / sizeof(shut[0]); i++)
		if (is_public(shut[i]))
			fail_msg("%s is public", shut[i]);
}

static void
what_lies_beside_them_is_public(void **state)
{
	static const char *const open[] = { "1.1.1.1", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1",
		"169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1",
		"192.167.0.1", "198.20.0.1", "223.255.255.255",
		"2606:4700::1111", "2400::1" };

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (!is_public(open[i]))
			fail_msg("%s is not public", open[i]);
}

static void
an_address_inside_another_is_what_counts(void **state)
{
	(void)state;
	assert_false(is_public("::ffff:127.0.0.1"));
	assert_false(is_public("64:ff9b::10.0.0.1"));
	assert_false(is_public("2002:c0a8:1::1"));
	assert_true(is_public("::ffff:1.1.1.1"));
	assert_true(is_public("64:ff9b::1.1.1.1"));
	assert_true(is_public("2002:101:101::1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_and_reserved_networks_are_not_public),
		cmocka_unit_test(what_lies_beside_them_is_public),
		cmocka_unit_test(an_address_inside_another_is_what_counts),
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
