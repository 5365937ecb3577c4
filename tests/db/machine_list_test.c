#include "db/machine_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/live.h"
#include "db/node.h"
#include "tests/lib/with_db.h"

#define NOW      INT64_C(1800000000)
#define OK(call) assert_int_equal(call, ERR_OK)

static int64_t
add(struct fixture *f, const char *name, const char *hostinfo)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.hostinfo = hostinfo,
		.register_method = "cli",
		.created_at = NOW };
	int64_t id = 0;

	memcpy(n.machine_key.bytes, name, strlen(name));
	memcpy(n.node_key.bytes, name, strlen(name));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", name[0]);
	OK(db_node_add(f->db, &n, &id));
	return id;
}

/* The first letters of the names, in the order found. */
static const char *
found(struct fixture *f, struct machine_search s)
{
	char *out = arena_strdup(f->mem, "                ");
	struct machine_row row;
	int64_t *ids;
	size_t count;

	s.q = s.q ? s.q : "";
	s.tag = s.tag ? s.tag : "";
	s.os = s.os ? s.os : "";
	s.status = s.status ? s.status : "";
	s.sort = s.sort ? s.sort : "name";
	s.now = NOW;
	OK(db_machines_find(f->db, &s, f->mem, &ids, &count));
	assert_true(count < 16);
	for (size_t i = 0; i < count; i++) {
		OK(db_machine_row(f->db, ids[i], NOW, f->mem, &row));
		out[i] = row.name[0];
	}
	out[count] = '\0';
	return out;
}

#define FOUND(...) found(f, (struct machine_search){ __VA_ARGS__ })

static void
versions_are_sorted_as_numbers(void **state)
{
	struct fixture *f = *state;

	add(f, "a", "{\"IPNVersion\":\"1.102.3-t1\"}");
	add(f, "b", "{\"IPNVersion\":\"1.9.0\"}");
	add(f, "c", "{\"IPNVersion\":\"1.102.10\"}");
	add(f, "d", "{}");
	assert_string_equal(FOUND(.sort = "version"), "dbac");
	assert_string_equal(
		FOUND(.sort = "version", .descending = true), "cabd");
}

/* A name's last digit stands for it. */
static const char *
by_name(struct fixture *f, bool descending)
{
	char *out = arena_strdup(f->mem, "        ");
	struct machine_row row;
	int64_t *ids;
	size_t count;

	OK(db_machines_by_name(f->db, descending, 1, 3, f->mem, &ids, &count));
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		OK(db_machine_row(f->db, ids[i], NOW, f->mem, &row));
		out[i] = row.name[strlen(row.name) - 1];
	}
	out[count] = '\0';
	return out;
}

static void
names_are_sorted_by_the_numbers_in_them(void **state)
{
	static const char *const names[] = { "a-13", "b-9", "c-2", "a-4",
		"a-122" };
	struct fixture *f = *state;
	struct node n;

	for (size_t i = 0; i < 5; i++) {
		struct node m = { .tags = "[\"tag:a\"]",
			.name = names[i],
			.register_method = "cli" };

		m.machine_key.bytes[0] = m.node_key.bytes[0] = (uint8_t)(i + 1);
		m.ipv4 = arena_printf(f->mem, "100.64.0.%zu", i);
		OK(db_node_add(f->db, &m, &m.id));
	}
	assert_string_equal(by_name(f, false), "329");
	assert_string_equal(by_name(f, true), "923");
	assert_string_equal(FOUND(.q = "a-1"), "aa");
	assert_string_equal(FOUND(.sort = "name"), "aaabc");
	assert_string_equal(FOUND(.sort = "created"), "aaabc");
	OK(db_node_by_name(f->db, "a-122", f->mem, &n));
	n.name = "a-1";
	OK(db_node_update(f->db, &n));
	assert_string_equal(by_name(f, false), "439");
}

/* Three numbers of 9999, 9999 and 99999 at most, whatever a client writes. */
static void
a_version_that_is_no_number_is_stored_and_sorted(void **state)
{
	struct fixture *f = *state;
	struct live l = { .node_id = add(f, "a",
				  "{\"IPNVersion\":\"10000.10000.100000\"}"),
		.hostinfo = "{\"IPNVersion\":"
			    "\"99999999999999999999.9223372036854775808.x\"}" };

	add(f, "b", "{\"IPNVersion\":\"9999.9999.99999\"}");
	add(f, "c", "{\"IPNVersion\":\"9999.9999.99998\"}");
	add(f, "d", "{\"IPNVersion\":\"-5.-5.-5\"}");
	add(f, "e", "{\"IPNVersion\":\"unstable\"}");
	assert_string_equal(FOUND(.sort = "version"), "decab");
	OK(db_live_put(f->db, &l));
	assert_string_equal(FOUND(.sort = "version"), "deacb");
}

static void
what_a_client_said_last_counts_before_what_is_stored(void **state)
{
	struct fixture *f = *state;
	struct live l = { .node_id = add(f, "a", "{\"OS\":\"linux\"}") };

	add(f, "b", "{\"OS\":\"linux\"}");
	OK(db_live_put(f->db, &l)); /* it has said nothing yet */
	assert_string_equal(FOUND(.os = "linux"), "ab");
	l.hostinfo = "{\"OS\":\"windows\",\"IPNVersion\":\"1.80.0\"}";
	OK(db_live_put(f->db, &l));
	assert_string_equal(FOUND(.os = "linux"), "b");
	assert_string_equal(FOUND(.os = "windows"), "a");
	assert_string_equal(FOUND(.q = "windows"), "a");
}

static void
a_hostinfo_that_is_replaced_is_read_anew(void **state)
{
	struct fixture *f = *state;
	int64_t id = add(f, "a", "{\"OS\":\"linux\"}");
	struct node n;

	OK(db_node_by_id(f->db, id, f->mem, &n));
	n.hostinfo = "{\"OS\":\"macOS\"}";
	OK(db_node_update(f->db, &n));
	assert_string_equal(FOUND(.os = "macos"), "a");
	assert_string_equal(FOUND(.os = "linux"), "");
}

static void
a_hostinfo_that_is_no_json_says_nothing(void **state)
{
	struct fixture *f = *state;
	struct live l = { .node_id = add(f, "a", "{\"OS\":"),
		.hostinfo = "nonsense" };

	OK(db_live_put(f->db, &l));
	add(f, "b", "{\"OS\":{\"x\":1},\"IPNVersion\":7}");
	assert_string_equal(FOUND(.sort = "os"), "ab");
	assert_string_equal(FOUND(.sort = "version"), "ab");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(versions_are_sorted_as_numbers),
		TEST(names_are_sorted_by_the_numbers_in_them),
		TEST(a_version_that_is_no_number_is_stored_and_sorted),
		TEST(what_a_client_said_last_counts_before_what_is_stored),
		TEST(a_hostinfo_that_is_replaced_is_read_anew),
		TEST(a_hostinfo_that_is_no_json_says_nothing),
	};

	return cmocka_run_group_tests_name(
		"db/machine_list", tests, NULL, NULL);
}
