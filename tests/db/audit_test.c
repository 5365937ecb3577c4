/*
 * audit_test.c: the chain of the audit log, and what is searched in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "db/audit_chain.h"
#include "db/audit_find.h"

#define NOW INT64_C(1793600000)

#define OK(call) assert_int_equal((call), ERR_OK)

struct fixture {
	struct db *db;
	struct arena *mem;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->mem = arena_new();
	OK(db_open_memory(&f->db));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	free(f);
	return 0;
}

static void
add_at(struct fixture *f, int64_t at)
{
	OK(db_audit_add(f->db, &(struct audit){ .at = at,
				       .actor = "user:1",
				       .actor_name = "Ann",
				       .action = "machine.renamed",
				       .subject = "node:1",
				       .subject_name = "laptop",
				       .via = "page",
				       .detail = "" }));
}

static void
add_some(struct fixture *f, int count)
{
	for (int i = 0; i < count; i++)
		add_at(f, NOW + i);
}

static void
check(struct fixture *f, int64_t intact, int64_t broken)
{
	int64_t is_intact = -1, is_broken = -1;

	OK(db_audit_check(f->db, &is_intact, &is_broken));
	assert_int_equal(is_intact, intact);
	assert_int_equal(is_broken, broken);
}

static void
tamper(struct fixture *f, const char *sql)
{
	OK(db_exec(f->db, "DROP TRIGGER audit_stays"));
	OK(db_exec(f->db, sql));
}

static void
a_row_that_was_taken_out_shows(void **state)
{
	struct fixture *f = *state;

	add_some(f, 5);
	check(f, 5, 0);
	OK(db_exec(f->db, "DELETE FROM audit WHERE id = 3"));
	check(f, 2, 4);
	assert_int_not_equal(
		db_exec(f->db, "UPDATE audit SET at = at"), ERR_OK);
}

static void
a_row_that_was_changed_shows(void **state)
{
	struct fixture *f = *state;

	add_some(f, 3);
	tamper(f, "UPDATE audit SET actor = 'user:2' WHERE id = 2");
	check(f, 1, 2);
}

static void
the_very_first_row_is_no_exception(void **state)
{
	struct fixture *f = *state;

	add_some(f, 3);
	tamper(f, "UPDATE audit SET actor = 'user:2' WHERE id = 1");
	check(f, 0, 1);
}

static void
a_row_without_a_hash_behind_one_with_a_hash_breaks_the_chain(void **state)
{
	struct fixture *f = *state;

	add_some(f, 3);
	tamper(f, "UPDATE audit SET actor = 'user:2', hash = NULL "
		  "WHERE id > 1");
	check(f, 1, 2);
}

/* As version 1 left them. */
static void
rows_of_before_the_chain_are_left_out_and_counted(void **state)
{
	struct fixture *f = *state;
	int64_t loose = -1;

	add_some(f, 4);
	tamper(f, "UPDATE audit SET hash = NULL WHERE id < 3;"
		  "DELETE FROM audit_mark");
	check(f, 4, 0);
	OK(db_audit_loose(f->db, &loose));
	assert_int_equal(loose, 2);
}

static void
what_retention_takes_leaves_the_chain_whole(void **state)
{
	struct fixture *f = *state;
	int64_t gone = 0;

	add_some(f, 5);
	OK(db_audit_prune(f->db, NOW + 2, &gone));
	assert_int_equal(gone, 2);
	check(f, 5, 0);
	tamper(f, "UPDATE audit SET actor = 'x' WHERE id = 3");
	check(f, 2, 3); /* the first that is left is no exception either */
}

static void
rows_that_somebody_takes_from_the_old_end_show(void **state)
{
	struct fixture *f = *state;
	int64_t gone;

	add_some(f, 6);
	OK(db_audit_prune(f->db, NOW + 2, &gone));
	OK(db_exec(f->db, "DELETE FROM audit WHERE id = 3"));
	check(f, 2, 4);
}

static void
a_log_that_retention_emptied_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	int64_t gone, given, there;

	add_some(f, 3);
	OK(db_audit_prune(f->db, NOW + 10, &gone));
	assert_int_equal(gone, 3);
	OK(db_audit_cut(f->db, &given, &there));
	assert_int_equal(given, 3);
	assert_int_equal(there, 3);
	add_some(f, 2);
	check(f, 5, 0);
	tamper(f, "UPDATE audit SET actor = 'x' WHERE id = 4");
	check(f, 3, 4);
}

