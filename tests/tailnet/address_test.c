#include "tailnet/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "db/node.h"
#include "db/retired.h"
#include "db/user.h"
#include "tailnet/node.h"
#include "tests/tailnet/policy_rows.h"

#define NOW INT64_C(1800000000)

static const struct node nobody = { .tags = "[]" };

struct fixture {
	struct db *db;
	struct arena *mem;
	struct settings s;
	int64_t user;
	int nodes;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "alice" };

	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	*state = &f;
	return db_open_memory(&f.db) || settings_load(f.db, f.mem, &f.s) ||
	       db_user_add(f.db, &u, &f.user);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static int64_t
add(struct fixture *f, const char *ipv4, const char *ipv6)
{
	struct node n = { .user_id = f->user,
		.register_method = "cli",
		.ipv4 = ipv4,
		.ipv6 = ipv6 };
	int64_t id = -1;

	f->nodes++;
	n.name = arena_printf(f->mem, "n%d", f->nodes);
	memcpy(n.machine_key.bytes, &f->nodes, sizeof(f->nodes));
	memcpy(n.node_key.bytes, &f->nodes, sizeof(f->nodes));
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
	return id;
}

static struct address_space
space_of(const char *four, const char *six)
{
	struct address_space space = { .pools = NULL };

	assert_int_equal(prefix_parse(four, &space.ipv4), ERR_OK);
	assert_int_equal(prefix_parse(six, &space.ipv6), ERR_OK);
	return space;
}

#define SIX "fd7a:115c:a1e0::/48"

static const char *
next_four(struct fixture *f, const char *four, int64_t now)
{
	struct address_space space = space_of(four, SIX);
	const char *ipv4 = "", *ipv6 = "";

	assert_int_equal(address_next_in(f->db, &space, &f->s, now, f->mem,
				 &ipv4, &ipv6),
		ERR_OK);
	return ipv4;
}

static void
random_addresses_lie_in_the_two_ranges(void **state)
{
	struct fixture *f = *state;
	struct prefix four, six;
	const char *a, *b, *before = "";
	struct ip ip;

	assert_int_equal(prefix_parse("100.64.0.0/10", &four), ERR_OK);
	assert_int_equal(prefix_parse(SIX, &six), ERR_OK);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(address_next(f->db, &f->s, &nobody, NOW,
					 f->mem, &a, &b),
			ERR_OK);
		assert_int_equal(ip_parse(a, &ip), ERR_OK);
		assert_true(prefix_contains(&four, &ip));
		assert_int_equal(ip_parse(b, &ip), ERR_OK);
		assert_true(prefix_contains(&six, &ip));
		assert_string_not_equal(a, before);
		before = a;
	}
}

static void
in_order_they_follow_the_newest_node(void **state)
{
	struct fixture *f = *state;
	const char *a, *b;

	f->s.address_order = "sequential";
	for (int i = 1; i < 5; i++) {
		assert_int_equal(address_next(f->db, &f->s, &nobody, NOW,
					 f->mem, &a, &b),
			ERR_OK);
		assert_string_equal(a, arena_printf(f->mem, "100.64.0.%d", i));
		assert_string_equal(
			b, arena_printf(f->mem, "fd7a:115c:a1e0::%d", i));
		add(f, a, b);
	}
}

static void
in_order_the_end_is_followed_by_the_start(void **state)
{
	struct fixture *f = *state;

	f->s.address_order = "sequential";
	add(f, "100.64.0.1", NULL);
	add(f, "100.64.0.6", NULL);
	assert_string_equal(next_four(f, "100.64.0.0/29", NOW), "100.64.0.2");
}

