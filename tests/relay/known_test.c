#include "worker/relay/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/node.h"
#include "db/setting.h"

static struct fixture {
	struct arena *mem;
	struct db *db;
	struct known *known;
	struct admit admit;
} f;

static int
setup(void **state)
{
	(void)state;
	f.mem = arena_new();
	assert_int_equal(db_open_memory(&f.db), ERR_OK);
	f.known = known_new(f.db);
	f.admit = known_admit(f.known);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	known_free(f.known);
	db_close(f.db);
	arena_free(f.mem);
	return 0;
}

static struct key
key_of(uint32_t number)
{
	struct key k = { { 1 } };

	memcpy(k.bytes + 1, &number, sizeof(number));
	return k;
}

/* A node whose key is key_of(number). */
static int64_t
add(uint32_t number, int64_t expires_at)
{
	struct node n = {
		.machine_key = key_of(number),
		.node_key = key_of(number),
		.tags = "[\"tag:x\"]",
		.name = arena_printf(f.mem, "n%u", number),
		.hostname = "n",
		.ipv4 = arena_printf(
			f.mem, "100.64.%u.%u", number / 256, number % 256),
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "cli",
		.created_at = 1,
		.expires_at = expires_at,
	};
	int64_t id = 0;

	assert_int_equal(db_node_add(f.db, &n, &id), ERR_OK);
	return id;
}

static void
change_key(int64_t id, uint32_t number)
{
	struct node n;

	assert_int_equal(db_node_by_id(f.db, id, f.mem, &n), ERR_OK);
	n.node_key = key_of(number);
	assert_int_equal(db_node_update(f.db, &n), ERR_OK);
}

static int64_t
allows(uint32_t number)
{
	struct key k = key_of(number);

	return f.admit.allows(f.admit.arg, k.bytes);
}

static bool
keeps(uint32_t number)
{
	struct key k = key_of(number);

	return f.admit.keeps(f.admit.arg, k.bytes);
}

static void
look(int64_t now)
{
	assert_int_equal(known_look(f.known, now), ERR_OK);
}

static void
nodes_of_the_tailnet_are_let_in_and_others_not(void **state)
{
	int64_t id = add(1, 0);

	(void)state;
	look(100);
	assert_int_equal(allows(1), id);
	assert_true(keeps(1));
	assert_int_equal(allows(2), 0);
	assert_false(keeps(2));
}

static void
a_node_that_just_registered_is_let_in_at_once(void **state)
{
	int64_t id;

	(void)state;
	look(100);
	id = add(1, 0);
	assert_int_equal(allows(1), id);
}

static void
a_deleted_node_is_kept_no_longer_than_to_the_next_look(void **state)
{
	int64_t id = add(1, 0);

	(void)state;
	add(2, 0);
	look(100);
	assert_int_equal(db_node_delete(f.db, id), ERR_OK);
	look(101);
	assert_false(keeps(1));
	assert_int_equal(allows(1), 0);
	assert_true(keeps(2));
}

static void
an_expired_key_is_out_and_comes_back_when_it_is_extended(void **state)
{
	int64_t id = add(1, 200);
	struct node n;

	(void)state;
	look(199);
	assert_true(keeps(1));
	look(200);
	assert_false(keeps(1));
	assert_int_equal(allows(1), 0);
	assert_int_equal(db_node_by_id(f.db, id, f.mem, &n), ERR_OK);
	n.expires_at = 300;
	assert_int_equal(db_node_update(f.db, &n), ERR_OK);
	look(201);
	assert_int_equal(allows(1), id);
}

static void
a_machine_that_waits_for_approval_is_out(void **state)
{
	int64_t id = add(1, 0);
	struct node n;

	(void)state;
	assert_int_equal(db_node_by_id(f.db, id, f.mem, &n), ERR_OK);
	n.unapproved = true;
	assert_int_equal(db_node_update(f.db, &n), ERR_OK);
	look(100);
	assert_false(keeps(1));
	assert_int_equal(allows(1), 0);
	n.unapproved = false;
	assert_int_equal(db_node_update(f.db, &n), ERR_OK);
	look(101);
	assert_int_equal(allows(1), id);
}

