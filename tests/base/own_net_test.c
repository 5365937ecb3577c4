#include "base/own_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct own_net o;

static void
net(const char *text)
{
	assert_int_equal(prefix_parse(text, &o.nets[o.net_count++]), ERR_OK);
}

static void
address(const char *text)
{
	assert_int_equal(
		ip_parse(text, &o.addresses[o.address_count++]), ERR_OK);
}

static int
setup(void **state)
{
	(void)state;
	o = (struct own_net){ .net_count = 0 };
	net("192.168.7.0/24");
	net("10.9.9.9/32");
	net("2001:db8:1::/64");
	address("127.0.0.1");
	address("192.168.7.2");
	address("2001:db8:1::2");
	return 0;
}

static void
what_overlaps_the_own_network_is_found(void **state)
{
	static const char *const some[] = { "192.168.7.0/24", "192.168.0.0/16",
		"192.168.7.128/25", "192.168.7.9/32", "0.0.0.0/1",
		"10.9.0.0/16", "2001:db8::/32", "2001:db8:1::9/128" };
	static const char *const none[] = { "192.168.8.0/24", "10.9.8.0/24",
		"2001:db8:2::/64", "0.0.0.0/0", "::/0", "100.64.0.1/32",
		"nonsense", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		assert_non_null(own_net_overlap(&o, some[i]));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(own_net_overlap(&o, none[i]));
}

static void
own_addresses_are_known(void **state)
{
	(void)state;
	assert_true(own_net_is_own(&o, "192.168.7.2"));
	assert_true(own_net_is_own(&o, "2001:db8:1::2"));
	assert_true(own_net_is_own(&o, "127.0.0.9"));
	assert_true(own_net_is_own(&o, "::1"));
	assert_false(own_net_is_own(&o, "192.168.7.3"));
	assert_false(own_net_is_own(&o, "unix:"));
}

/* Loopback is everybody's, and an address is not the start of another. */
static void
an_endpoint_of_the_host_is_known(void **state)
{
	(void)state;
	assert_true(
		own_net_among(&o, "[\"10.0.0.1:9\",\"192.168.7.2:41641\"]"));
	assert_true(own_net_among(&o, "[\"[2001:db8:1::2]:41641\"]"));
	assert_false(own_net_among(&o, "[\"127.0.0.1:41641\"]"));
	assert_false(own_net_among(&o, "[\"192.168.7.22:41641\"]"));
	assert_false(own_net_among(&o, "[\"1192.168.7.2:41641\"]"));
	assert_false(own_net_among(&o, "[]"));
	assert_false(own_net_among(&o, NULL));
}

static void
a_host_reads_what_it_has(void **state)
{
	struct own_net now;

	(void)state;
	own_net_read(&now);
	for (size_t i = 0; i < now.net_count; i++)
		assert_true(now.nets[i].bits > 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(what_overlaps_the_own_network_is_found),
		TEST(own_addresses_are_known),
		TEST(an_endpoint_of_the_host_is_known),
		TEST(a_host_reads_what_it_has),
	};

	return cmocka_run_group_tests_name("own networks", tests, NULL, NULL);
}
