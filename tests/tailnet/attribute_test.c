#include "tailnet/attribute.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/change.h"
#include "db/node.h"
#include "tailnet/node.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t node;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "server",
		.hostname = "server",
		.ipv4 = "100.64.0.1",
		.register_method = "cli",
		.created_at = NOW };

	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || db_begin(f.db) ||
		db_node_add(f.db, &n, &f.node) || db_commit(f.db))
		return -1;
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

static enum err
set(struct fixture *f, const char *name, const char *value, int64_t until)
{
	const struct attribute a = { .node_id = f->node,
		.name = name,
		.value = value,
		.expires_at = until };

	return tailnet_attribute_set(f->db, &a, "user:1", NOW);
}

/* As whoever reads the machine sees them. */
static const char *
seen(struct fixture *f)
{
	struct node n;

	assert_int_equal(db_node_by_id(f->db, f->node, f->mem, &n), ERR_OK);
	return n.attributes;
}

static struct audit
last_audit(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

/* How many rows of the change log name the machine. */
static size_t
node_changes(struct fixture *f)
{
	struct change *rows;
	size_t count, nodes = 0;

	assert_int_equal(
		db_changes_after(f->db, 0, 1000, f->mem, &rows, &count),
		ERR_OK);
	for (size_t i = 0; i < count; i++)
		nodes += rows[i].kind == CHANGE_NODE && rows[i].id == f->node;
	return nodes;
}

static void
an_attribute_is_set_replaced_and_taken_away(void **state)
{
	struct fixture *f = *state;
	size_t before = node_changes(f);

	assert_string_equal(seen(f), "");
	assert_int_equal(set(f, "custom:tier", "prod", 0), ERR_OK);
	assert_int_equal(set(f, "custom:a_1:b", "-2.5", NOW + 9), ERR_OK);
	assert_string_equal(seen(f), "custom:a_1:b=-2.5 custom:tier=prod");
	assert_int_equal(set(f, "custom:tier", "Test_1", NOW + 60), ERR_OK);
	assert_string_equal(seen(f), "custom:a_1:b=-2.5 custom:tier=Test_1");
	assert_int_equal(node_changes(f), before + 3);
	assert_string_equal(last_audit(f).action, "machine.attribute_set");
	assert_string_equal(last_audit(f).actor, "user:1");
	assert_string_equal(last_audit(f).detail,
		"custom:tier=Test_1 until 2027-01-15T08:01:00Z");
	assert_int_equal(tailnet_attribute_unset(
				 f->db, f->node, "custom:tier", "cli", NOW),
		ERR_OK);
	assert_string_equal(seen(f), "custom:a_1:b=-2.5");
	assert_int_equal(node_changes(f), before + 4);
	assert_string_equal(last_audit(f).action, "machine.attribute_unset");
	assert_int_equal(tailnet_attribute_unset(
				 f->db, f->node, "custom:tier", "cli", NOW),
		ERR_NOT_FOUND);
}

#define TEN "0123456789"

static void
names_and_values_have_a_form_and_a_length(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{ "tier", "x" },
		{ "custom:", "x" },
		{ "Custom:a", "x" },
		{ "node:os", "x" },
		{ "custom:a b", "x" },
		{ "custom:a-b", "x" },
		{ "custom:ä", "x" },
		{ "custom:a", "" },
		{ "custom:a", "a b" },
		{ "custom:a", "a=b" },
		{ "custom:a", "ä" },
		{ "custom:a", "<b>" },
		{ "custom:" TEN TEN TEN TEN "0123", "x" },
		{ "custom:a", TEN TEN TEN TEN TEN "0" },
	};
	struct fixture *f = *state;
	struct attribute a = {
		.node_id = 99, .name = "custom:a", .value = "x"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(set(f, bad[i].name, bad[i].value, 0),
			ERR_BAD_ATTRIBUTE);
	assert_string_equal(seen(f), "");
	assert_int_equal(
		strlen("custom:" TEN TEN TEN TEN "012"), ATTRIBUTE_NAME_MAX);
	assert_int_equal(
		set(f, "custom:" TEN TEN TEN TEN "012", TEN TEN TEN TEN TEN, 0),
		ERR_OK);
	assert_int_equal(
		tailnet_attribute_set(f->db, &a, "cli", NOW), ERR_NOT_FOUND);
	assert_int_equal(set(f, "custom:a", "x", NOW), ERR_EXPIRED);
}

static void
a_machine_has_so_many_and_no_more(void **state)
{
	struct fixture *f = *state;
	size_t count;

	for (int i = 0; i < ATTRIBUTES_MAX; i++)
		assert_int_equal(
			set(f, arena_printf(f->mem, "custom:a%d", i), "x", 0),
			ERR_OK);
	assert_int_equal(set(f, "custom:more", "x", 0), ERR_TOO_BIG);
	assert_int_equal(set(f, "custom:a7", "y", 0), ERR_OK);
	(void)attributes_seen(f->mem, seen(f), &count);
	assert_int_equal(count, ATTRIBUTES_MAX);
}

static void
an_attribute_ends_at_its_time(void **state)
{
	struct fixture *f = *state;
	int64_t gone = -1;
	size_t before;

	assert_int_equal(set(f, "custom:a", "x", NOW + 10), ERR_OK);
	assert_int_equal(set(f, "custom:b", "x", NOW + 11), ERR_OK);
	assert_int_equal(set(f, "custom:c", "x", 0), ERR_OK);
	before = node_changes(f);
	assert_int_equal(
		tailnet_attributes_expire(f->db, NOW + 9, &gone), ERR_OK);
	assert_int_equal(gone, 0);
	assert_int_equal(node_changes(f), before);
	assert_int_equal(
		tailnet_attributes_expire(f->db, NOW + 10, &gone), ERR_OK);
	assert_int_equal(gone, 1);
	assert_string_equal(seen(f), "custom:b=x custom:c=x");
	assert_int_equal(node_changes(f), before + 1);
	assert_string_equal(last_audit(f).action, "machine.attribute_expired");
	assert_string_equal(last_audit(f).via, "system");
}

static void
they_go_with_the_machine(void **state)
{
	struct fixture *f = *state;
	struct attribute *rows;
	size_t count, before;

	assert_int_equal(set(f, "custom:a", "x", 0), ERR_OK);
	before = node_changes(f);
	assert_int_equal(
		tailnet_node_delete(f->db, f->node, "cli", NOW), ERR_OK);
	assert_int_equal(
		db_attributes(f->db, f->node, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 0);
	/* Of a machine that is gone the log says just that. */
	assert_int_equal(node_changes(f), before);
}

static void
the_engine_gets_them_as_names_and_values(void **state)
{
	struct fixture *f = *state;
	struct engine_attribute *at;
	size_t count;

	at = attributes_seen(f->mem, "custom:a:b=1.0 custom:c=-x", &count);
	assert_int_equal(count, 2);
	assert_string_equal(at[0].name, "custom:a:b");
	assert_string_equal(at[0].value, "1.0");
	assert_string_equal(at[1].name, "custom:c");
	assert_string_equal(at[1].value, "-x");
	(void)attributes_seen(f->mem, "", &count);
	assert_int_equal(count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_attribute_is_set_replaced_and_taken_away),
		TEST(names_and_values_have_a_form_and_a_length),
		TEST(a_machine_has_so_many_and_no_more),
		TEST(an_attribute_ends_at_its_time),
		TEST(they_go_with_the_machine),
		TEST(the_engine_gets_them_as_names_and_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