static void
a_rotated_key_takes_the_place_of_the_old(void **state)
{
	int64_t id = add(1, 0);

	(void)state;
	look(100);
	change_key(id, 2);
	look(101);
	assert_false(keeps(1));
	assert_true(keeps(2));
}

static void
a_key_may_move_from_one_row_to_another(void **state)
{
	int64_t a = add(1, 0), b = add(2, 0);

	(void)state;
	look(100);
	change_key(a, 3);
	change_key(b, 1);
	look(101);
	assert_int_equal(allows(1), b);
	assert_int_equal(allows(3), a);
	assert_false(keeps(2));
}

static void
more_changes_than_it_follows_make_it_read_all(void **state)
{
	(void)state;
	look(100);
	for (uint32_t i = 1; i <= KNOWN_CHANGES_MAX + 1; i++)
		add(i, 0);
	look(101);
	assert_true(keeps(1));
	assert_true(keeps(KNOWN_CHANGES_MAX + 1));
}

static void
a_log_that_was_cut_makes_it_read_all(void **state)
{
	int64_t id = add(1, 0);

	(void)state;
	look(100);
	assert_int_equal(db_node_delete(f.db, id), ERR_OK);
	add(2, 0);
	add(3, 0);
	assert_int_equal(db_exec(f.db, "DELETE FROM change WHERE seq < "
				       "(SELECT max(seq) FROM change)"),
		ERR_OK);
	look(101);
	assert_false(keeps(1));
	assert_true(keeps(2));
}

static void
settings_are_named_when_they_change(void **state)
{
	(void)state;
	look(100);
	assert_true(known_settings_changed(f.known));
	look(101);
	assert_false(known_settings_changed(f.known));
	assert_int_equal(
		db_setting_put(f.db, "relay_verify", "false", 101), ERR_OK);
	look(102);
	assert_true(known_settings_changed(f.known));
}

static void
an_open_relay_takes_everyone(void **state)
{
	(void)state;
	look(100);
	known_set_open(f.known, true);
	assert_int_equal(allows(1), ADMIT_ANY);
	assert_true(keeps(1));
	known_set_open(f.known, false);
	assert_false(keeps(1));
}

/* Fails closed: T27. */
static void
without_its_database_nobody_new_is_let_in(void **state)
{
	(void)state;
	add(1, 0);
	look(100);
	assert_int_equal(
		db_exec(f.db, "ALTER TABLE change RENAME TO lost"), ERR_OK);
	assert_int_equal(
		known_look(f.known, 100 + KNOWN_STALE_SECONDS), ERR_DB);
	assert_false(known_is_stale(f.known));
	assert_int_not_equal(allows(1), 0);
	assert_int_equal(
		known_look(f.known, 101 + KNOWN_STALE_SECONDS), ERR_DB);
	assert_true(known_is_stale(f.known));
	assert_int_equal(allows(1), 0);
	assert_true(keeps(1));
}

static void
before_the_first_look_nobody_is_let_in(void **state)
{
	struct key k = key_of(9);

	(void)state;
	assert_true(known_is_stale(f.known));
	assert_int_equal(f.admit.allows(f.admit.arg, k.bytes), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_of_the_tailnet_are_let_in_and_others_not),
		TEST(a_node_that_just_registered_is_let_in_at_once),
		TEST(a_deleted_node_is_kept_no_longer_than_to_the_next_look),
		TEST(an_expired_key_is_out_and_comes_back_when_it_is_extended),
		TEST(a_machine_that_waits_for_approval_is_out),
		TEST(a_rotated_key_takes_the_place_of_the_old),
		TEST(a_key_may_move_from_one_row_to_another),
		TEST(more_changes_than_it_follows_make_it_read_all),
		TEST(a_log_that_was_cut_makes_it_read_all),
		TEST(settings_are_named_when_they_change),
		TEST(an_open_relay_takes_everyone),
		TEST(without_its_database_nobody_new_is_let_in),
		TEST(before_the_first_look_nobody_is_let_in),
	};

	return cmocka_run_group_tests_name("relay/known", tests, NULL, NULL);
}
