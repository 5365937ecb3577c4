/*
 * mapshared_test.c: what all are told of is made once for each class of them.
 */
#include "tailnet/mapshared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/dns.h"
#include "tailnet/mapresp.h"
#include "tests/lib/rows.h"

enum {
	NOW = 1800000000,
	NODES = 6,
	BEFORE_EXIT_DNS = 124,
};

struct fixture {
	struct db *db;
	struct snapshot *s;
	struct map_held held[NODES + 1];
	struct blob *got[NODES + 1];
};

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	*state = &f;
	f.s = snapshot_new("/nonexistent");
	return db_open_memory(&f.db) || rows_fill(f.db, NODES, NOW) ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i <= NODES; i++)
		blob_drop(f->got[i]);
	snapshot_free(f->s);
	db_close(f->db);
	return 0;
}

static void
load(struct fixture *f, int64_t followed)
{
	const struct nameserver n = {
		.domain = "", .address = "9.9.9.9", .with_exit_node = true
	};
	const struct dns_record r = { .name = "a.corp.example",
		.type = "A",
		.value = followed ? NULL : "10.1.1.1",
		.node_id = followed };
	int64_t id;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_nameserver_add(f->db, &n, &id), ERR_OK);
	assert_int_equal(db_dns_record_add(f->db, &r, &id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_load(f->s, f->db), ERR_OK);
}

/* What node n is told of a change of DNS. */
static struct blob *
told(struct fixture *f, size_t n, uint16_t capver)
{
	const struct map_viewer v = { .node = snapshot_node(f->s, (int64_t)n),
		.held = &f->held[n],
		.capver = capver,
		.plain = true };

	memset(f->held[n].dns, 0, sizeof(f->held[n].dns));
	blob_drop(f->got[n]);
	f->got[n] = mapresp_self(f->s, &v, f->s->gen - 1, NOW);
	return f->got[n];
}

static bool
holds(const struct blob *b, const char *words)
{
	return memmem(b->bytes, b->len, words, strlen(words)) != NULL;
}

static void
dns_that_all_have_is_one_message_for_each_class(void **state)
{
	struct fixture *f = *state;
	struct blob *new, *old;

	load(f, 0);
	f->s->commons[COMMON_DNS] = ++f->s->gen;
	new = told(f, 1, TAILCFG_CAPVER_NEWEST);
	old = told(f, 2, BEFORE_EXIT_DNS);
	assert_true(holds(new, "\"UseWithExitNode\":true"));
	assert_false(holds(old, "UseWithExitNode"));
	assert_true(holds(old, "10.1.1.1"));
	assert_ptr_equal(told(f, 3, TAILCFG_CAPVER_NEWEST), new);
	assert_ptr_equal(told(f, 4, BEFORE_EXIT_DNS), old);
	assert_memory_equal(
		f->held[1].dns, f->held[3].dns, sizeof(f->held[1].dns));
	assert_memory_not_equal(
		f->held[1].dns, f->held[2].dns, sizeof(f->held[1].dns));
}

static void
a_change_makes_another(void **state)
{
	struct fixture *f = *state;

	load(f, 0);
	f->s->commons[COMMON_DNS] = ++f->s->gen;
	assert_true(holds(told(f, 1, 142), "\"Proxied\":true"));
	f->s->settings.magic_dns = false;
	f->s->commons[COMMON_DNS] = ++f->s->gen;
	assert_false(holds(told(f, 2, 142), "\"Proxied\":true"));
	assert_ptr_not_equal(f->got[1], f->got[2]);
}

static void
a_record_that_follows_a_machine_is_asked_for_each(void **state)
{
	struct fixture *f = *state;

	load(f, 2);
	f->s->commons[COMMON_DNS] = ++f->s->gen;
	assert_true(holds(told(f, 1, 142), "a.corp.example"));
	/* The same text all the same: compressed once. */
	assert_ptr_equal(told(f, 3, 142), f->got[1]);
}

static void
what_is_said_of_the_own_node_is_nobody_elses(void **state)
{
	static const char text[] = "{\"Node\":{\"ID\":1}}";
	struct fixture *f = *state;
	struct arena *mem = arena_new();
	struct blob *a, *b;
	struct buf json;

	buf_init(&json, mem, 1024);
	buf_puts(&json, text);
	a = mapshared(f->s, mem, &json, true);
	b = mapshared(f->s, mem, &json, true);
	assert_ptr_not_equal(a, b);
	blob_drop(a);
	blob_drop(b);
	arena_free(mem);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dns_that_all_have_is_one_message_for_each_class),
		TEST(a_change_makes_another),
		TEST(a_record_that_follows_a_machine_is_asked_for_each),
		TEST(what_is_said_of_the_own_node_is_nobody_elses),
	};

	return cmocka_run_group_tests_name(
		"tailnet/mapshared", tests, NULL, NULL);
}
