/*
 * audit_times_test.c: the audit log between two times, page by page, and how
 * far its chain is looked at.
 */
#include "tests/fcgi/hostile.h"

#include "db/audit_chain.h"
#include "db/audit_find.h"
#include "db/job.h"

#define LOG "/admin/audit"

/* One after the other in one transaction: "row 0", "row 1" … */
static void
add_many(struct site *s, int count, const char *target)
{
	struct audit a = { .at = s->now,
		.actor = "cli",
		.action = "x.y",
		.subject = "node:7",
		.subject_name = target,
		.via = "cli" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int i = 0; i < count; i++) {
		a.detail = arena_printf(s->mem, "row %d", i);
		assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
	}
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
add_at(struct site *s, int64_t at, const char *detail)
{
	const struct audit a = {
		.at = at, .actor = "cli", .action = "x.y", .detail = detail
	};

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static int64_t
newest(struct site *s)
{
	return audit_last(s).id;
}

static size_t
rows_of(struct tab *t, const char *query)
{
	tab_get(t, arena_printf(t->s->mem, LOG "?%s", query));
	assert_int_equal(t->last.status, 200);
	assert_sound(t->s->mem, t->last.body);
	return sound_count(t->last.body, "<tr id=\"event-");
}

/* ---- times ---- */

static void
both_bounds_hold_to_the_second(void **state)
{
	static const int64_t day = 1796428800; /* 2026-12-05 */
	static const int seconds[] = { -1, 0, 59, 60, 86399, 86400 };
	static const struct {
		const char *query, *rows; /* of `seconds` */
	} cases[] = {
		{ "since=2026-12-05", "12345" },
		{ "since=2026-12-06", "5" },
		{ "since=2026-12-07", "" },
		{ "until=2026-12-04", "0" },
		{ "until=2026-12-05", "01234" },
		{ "since=2026-12-05&until=2026-12-05", "1234" },
		{ "since=2026-12-06&until=2026-12-05", "" },
		{ "since=2026-12-05T00:00&until=2026-12-05T00:00", "12" },
		{ "since=2026-12-05T00:01&until=2026-12-05T23:59", "34" },
		{ "since=2026-12-05T00:00:00Z&until=2026-12-05T00:00:00Z",
			"1" },
		{ "since=2026-12-05T00:00:01Z&until=2026-12-05T00:01:00Z",
			"23" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (int i = 0; i < 6; i++)
		add_at(s, day + seconds[i], arena_printf(s->mem, "row %d", i));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rows_of(&ann,
			arena_printf(s->mem, "event=x.y&%s", cases[i].query));
		for (int k = 0; k < 6; k++)
			if (!strchr(cases[i].rows, '0' + k) !=
				!strstr(ann.last.body,
					arena_printf(s->mem, ">row %d<", k)))
				fail_msg("%s: row %d", cases[i].query, k);
	}
}

static void
a_bound_that_is_no_time_leaves_the_other_and_all_rows(void **state)
{
	static const char *const bad[] = { "1969-12-31", "1970-01-01",
		"2026-02-30", "2026-12-05T24:01", "2026-12-5", "x" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, AUDIT_MATCHES + 1, "laptop");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			rows_of(&ann, arena_printf(s->mem, "since=%s", bad[i])),
			50);
		assert_holds(ann.last.body, "left out: since.");
		assert_lacks(ann.last.body, "At least");
		assert_int_equal(
			rows_of(&ann, arena_printf(s->mem, "until=%s", bad[i])),
			50);
		assert_holds(ann.last.body, "left out: until.");
		assert_int_equal(
			rows_of(&ann,
				arena_printf(s->mem,
					"since=%s&until=2026-11-01", bad[i])),
			0);
	}
}

static void
a_place_that_is_none_leaves_all_rows(void **state)
{
	static const char *const bad[] = { "7", "7-x", "x-7", "0-7", "7-0",
		"-7-7", "7--7" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 3, "laptop");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			rows_of(&ann, arena_printf(s->mem,
					      "event=x.y&before=%s", bad[i])),
			3);
		assert_holds(ann.last.body, "left out: before.");
	}
}

