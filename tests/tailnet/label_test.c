#include "tailnet/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/user.h"

#define A10 "aaaaaaaaaa"
#define A63 A10 A10 A10 A10 A10 A10 "aaa"

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t user;
	int nodes;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "alice" };

	f.mem = arena_new();
	f.nodes = 0;
	*state = &f;
	return db_open_memory(&f.db) || db_user_add(f.db, &u, &f.user);
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
add(struct fixture *f, const char *name)
{
	struct node n = {
		.user_id = f->user, .name = name, .register_method = "cli"
	};
	int64_t id = -1;

	f->nodes++;
	memcpy(n.machine_key.bytes, &f->nodes, sizeof(f->nodes));
	memcpy(n.node_key.bytes, &f->nodes, sizeof(f->nodes));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", f->nodes);
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
	return id;
}

static const char *
next(struct fixture *f, const char *label, int64_t but_id)
{
	const char *out = "";

	assert_int_equal(
		label_free(f->db, f->mem, label, but_id, &out), ERR_OK);
	assert_true(label_is_valid(out));
	return out;
}

/* The table of spec/map-and-state.md 3.5, and what lies beside it. */
static void
labels_follow_the_hosted_services_rules(void **state)
{
	static const char *const cases[][2] = {
		{ "Joe's Mac mini", "joes-mac-mini" },
		{ "Test@Host", "test-host" },
		{ "mail.server", "mail-server" },
		{ "My-PC!", "my-pc" },
		{ "DESKTOP_1", "desktop-1" },
		{ "macbook.local", "macbook" },
		{ "我的电脑", "node" },
		{ ".hidden.", "hidden" },
		{ "a--b", "a--b" },
		{ "host.lan.local", "host" },
		{ "host.local.lan", "host-local" },
		{ "X.LOCAL", "x-local" },
		{ A63 A10, A63 },
		{ "localhost", "localhost" },
		{ "pi.localdomain", "pi" },
		{ "", "node" },
		{ "---", "node" },
		{ ".local", "node" },
		{ "a我b", "ab" },
		{ "-a-", "a" },
		{ A63 ".local", A63 },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *label = label_from_hostname(mem, cases[i][0]);

		assert_string_equal(label, cases[i][1]);
		assert_true(label_is_valid(label));
	}
	arena_free(mem);
}

static void
the_cut_to_63_bytes_comes_before_the_trimming(void **state)
{
	struct arena *mem = arena_new();
	char long_name[80];

	(void)state;
	memset(long_name, 'a', sizeof(long_name));
	memset(long_name + 60, '-', 10);
	long_name[79] = '\0';
	assert_int_equal(strlen(label_from_hostname(mem, long_name)), 60);
	arena_free(mem);
}

static void
a_valid_label_is_a_valid_label(void **state)
{
	static const char *const good[] = { "a", "0", "a-b", "a--b", A63 };
	static const char *const bad[] = { "", "-", "-a", "a-", "A", "a_b",
		"a.b", "a b", "ä", A63 "a" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(label_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(label_is_valid(bad[i]));
}

static void
a_taken_label_gets_the_first_free_number(void **state)
{
	struct fixture *f = *state;
	int64_t first;

	assert_string_equal(next(f, "pc", 0), "pc");
	first = add(f, "pc");
	assert_string_equal(next(f, "pc", first), "pc");
	assert_string_equal(next(f, "pc", 0), "pc-1");
	add(f, "pc-1");
	add(f, "pc-3");
	assert_string_equal(next(f, "pc", 0), "pc-2");
	add(f, "pc-2");
	assert_string_equal(next(f, "pc", 0), "pc-4");
}

static void
of_many_alike_each_gets_the_next_number(void **state)
{
	struct fixture *f = *state;

	add(f, "pc");
	for (int i = 1; i < 100; i++) {
		const char *name = next(f, "pc", 0);

		assert_string_equal(name, arena_printf(f->mem, "pc-%d", i));
		add(f, name);
	}
}

static void
the_longest_label_with_a_number_stays_valid(void **state)
{
	struct fixture *f = *state;
	const char *name;

	add(f, A63);
	name = next(f, A63, 0);
	assert_int_equal(strlen(name), LABEL_MAX);
	assert_string_equal(name + LABEL_MAX - 2, "-1");
	for (int i = 1; i < 12; i++) {
		name = next(f, A63, 0);
		assert_int_equal(strlen(name), LABEL_MAX);
		add(f, name);
	}
}

static void
reserved_names_get_a_number(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(next(f, "localhost", 0), "localhost-1");
	assert_string_equal(next(f, "wpad", 0), "wpad-1");
	assert_string_equal(next(f, "isatap", 0), "isatap-1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_follow_the_hosted_services_rules),
		cmocka_unit_test(the_cut_to_63_bytes_comes_before_the_trimming),
		cmocka_unit_test(a_valid_label_is_a_valid_label),
		TEST(a_taken_label_gets_the_first_free_number),
		TEST(of_many_alike_each_gets_the_next_number),
		TEST(the_longest_label_with_a_number_stays_valid),
		TEST(reserved_names_get_a_number),
	};

	return cmocka_run_group_tests_name("tailnet/label", tests, NULL, NULL);
}