static void
every_address_of_a_range_is_given_once_then_there_is_none(void **state)
{
	struct fixture *f = *state;
	struct address_space space = space_of("100.64.0.0/28", SIX);
	const char *a = NULL, *b = NULL;

	for (int i = 0; i < 14; i++) {
		const char *four = next_four(f, "100.64.0.0/28", NOW);

		assert_string_not_equal(four, "100.64.0.0");
		assert_string_not_equal(four, "100.64.0.15");
		add(f, four, NULL);
	}
	assert_int_equal(
		address_next_in(f->db, &space, &f->s, NOW, f->mem, &a, &b),
		ERR_NO_ADDRESS);
	assert_null(a);
	f->s.address_order = "sequential";
	assert_int_equal(
		address_next_in(f->db, &space, &f->s, NOW, f->mem, &a, &b),
		ERR_NO_ADDRESS);
}

static void
a_full_range_of_the_other_family_gives_none_either(void **state)
{
	struct fixture *f = *state;
	struct address_space space =
		space_of("100.64.0.0/10", "fd7a:115c:a1e0::/126");
	const char *a, *b;

	add(f, NULL, "fd7a:115c:a1e0::1");
	add(f, NULL, "fd7a:115c:a1e0::2");
	assert_int_equal(
		address_next_in(f->db, &space, &f->s, NOW, f->mem, &a, &b),
		ERR_NO_ADDRESS);
}

static void
reserved_addresses_are_never_given(void **state)
{
	struct fixture *f = *state;
	/* Each range holds a reserved area and one free address behind it. */
	static const struct {
		const char *four, *six, *newest4, *newest6, *next4, *next6;
	} cases[] = {
		{ "100.64.0.0/10", SIX, "100.99.255.255", "fd7a:115c:a1e0::52",
			"100.100.1.0", "fd7a:115c:a1e0::54" },
		{ "100.64.0.0/10", SIX, "100.100.99.255",
			"fd7a:115c:a1e0:b19:ffff:ffff:ffff:ffff",
			"100.100.101.0", "fd7a:115c:a1e0:b1b::" },
		{ "100.64.0.0/10", SIX, "100.115.91.255",
			"fd7a:115c:a1e0:efe2:ffff:ffff:ffff:ffff",
			"100.115.94.0", "fd7a:115c:a1e0:efe4::" },
		{ "100.64.0.0/10", SIX, "100.127.255.254",
			"fd7a:115c:a1e0:ab12:4843:cd96:61ff:ffff", "100.64.0.1",
			"fd7a:115c:a1e0:ab12:4843:cd96:6300:0" },
	};
	const char *a, *b;

	f->s.address_order = "sequential";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct address_space space =
			space_of(cases[i].four, cases[i].six);

		add(f, cases[i].newest4, cases[i].newest6);
		assert_int_equal(address_next_in(f->db, &space, &f->s, NOW,
					 f->mem, &a, &b),
			ERR_OK);
		assert_string_equal(a, cases[i].next4);
		assert_string_equal(b, cases[i].next6);
	}
}

/* Whatever the random start, a range that is reserved but for one address gives
 * that one. */
static void
a_random_start_in_a_reserved_area_goes_on_behind_it(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 200; i++)
		assert_true(text_starts(
			next_four(f, "100.115.92.0/22", NOW), "100.115.9"));
	for (int i = 0; i < 200; i++) {
		const char *a = next_four(f, "100.115.92.0/22", NOW);

		assert_false(text_starts(a, "100.115.92."));
		assert_false(text_starts(a, "100.115.93."));
	}
}

static void
addresses_of_a_deleted_node_are_held_for_a_day(void **state)
{
	struct fixture *f = *state;
	struct address_space space =
		space_of("100.64.0.0/30", "fd7a:115c:a1e0::/126");
	const char *a, *b;
	int64_t one;

	f->s.address_order = "sequential";
	add(f, "100.64.0.1", "fd7a:115c:a1e0::1");
	one = add(f, "100.64.0.2", "fd7a:115c:a1e0::2");
	assert_int_equal(tailnet_node_delete(f->db, one, "cli", NOW), ERR_OK);
	assert_int_equal(
		address_next_in(f->db, &space, &f->s,
			NOW + ADDRESS_HOLD_SECONDS - 1, f->mem, &a, &b),
		ERR_NO_ADDRESS);
	assert_int_equal(address_next_in(f->db, &space, &f->s,
				 NOW + ADDRESS_HOLD_SECONDS, f->mem, &a, &b),
		ERR_OK);
	assert_string_equal(a, "100.64.0.2");
	assert_string_equal(b, "fd7a:115c:a1e0::2");
}