static void
retention_takes_no_row_out_of_the_middle(void **state)
{
	struct fixture *f = *state;
	int64_t gone;

	add_at(f, NOW);
	add_at(f, NOW + 5);
	add_at(f, NOW + 1); /* a clock that was put back */
	add_at(f, NOW + 6);
	OK(db_audit_older(f->db, NOW + 3, &gone));
	assert_int_equal(gone, 1);
	OK(db_audit_prune(f->db, NOW + 3, &gone));
	assert_int_equal(gone, 1);
	check(f, 4, 0);
}

static void
a_row_of_a_clock_that_was_ahead_holds_nothing_up(void **state)
{
	struct fixture *f = *state;
	int64_t gone;

	add_at(f, NOW);
	add_at(f, NOW + 9999999);
	add_at(f, NOW + 1);
	add_at(f, NOW + 6);
	OK(db_audit_older(f->db, NOW + 3, &gone));
	assert_int_equal(gone, 3);
	OK(db_audit_prune(f->db, NOW + 3, &gone));
	assert_int_equal(gone, 3);
	check(f, 4, 0);
}

static void
retention_takes_so_many_rows_at_once(void **state)
{
	struct fixture *f = *state;
	int64_t gone;

	OK(db_begin(f->db));
	for (int i = 0; i < AUDIT_PRUNE_MAX + 1; i++)
		add_at(f, NOW);
	OK(db_commit(f->db));
	add_at(f, NOW + 2);
	OK(db_audit_older(f->db, NOW + 1, &gone));
	assert_int_equal(gone, AUDIT_PRUNE_MAX + 1);
	OK(db_audit_older(f->db, NOW, &gone));
	assert_int_equal(gone, 0);
	OK(db_audit_prune(f->db, NOW + 1, &gone));
	assert_int_equal(gone, AUDIT_PRUNE_MAX);
	OK(db_audit_prune(f->db, NOW + 1, &gone));
	assert_int_equal(gone, 1);
	OK(db_audit_prune(f->db, NOW + 1, &gone));
	assert_int_equal(gone, 0);
	check(f, AUDIT_PRUNE_MAX + 2, 0);
}

static void
rows_that_are_cut_off_the_new_end_show(void **state)
{
	struct fixture *f = *state;
	int64_t given, there;

	add_some(f, 4);
	OK(db_audit_cut(f->db, &given, &there));
	assert_int_equal(given, there);
	OK(db_exec(f->db, "DELETE FROM audit WHERE id > 2"));
	check(f, 2, 0);
	OK(db_audit_cut(f->db, &given, &there));
	assert_int_equal(given, 4);
	assert_int_equal(there, 2);
	add_some(f, 1); /* the counter says nothing any more */
	check(f, 2, 5);
}

static void
a_walk_goes_on_from_where_it_was_checked(void **state)
{
	struct fixture *f = *state;
	struct audit_mark mark;
	struct audit_walk w;

	add_some(f, 5);
	OK(db_audit_walk_whole(f->db, &w));
	OK(db_audit_walk(f->db, &w, 3));
	assert_false(w.ended);
	assert_int_equal(w.id, 3);
	OK(db_audit_set_checked(f->db, &w, true, NOW));
	OK(db_audit_walk_on(f->db, &w));
	assert_int_equal(w.id, 3);
	OK(db_audit_walk(f->db, &w, 100));
	assert_true(w.ended);
	assert_int_equal(w.id, 5);
	assert_int_equal(w.rows, 2);
	OK(db_audit_set_checked(f->db, &w, false, NOW + 7));
	OK(db_audit_checked(f->db, &mark));
	assert_int_equal(mark.id, 5);
	assert_int_equal(mark.at, NOW + 7);
	assert_int_equal(mark.whole_at, NOW);
}

