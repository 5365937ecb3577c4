/*
 * node_move_test.c: whose a machine is and which addresses it has, where
 * somebody decides so.
 */
#include "tailnet/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/retired.h"
#include "tailnet/address.h"
#include "tailnet/user.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	struct settings s;
	int64_t alice, bob, node, tagged;
};

static int64_t
add(struct fixture *f, int n, unsigned char machine, int64_t user)
{
	struct node row = { .user_id = user,
		.tags = user ? "[]" : "[\"tag:a\"]",
		.name = arena_printf(f->mem, "pc%d", n),
		.hostname = "pc",
		.register_method = "cli",
		.created_at = NOW,
		.expires_at = NOW + 1000 };
	int64_t id = -1;

	row.machine_key.bytes[0] = machine;
	row.node_key.bytes[0] = (unsigned char)n;
	row.ipv4 = arena_printf(f->mem, "100.64.0.%d", n);
	row.ipv6 = arena_printf(f->mem, "fd7a:115c:a1e0::%d", n);
	assert_int_equal(db_node_add(f->db, &row, &id), ERR_OK);
	return id;
}

static int
setup(void **state)
{
	static struct fixture f;
	struct user alice = { .name = "alice" }, bob = { .name = "bob" };

	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || settings_load(f.db, f.mem, &f.s) ||
		tailnet_user_add(f.db, &alice, "cli", NOW, &f.alice) ||
		tailnet_user_add(f.db, &bob, "cli", NOW, &f.bob))
		return -1;
	f.node = add(&f, 1, 1, f.alice);
	f.tagged = add(&f, 2, 2, 0);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static struct node
get(struct fixture *f, int64_t id)
{
	struct node n;

	assert_int_equal(db_node_by_id(f->db, id, f->mem, &n), ERR_OK);
	return n;
}