static void
each_field_keeps_what_was_asked(void **state)
{
	static const char *const vias[] = { "page", "api", "cli", "oidc",
		"machine", "system" };
	static const char *const fields[] = { "name=\"who\" value=\"ann\"",
		"name=\"target\" value=\"laptop\"",
		"name=\"since\" value=\"2026-12-05\"",
		"name=\"until\" value=\"2026-12-06\"" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 1, "laptop");
	for (size_t i = 0; i < 6; i++) {
		rows_of(&ann, arena_printf(s->mem,
				      "event=x.y&who=ann&target=laptop&via=%s&"
				      "since=2026-12-05&until=2026-12-06",
				      vias[i]));
		assert_lacks(ann.last.body, "Not understood");
		for (size_t k = 0; k < 4; k++)
			assert_holds(ann.last.body, fields[k]);
		assert_holds(ann.last.body, "value=\"x.y\" selected=\"\"");
		assert_holds(ann.last.body,
			arena_printf(s->mem, "<option value=\"%s\" selected",
				vias[i]));
	}
}

/* ---- pages ---- */

static void
fifty_rows_fill_one_page_and_one_more_begins_the_next(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 50 - (int)newest(s), "laptop");
	assert_int_equal(newest(s), 50);
	assert_int_equal(rows_of(&ann, ""), 50);
	assert_lacks(ann.last.body, "rel=\"next\"");
	assert_int_equal(rows_of(&ann, "page=2"), 50);
	assert_lacks(ann.last.body, "rel=\"prev\"");
	add_many(s, 1, "laptop");
	assert_int_equal(rows_of(&ann, ""), 50);
	assert_holds(ann.last.body, "<tr id=\"event-51\"");
	assert_lacks(ann.last.body, "<tr id=\"event-1\"");
	assert_holds(ann.last.body, "rel=\"next\"");
	for (int page = 2; page <= 3; page++) {
		assert_int_equal(
			rows_of(&ann, arena_printf(s->mem, "page=%d", page)),
			1);
		assert_holds(ann.last.body, "<tr id=\"event-1\"");
		assert_lacks(ann.last.body, "rel=\"next\"");
	}
	assert_int_equal(rows_of(&ann, "page=0"), 50);
	assert_int_equal(rows_of(&ann, "page=-1"), 50);
}

static void
what_was_found_is_paged_too(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 50, "laptop");
	assert_int_equal(rows_of(&ann, "event=x.y"), 50);
	assert_holds(ann.last.body, ">row 0<");
	assert_lacks(ann.last.body, "rel=\"next\"");
	add_at(s, s->now, "row 50");
	assert_int_equal(rows_of(&ann, "event=x.y"), 50);
	assert_holds(ann.last.body, ">row 50<");
	assert_lacks(ann.last.body, ">row 0<");
	for (int page = 2; page <= 3; page++) {
		assert_int_equal(
			rows_of(&ann, arena_printf(s->mem, "event=x.y&page=%d",
					      page)),
			1);
		assert_holds(ann.last.body, ">row 0<");
		assert_lacks(ann.last.body, "rel=\"next\"");
	}
}

/* The query of the link that looks further. */
static const char *
further(struct tab *t)
{
	const char *link = strstr(t->last.body, LOG "?before=");

	assert_holds(t->last.body, "Looked back to <time datetime=");
	assert_non_null(link);
	link = browser_text(t->s->mem, link, strchr(link, '"'));
	assert_int_equal(sound_count(link, "before="), 1);
	return strchr(link, '?') + 1;
}

static void
looking_further_keeps_what_was_asked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const struct audit needle = { .at = s->now,
		.actor = "cli",
		.action = "x.y",
		.subject = "node:7",
		.subject_name = "a&b",
		.detail = "c&d" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_add(s->db, &needle), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	add_many(s, 2 * AUDIT_LOOK, "a&b");
	assert_int_equal(rows_of(&ann, "q=c%26d&target=a%26b"), 0);
	for (int rows = 0; rows < 2; rows++) {
		const char *query = further(&ann);

		assert_holds(query, "&q=c%26d");
		assert_holds(query, "&target=a%26b");
		assert_int_equal(rows_of(&ann, query), rows);
	}
	assert_holds(ann.last.body, ">c&amp;d<");
	assert_lacks(ann.last.body, "id=\"further\"");
}