static void
a_walk_begins_again_where_the_row_of_the_mark_is_another(void **state)
{
	struct fixture *f = *state;
	struct audit_walk w;

	add_some(f, 5);
	OK(db_audit_walk_whole(f->db, &w));
	OK(db_audit_walk(f->db, &w, 3));
	OK(db_audit_set_checked(f->db, &w, true, NOW));
	tamper(f, "UPDATE audit SET hash = zeroblob(32) WHERE id = 3");
	OK(db_audit_walk_on(f->db, &w));
	assert_int_equal(w.id, 0);
	OK(db_audit_walk(f->db, &w, 100));
	assert_int_equal(w.broken, 3);
}

/* Rows by who, what and whom; their ids are 1 to 6. */
static void
fill(struct fixture *f)
{
	static const struct audit rows[] = {
		{ .at = NOW,
			.actor = "user:1",
			.actor_name = "Ann",
			.action = "machine.renamed",
			.subject = "node:7",
			.subject_name = "laptop",
			.via = "page",
			.detail = "kitchen, old" },
		{ .at = NOW + 10,
			.actor = "cli",
			.action = "user.created",
			.subject = "user:2",
			.subject_name = "bob",
			.via = "cli",
			.after = "{\"name\":\"bob\"}" },
		{ .at = NOW + 20,
			.actor = "user:2",
			.actor_name = "bob",
			.action = "machine.renamed",
			.subject = "node:8",
			.subject_name = "Laptop",
			.via = "page" },
		{ .at = NOW + 30,
			.actor = "user:1",
			.actor_name = "Ann",
			.action = "policy.saved",
			.subject = "policy:3",
			.subject_name = "version 3",
			.via = "page" },
		{ .at = NOW + 30,
			.actor = "user:3",
			.actor_name = "ann",
			.action = "key.created",
			.subject = "preauth-key:1",
			.subject_name = "abc",
			.via = "page",
			.address = "192.0.2.9" },
		{ .at = NOW + 40,
			.actor = "node:7",
			.actor_name = "laptop",
			.action = "machine.logged_out",
			.subject = "node:7",
			.subject_name = "laptop",
			.via = "machine" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		OK(db_audit_add(f->db, &rows[i]));
}

static const char *
ids_of(struct fixture *f, const struct audit_search *s)
{
	struct audit_found found;
	const char *ids = "";

	OK(db_audit_find(f->db, s, f->mem, &found));
	for (size_t i = 0; i < found.count; i++)
		ids = arena_printf(
			f->mem, "%s%lld", ids, (long long)found.ids[i]);
	assert_false(found.more);
	assert_int_equal(found.further.id, 0);
	return ids;
}

static void
each_filter_finds_its_rows_newest_first(void **state)
{
	static const struct {
		struct audit_search s;
		const char *ids;
	} cases[] = {
		{ { .q = "" }, "654321" },
		{ { .who = "user:1" }, "41" },
		{ { .who = "ANN" }, "541" },
		{ { .who = "cli" }, "2" },
		{ { .event = "machine.renamed" }, "31" },
		{ { .target = "node:7" }, "61" },
		{ { .target = "laptop" }, "631" },
		{ { .via = "page" }, "5431" },
		{ { .since = NOW + 10, .until = NOW + 30 }, "32" },
		{ { .since = NOW + 31 }, "6" },
		{ { .until = NOW + 1 }, "1" },
		{ { .q = "KITCHEN" }, "1" },
		{ { .q = "laptop -renamed" }, "6" },
		{ { .q = "\"kitchen, old\"" }, "1" },
		{ { .q = "192.0.2.9" }, "5" },
		{ { .who = "ann", .event = "policy.saved" }, "4" },
		{ { .who = "ann", .q = "laptop" }, "1" },
		{ { .target = "laptop",
			  .event = "machine.renamed",
			  .via = "page",
			  .since = NOW + 1 },
			"3" },
		{ { .who = "user:1", .target = "node:8" }, "" },
		{ { .before = { NOW + 30, 5 } }, "4321" },
		{ { .via = "page", .before = { NOW + 30, 4 } }, "31" },
		{ { .who = "nobody" }, "" },
	};
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(ids_of(f, &cases[i].s), cases[i].ids);
}

static void
count_row(const struct audit *a, void *arg)
{
	int64_t *counts = arg;

	counts[0]++;
	counts[1] = a->id;
}

/* Every other row is of the cli. */
static void
fill_many(struct fixture *f, int count)
{
	OK(db_begin(f->db));
	for (int i = 0; i < count; i++)
		OK(db_audit_add(
			f->db, &(struct audit){ .at = NOW + i,
				       .actor = i % 2 ? "cli" : "user:1",
				       .action = "x.y",
				       .subject = "node:1",
				       .via = "page",
				       .detail = i ? "late" : "first" }));
	OK(db_commit(f->db));
}

static void
a_search_finds_and_looks_at_so_many_rows(void **state)
{
	struct fixture *f = *state;
	struct audit_search s = { .q = "first" };
	struct audit_found found;

	fill_many(f, AUDIT_LOOK + 1);
	OK(db_audit_find(f->db, &s, f->mem, &found));
	assert_int_equal(found.count, 0);
	assert_int_equal(found.further.id, 2);
	s.before = found.further;
	OK(db_audit_find(f->db, &s, f->mem, &found));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.further.id, 0);
	s = (struct audit_search){ .event = "x.y" };
	OK(db_audit_find(f->db, &s, f->mem, &found));
	assert_int_equal(found.count, AUDIT_MATCHES);
	assert_true(found.more);
	assert_int_equal(found.ids[0], AUDIT_LOOK + 1);
}

static void
the_filter_with_the_fewest_rows_leads(void **state)
{
	struct fixture *f = *state;
	struct audit_search s = { .event = "x.y", .target = "rare" };
	struct audit_found found;

	OK(db_audit_add(f->db, &(struct audit){ .at = NOW - 1,
				       .actor = "cli",
				       .action = "x.y",
				       .subject_name = "rare" }));
	fill_many(f, AUDIT_LOOK + 1);
	OK(db_audit_find(f->db, &s, f->mem, &found));
	assert_int_equal(found.count, 1);
	assert_int_equal(found.ids[0], 1);
	assert_int_equal(found.further.id, 0);
}

static void
all_rows_that_match_are_told_in_pieces(void **state)
{
	struct fixture *f = *state;
	struct audit_search s = { .who = "cli" };
	int64_t counts[2] = { 0, 0 };
	int pieces = 0;

	fill_many(f, 2 * AUDIT_LOOK + 10);
	do {
		OK(db_audit_each(f->db, &s, count_row, counts, &s.before));
		pieces++;
	} while (s.before.id);
	assert_int_equal(counts[0], AUDIT_LOOK + 5);
	assert_int_equal(counts[1], 2);
	assert_int_equal(pieces, 2);
}

static void
each_event_is_told_once(void **state)
{
	struct fixture *f = *state;
	const char **words;
	size_t count;

	OK(db_audit_events(f->db, f->mem, &words, &count));
	assert_int_equal(count, 0);
	fill(f);
	OK(db_audit_events(f->db, f->mem, &words, &count));
	assert_int_equal(count, 5);
	assert_string_equal(words[0], "key.created");
	assert_string_equal(words[4], "user.created");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_that_was_taken_out_shows),
		TEST(a_row_that_was_changed_shows),
		TEST(the_very_first_row_is_no_exception),
		TEST(a_row_without_a_hash_behind_one_with_a_hash_breaks_the_chain),
		TEST(rows_of_before_the_chain_are_left_out_and_counted),
		TEST(what_retention_takes_leaves_the_chain_whole),
		TEST(rows_that_somebody_takes_from_the_old_end_show),
		TEST(a_log_that_retention_emptied_goes_on_where_it_was),
		TEST(retention_takes_no_row_out_of_the_middle),
		TEST(a_row_of_a_clock_that_was_ahead_holds_nothing_up),
		TEST(retention_takes_so_many_rows_at_once),
		TEST(rows_that_are_cut_off_the_new_end_show),
		TEST(a_walk_goes_on_from_where_it_was_checked),
		TEST(a_walk_begins_again_where_the_row_of_the_mark_is_another),
		TEST(each_filter_finds_its_rows_newest_first),
		TEST(a_search_finds_and_looks_at_so_many_rows),
		TEST(the_filter_with_the_fewest_rows_leads),
		TEST(all_rows_that_match_are_told_in_pieces),
		TEST(each_event_is_told_once),
	};

	return cmocka_run_group_tests_name("db/audit", tests, NULL, NULL);
}
