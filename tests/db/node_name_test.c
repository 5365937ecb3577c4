#include "db/node_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/node.h"
#include "tests/lib/with_db.h"

#define OK(call) assert_int_equal(call, ERR_OK)

static int64_t
add(struct fixture *f, const char *name)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.register_method = "cli" };
	static int made;
	int64_t id = 0;

	memcpy(n.machine_key.bytes, name, strlen(name));
	memcpy(n.node_key.bytes, name, strlen(name));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", ++made);
	OK(db_node_add(f->db, &n, &id));
	return id;
}

static void
all_come_by_id_with_their_tags(void **state)
{
	struct fixture *f = *state;
	const int64_t ids[] = { add(f, "z"), add(f, "b"), add(f, "m") };
	struct node_name *rows;
	size_t count;

	OK(db_node_names(f->db, f->mem, &rows, &count));
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(rows[i].id, ids[i]);
	assert_string_equal(rows[1].name, "b");
	assert_string_equal(rows[1].tags, "[\"tag:a\"]");
	assert_int_equal(rows[1].user_id, 0);
}

static void
one_is_found_by_its_whole_name(void **state)
{
	struct fixture *f = *state;
	struct node_name *rows;
	size_t count;

	add(f, "node-1");
	add(f, "node-10");
	OK(db_node_names_of(f->db, "node-1", f->mem, &rows, &count));
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].name, "node-1");
	OK(db_node_names_of(f->db, "node", f->mem, &rows, &count));
	assert_int_equal(count, 0);
}

static void
the_first_are_those_that_people_count_first(void **state)
{
	struct fixture *f = *state;
	struct node_name *rows;
	size_t count;

	add(f, "n10");
	add(f, "n2");
	add(f, "n1");
	OK(db_node_names_first(f->db, 2, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].name, "n1");
	assert_string_equal(rows[1].name, "n2");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_come_by_id_with_their_tags),
		TEST(one_is_found_by_its_whole_name),
		TEST(the_first_are_those_that_people_count_first),
	};

	return cmocka_run_group_tests_name("db/node_name", tests, NULL, NULL);
}