static void
looking_further_goes_on_behind_the_last_that_was_found(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, AUDIT_MATCHES + 1, "laptop");
	assert_int_equal(rows_of(&ann, "event=x.y"), 50);
	assert_int_equal(rows_of(&ann, further(&ann)), 1);
	assert_holds(ann.last.body, ">row 0<");
}

static void
a_log_without_rows_says_so(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(db_exec(s->db, "DELETE FROM audit"), ERR_OK);
	assert_int_equal(rows_of(&ann, ""), 0);
	assert_holds(ann.last.body, "Nothing has happened yet.");
	assert_holds(ann.last.body, "data-live=\"audit\"");
}

/* ---- the chain ---- */

enum {
	WALKED = 1000, /* rows that a page walks over */
};

static void
so_many_rows_are_walked_by_a_page_and_no_more(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, WALKED - 1 - (int)newest(s), "laptop");
	rows_of(&ann, "");
	assert_holds(ann.last.body, "intact to row 999");
	assert_lacks(ann.last.body, "checked soon");
	add_many(s, 2, "laptop");
	rows_of(&ann, "");
	assert_holds(ann.last.body,
		"intact to row 1000; the 1 newer rows are checked soon");
}

static void
change(struct site *s, const char *detail)
{
	assert_int_equal(
		db_exec(s->db, arena_printf(s->mem,
				       "UPDATE audit SET detail = 'nothing' "
				       "WHERE detail = '%s'",
				       detail)),
		ERR_OK);
}

/* Newer than what a page walks over. */
static void
each_row_that_a_page_shows_is_checked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 2 * WALKED, "laptop");
	assert_int_equal(db_exec(s->db, "DROP TRIGGER audit_stays"), ERR_OK);
	rows_of(&ann, "");
	assert_holds(ann.last.body, "data-state=\"intact\"");
	change(s, "row 1949");
	rows_of(&ann, "");
	assert_holds(ann.last.body, "data-state=\"intact\"");
	/* The last on the page; then all of it is looked at, and the first one
	 * that does not fit is named. */
	change(s, "row 1950");
	rows_of(&ann, "");
	assert_holds(
		ann.last.body, arena_printf(s->mem, "Row %lld does not fit",
				       (long long)newest(s) - 50));
	assert_lacks(ann.last.body, "checked soon");
}

static void
a_log_that_is_broken_is_not_called_checked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct job j;

	add_many(s, 3, "laptop");
	assert_int_equal(db_job_want(s->db, "audit-check", 0, s->now), ERR_OK);
	assert_int_equal(
		db_job_of(s->db, "audit-check", 0, s->mem, &j), ERR_OK);
	ask(s, GROUP_JOBS, "POST",
		arena_printf(s->mem, "/job/%lld", (long long)j.id), "");
	rows_of(&ann, "");
	assert_holds(ann.last.body, "Checked from its beginning");
	assert_int_equal(db_exec(s->db, "DROP TRIGGER audit_stays"), ERR_OK);
	change(s, "row 2"); /* the newest */
	rows_of(&ann, "");
	assert_holds(ann.last.body, "data-state=\"broken\"");
	assert_lacks(ann.last.body, "Checked from its beginning");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_bounds_hold_to_the_second),
		TEST(a_bound_that_is_no_time_leaves_the_other_and_all_rows),
		TEST(a_place_that_is_none_leaves_all_rows),
		TEST(each_field_keeps_what_was_asked),
		TEST(fifty_rows_fill_one_page_and_one_more_begins_the_next),
		TEST(what_was_found_is_paged_too),
		TEST(looking_further_keeps_what_was_asked),
		TEST(looking_further_goes_on_behind_the_last_that_was_found),
		TEST(a_log_without_rows_says_so),
		TEST(so_many_rows_are_walked_by_a_page_and_no_more),
		TEST(each_row_that_a_page_shows_is_checked),
		TEST(a_log_that_is_broken_is_not_called_checked),
	};

	return cmocka_run_group_tests_name(
		"fcgi/audit_times", tests, NULL, NULL);
}