static void
addresses_come_out_of_the_prefixes_of_the_settings(void **state)
{
	struct fixture *f = *state;
	const char *four = "", *six = "";

	f->s.ipv4_prefix = "100.70.1.0/30";
	f->s.ipv6_prefix = "";
	assert_int_equal(
		address_next(f->db, &f->s, &nobody, NOW, f->mem, &four, &six),
		ERR_OK);
	assert_true(text_starts(four, "100.70.1."));
	assert_null(six);
	add(f, "100.70.1.1", NULL);
	add(f, "100.70.1.2", NULL);
	assert_int_equal(
		address_next(f->db, &f->s, &nobody, NOW, f->mem, &four, &six),
		ERR_NO_ADDRESS);
	f->s.ipv4_prefix = "";
	f->s.ipv6_prefix = "fd7a:115c:a1e0:7::/64";
	assert_int_equal(
		address_next(f->db, &f->s, &nobody, NOW, f->mem, &four, &six),
		ERR_OK);
	assert_null(four);
	assert_true(text_starts(six, "fd7a:115c:a1e0:7:"));
}

static const char *
next_for(struct fixture *f, const struct node *n)
{
	const char *four = "none", *six;

	if (address_next(f->db, &f->s, n, NOW, f->mem, &four, &six))
		return "full";
	if (four)
		add(f, four, NULL);
	return four;
}

static void
addresses_come_out_of_the_pools_of_the_policy(void **state)
{
	static const struct node tagged = { .tags = "[\"tag:a\"]" },
				 other = { .tags = "[\"tag:b\"]" };
	struct fixture *f = *state;

	f->s.ipv4_prefix = "100.70.1.0/24";
	f->s.ipv6_prefix = "";
	f->s.address_order = "sequential";
	put_policy(f->db, "{\"tagOwners\": {\"tag:a\": [], \"tag:b\": []}, "
			  "\"nodeAttrs\": [{\"target\": [\"tag:a\"], "
			  "\"ipPool\": [\"100.90.0.7/32\", "
			  "\"100.90.1.0/30\"]}, {\"target\": [\"tag:b\"], "
			  "\"attr\": [\"x\"]}]}");
	assert_string_equal(next_for(f, &tagged), "100.90.0.7");
	assert_string_equal(next_for(f, &tagged), "100.90.1.1");
	assert_string_equal(next_for(f, &other), "100.70.1.1");
	assert_string_equal(next_for(f, &tagged), "100.90.1.2");
	assert_string_equal(next_for(f, &tagged), "full");
	assert_string_equal(next_for(f, &other), "100.70.1.2");
	f->s.ipv4_prefix = "";
	f->s.ipv6_prefix = "fd7a:115c:a1e0:7::/64";
	assert_null(next_for(f, &tagged));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_addresses_lie_in_the_two_ranges),
		TEST(in_order_they_follow_the_newest_node),
		TEST(in_order_the_end_is_followed_by_the_start),
		TEST(every_address_of_a_range_is_given_once_then_there_is_none),
		TEST(a_full_range_of_the_other_family_gives_none_either),
		TEST(reserved_addresses_are_never_given),
		TEST(a_random_start_in_a_reserved_area_goes_on_behind_it),
		TEST(addresses_of_a_deleted_node_are_held_for_a_day),
		TEST(addresses_come_out_of_the_prefixes_of_the_settings),
		TEST(addresses_come_out_of_the_pools_of_the_policy),
	};

	return cmocka_run_group_tests_name(
		"tailnet/address", tests, NULL, NULL);
}
