/*
 * audit_page_test.c: the audit log as people see it.
 */
#include "tests/fcgi/hostile.h"

static void
add(struct site *s, const struct audit *a)
{
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_add(s->db, a), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

/* `count` rows at once. */
static void
add_many(struct site *s, int count)
{
	struct audit a = { .at = s->now,
		.actor = "user:1",
		.action = "machine.renamed",
		.subject = "node:7",
		.actor_name = "ann",
		.via = "page",
		.subject_name = "laptop",
		.address = "192.0.2.9" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int i = 0; i < count; i++) {
		a.detail = arena_printf(s->mem, "change %d", i);
		assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
	}
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static int64_t
newest(struct site *s)
{
	return audit_last(s).id;
}

static void
what_was_done_stands_there_with_who_and_from_where(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *body;

	add_many(s, 1);
	body = tab_get(&ann, "/admin/audit").body;
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"audit\"");
	assert_holds(body, "<h1>Audit</h1>");
	assert_holds(body, "<table id=\"audit\"");
	assert_holds(body, "<a href=\"/admin/users/1\">ann</a>");
	assert_holds(body, "data-col=\"event\" data-label=\"Event\">"
			   "machine.renamed</td>");
	assert_holds(body, "<a href=\"/admin/machines/7\">laptop</a>");
	assert_holds(body, "change 0");
	assert_holds(body, "192.0.2.9");
	assert_holds(body, arena_printf(s->mem, "intact to row %lld",
				   (long long)newest(s)));
	assert_lacks(body, "id=\"filter\""); /* filters come later */
}

static void
the_newest_come_first_fifty_a_page(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t before = newest(s), all;

	add_many(s, 120);
	all = newest(s);
	tab_get(&ann, "/admin/audit");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"event-"), 50);
	assert_holds(ann.last.body, ">change 119<");
	assert_lacks(ann.last.body, ">change 69<");
	assert_true(strlen(ann.last.body) <= 60 * 1024);
	assert_holds(ann.last.body,
		arena_printf(s->mem, "%lld events", (long long)all));
	tab_get(&ann, "/admin/audit?page=2");
	assert_holds(ann.last.body, ">change 69<");
	assert_lacks(ann.last.body, ">change 70<");
	tab_get(&ann, "/admin/audit?page=999");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"event-"),
		(before + 120) % 50);
	assert_holds(ann.last.body, "rel=\"prev\"");
	assert_lacks(ann.last.body, "rel=\"next\"");
}

static void
a_row_changed_past_cairn_shows(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t last;

	add_many(s, 60);
	last = newest(s);
	assert_int_equal(db_exec(s->db, "DROP TRIGGER audit_stays"), ERR_OK);
	assert_int_equal(db_exec(s->db, "UPDATE audit SET detail = 'nothing' "
					"WHERE detail = 'change 50'"),
		ERR_OK);
	tab_get(&ann, "/admin/audit");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-state=\"broken\"");
	assert_holds(
		ann.last.body, arena_printf(s->mem, "Row %lld does not fit",
				       (long long)(last - 9)));
	/* The rows of the other page hold together. */
	tab_get(&ann, "/admin/audit?page=2");
	assert_holds(ann.last.body, "data-state=\"intact\"");
}

static void
a_row_taken_out_between_two_pages_shows(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 60);
	assert_int_equal(
		db_exec(s->db, "DELETE FROM audit WHERE detail = 'change 10'"),
		ERR_OK);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-state=\"broken\"");
}

static void
what_retention_took_is_no_harm(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t gone, last;

	s->now += 1000;
	add_many(s, 3);
	last = newest(s);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_prune(s->db, s->now - 1, &gone), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "3 events");
	assert_holds(ann.last.body,
		arena_printf(s->mem, "intact to row %lld", (long long)last));
}

static void
hostile_rows_stay_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add(s, &(struct audit){ .at = s->now,
		       .actor = "node:\"><b>",
		       .action = HOSTILE,
		       .subject = "user:" HOSTILE,
		       .detail = "",
		       .actor_name = HOSTILE,
		       .subject_name = HOSTILE,
		       .after = HOSTILE HOSTILE HOSTILE HOSTILE HOSTILE,
		       .address = HOSTILE });
	assert_harmless(s, tab_get(&ann, "/admin/audit").body);
	assert_holds(ann.last.body, "&lt;script&gt;alert(1)");
}

static void
members_do_not_read_it(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	assert_int_equal(tab_get(&bob, "/admin/audit").status, 403);
	assert_holds(bob.last.body, "data-error=\"role\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_done_stands_there_with_who_and_from_where),
		TEST(the_newest_come_first_fifty_a_page),
		TEST(a_row_changed_past_cairn_shows),
		TEST(a_row_taken_out_between_two_pages_shows),
		TEST(what_retention_took_is_no_harm),
		TEST(hostile_rows_stay_text),
		TEST(members_do_not_read_it),
	};

	return cmocka_run_group_tests_name("fcgi/audit", tests, NULL, NULL);
}