static struct audit
last(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

static enum err
move(struct fixture *f, int64_t id, int64_t to, bool sign_in)
{
	return tailnet_node_move(f->db, &actor_cli, id, to, sign_in, NOW);
}

static void
a_machine_goes_to_another_who_signs_in(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(move(f, f->node, f->bob, true), ERR_OK);
	assert_int_equal(get(f, f->node).user_id, f->bob);
	assert_int_equal(get(f, f->node).expires_at, NOW);
	assert_string_equal(last(f).action, "machine.owner_set");
	assert_string_equal(last(f).detail, "bob");
	assert_non_null(strstr(last(f).after, "\"owner\""));
	assert_int_equal(move(f, f->node, f->alice, false), ERR_OK);
	assert_int_equal(get(f, f->node).user_id, f->alice);
	assert_int_equal(get(f, f->node).expires_at, NOW);
}

static void
its_key_may_stay(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(move(f, f->node, f->bob, false), ERR_OK);
	assert_int_equal(get(f, f->node).expires_at, NOW + 1000);
}

static void
who_owns_it_already_keeps_its_key(void **state)
{
	struct fixture *f = *state;
	int64_t before, after;

	assert_int_equal(db_audit_newest_id(f->db, &before), ERR_OK);
	assert_int_equal(move(f, f->node, f->alice, true), ERR_OK);
	assert_int_equal(get(f, f->node).expires_at, NOW + 1000);
	assert_int_equal(db_audit_newest_id(f->db, &after), ERR_OK);
	assert_int_equal(before, after);
}

static void
a_machine_that_cannot_go_stays(void **state)
{
	struct fixture *f = *state;
	const struct actor it = { 77, ROLE_IT_ADMIN };
	const struct user u = { .name = "carol", .role = ROLE_ADMIN };
	int64_t carol;

	assert_int_equal(move(f, f->tagged, f->bob, true), ERR_TAGGED);
	assert_int_equal(move(f, 99, f->bob, true), ERR_NOT_FOUND);
	assert_int_equal(move(f, f->node, 99, true), ERR_NOT_FOUND);
	(void)add(f, 3, 1, f->bob); /* the same machine */
	assert_int_equal(move(f, f->node, f->bob, true), ERR_HAS_MACHINE);
	assert_int_equal(
		tailnet_person_add(f->db, &actor_cli, &u, NOW, &carol), ERR_OK);
	assert_int_equal(
		tailnet_node_move(f->db, &it, f->node, carol, true, NOW),
		ERR_DENIED);
	assert_int_equal(move(f, f->node, carol, false), ERR_OK);
	assert_int_equal(
		tailnet_node_move(f->db, &it, f->node, f->alice, true, NOW),
		ERR_DENIED);
	assert_int_equal(get(f, f->node).user_id, carol);
}

static enum err
set(struct fixture *f, const char *ipv4, const char *ipv6, int *fault)
{
	const struct node_addresses a = { ipv4, ipv6 };

	return tailnet_node_addresses(
		f->db, &f->s, f->node, &a, "cli", NOW, fault);
}

static void
addresses_are_set_and_the_old_ones_held(void **state)
{
	struct fixture *f = *state;
	bool held = false;
	int fault;

	assert_int_equal(
		set(f, "100.64.7.7", "FD7A:115C:A1E0:0::0007", &fault), ERR_OK);
	assert_string_equal(get(f, f->node).ipv4, "100.64.7.7");
	assert_string_equal(get(f, f->node).ipv6, "fd7a:115c:a1e0::7");
	assert_string_equal(last(f).action, "machine.address_set");
	assert_non_null(strstr(last(f).before, "100.64.0.1"));
	assert_non_null(strstr(last(f).after, "100.64.7.7"));
	assert_int_equal(
		db_address_held(f->db, "100.64.0.1", NOW + 1, &held), ERR_OK);
	assert_true(held);
	assert_int_equal(set(f, "", "fd7a:115c:a1e0::7", &fault), ERR_OK);
	assert_null(get(f, f->node).ipv4);
	assert_int_equal(set(f, "100.64.0.1", "", &fault), ERR_OK);
	assert_null(get(f, f->node).ipv6);
}

static void
addresses_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *ipv4, *ipv6;
		enum err e;
		int fault;
	} cases[] = {
		{ "x", "", ERR_BAD_ADDRESS, 4 },
		{ "fd7a:115c:a1e0::9", "", ERR_BAD_ADDRESS, 4 },
		{ "", "", ERR_BAD_ADDRESS, 4 },
		{ "100.64.0.9", "100.64.0.9", ERR_BAD_ADDRESS, 6 },
		{ "192.168.1.1", "", ERR_ADDRESS_RANGE, 4 },
		{ "100.64.0.0", "", ERR_ADDRESS_RANGE, 4 },
		{ "100.127.255.255", "", ERR_ADDRESS_RANGE, 4 },
		{ "100.100.100.100", "", ERR_ADDRESS_RANGE, 4 },
		{ "100.64.0.9", "fd7a:115c:a1e0::53", ERR_ADDRESS_RANGE, 6 },
		{ "100.64.0.2", "", ERR_ADDRESS_TAKEN, 4 },
		{ "", "fd7a:115c:a1e0::2", ERR_ADDRESS_TAKEN, 6 },
	};
	struct fixture *f = *state;
	int64_t before, after;

	assert_int_equal(db_audit_newest_id(f->db, &before), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fault = 0;

		assert_int_equal(set(f, cases[i].ipv4, cases[i].ipv6, &fault),
			cases[i].e);
		assert_int_equal(fault, cases[i].fault);
		assert_string_equal(get(f, f->node).ipv4, "100.64.0.1");
	}
	assert_int_equal(db_audit_newest_id(f->db, &after), ERR_OK);
	assert_int_equal(before, after);
}

/* The prefix was another when it came. */
static void
an_address_outside_may_stay(void **state)
{
	struct fixture *f = *state;
	int fault;

	f->s.ipv4_prefix = "100.99.0.0/16";
	assert_int_equal(
		set(f, "100.64.0.1", "fd7a:115c:a1e0::8", &fault), ERR_OK);
	assert_int_equal(set(f, "100.64.0.3", "fd7a:115c:a1e0::8", &fault),
		ERR_ADDRESS_RANGE);
	f->s.ipv4_prefix = "";
	assert_int_equal(set(f, "100.99.0.3", "fd7a:115c:a1e0::8", &fault),
		ERR_ADDRESS_RANGE);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_machine_goes_to_another_who_signs_in),
		TEST(its_key_may_stay),
		TEST(who_owns_it_already_keeps_its_key),
		TEST(a_machine_that_cannot_go_stays),
		TEST(addresses_are_set_and_the_old_ones_held),
		TEST(addresses_that_cannot_be_are_refused),
		TEST(an_address_outside_may_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
