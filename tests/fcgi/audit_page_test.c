/*
 * audit_page_test.c: the audit log as people see it.
 */
#include "tests/fcgi/audit_rows.h"
#include "tests/fcgi/hostile.h"

#include "db/audit_chain.h"
#include "db/audit_find.h"
#include "db/job.h"

static void
add(struct site *s, const struct audit *a)
{
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_add(s->db, a), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
what_was_done_stands_there_with_who_and_from_where(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *body;

	machine_of(s, 0, "laptop");
	assert_int_equal(db_exec(s->db, "UPDATE node SET id = 7"), ERR_OK);
	add_many(s, 1);
	body = tab_get(&ann, "/admin/audit").body;
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"audit\"");
	assert_holds(body, "<h1>Audit</h1>");
	assert_holds(body, "<table id=\"audit\"");
	assert_holds(body, "<a href=\"/admin/users/1\">ann</a>");
	assert_holds(body, "data-col=\"event\" data-label=\"Event\" "
			   "data-event=\"machine.renamed\">"
			   "Machine renamed</td>");
	assert_holds(body, "machine <a href=\"/admin/machines/7\">laptop</a>");
	assert_holds(body, "change 0");
	assert_holds(body, "192.0.2.9");
	assert_holds(body, arena_printf(s->mem, "intact to row %lld",
				   (long long)newest(s)));
	assert_holds(body, "id=\"filter\"");
	assert_holds(body, arena_printf(s->mem, "<a href=\"/admin/audit/%lld\"",
				   (long long)newest(s)));
}

/* The page's newest row, a row for each. */
static void
each_row_speaks_plainly(void **state)
{
	static const struct {
		struct audit row;
		const char *who, *target, *details;
	} cases[] = {
		{ { .actor = "user:1",
			  .action = "machine.renamed",
			  .subject = "node:99",
			  .subject_name = "kitchen",
			  .detail = "kitchen",
			  .before = "{\"name\":\"laptop\"}",
			  .after = "{\"name\":\"kitchen\"}" },
			"<a href=\"/admin/users/1\">ann</a>", "machine kitchen",
			"name: laptop → kitchen" },
		{ { .actor = "user:99",
			  .action = "machine.tagged",
			  .subject = "node:99",
			  .subject_name = "kitchen",
			  .detail = "[\"tag:a\"]",
			  .before = "{\"tags\":[],\"owner\":1,"
				    "\"expires_at\":\"2027-01-01T00:00:00Z\"}",
			  .after = "{\"tags\":[\"tag:a\",\"tag:b\"],"
				   "\"owner\":0,\"expires_at\":null}" },
			"user 99", "machine kitchen",
			"tags: none → tag:a tag:b; owner: ann → nobody; "
			"expires at: 2027-01-01T00:00:00Z → never" },
		{ { .actor = "cli",
			  .action = "setting.changed",
			  .subject = "setting:device_approval",
			  .subject_name = "device_approval",
			  .detail = "true",
			  .before = "{\"device_approval\":\"false\"}",
			  .after = "{\"device_approval\":\"true\"}" },
			"cli", "setting device_approval", "false → true" },
		{ { .actor = "user:1",
			  .action = "session.started",
			  .subject = "user:1",
			  .subject_name = "ann",
			  .detail = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"
				    " Gecko/20100101 Firefox/140.0" },
			"<a href=\"/admin/users/1\">ann</a>",
			"user <a href=\"/admin/users/1\">ann</a>",
			"Firefox on Linux" },
		{ { .actor = "user:1",
			  .action = "session.started",
			  .subject = "user:1",
			  .subject_name = "ann",
			  .detail = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"
				    " Gecko/20100101 Firefox/140.0",
			  .after = "{\"signed_in_with\":\"a recovery code\","
				   "\"recovery_codes_left\":7}" },
			"<a href=\"/admin/users/1\">ann</a>",
			"user <a href=\"/admin/users/1\">ann</a>",
			"Firefox on Linux; signed in with: a recovery code; "
			"recovery codes left: 7" },
		{ { .actor = "server",
			  .action = "session.refused",
			  .subject = "user:1",
			  .subject_name = "ann",
			  .detail = "wrong password" },
			"server", "user <a href=\"/admin/users/1\">ann</a>",
			"wrong password" },
		{ { .actor = "preauth-key:9",
			  .actor_name = "abc",
			  .action = "machine.registered",
			  .subject = "node:99",
			  .subject_name = "desk",
			  .detail = "desk, new, by key abc" },
			"key abc", "machine desk", "new, by key abc" },
		{ { .actor = "cli",
			  .action = "key.created",
			  .subject = "preauth-key:9",
			  .subject_name = "abc",
			  .detail = "abc" },
			"cli", "key abc", "" },
		{ { .actor = "cli",
			  .action = "user.created",
			  .subject = "user:99",
			  .subject_name = "eve",
			  .detail = "eve",
			  .after = "{\"name\":\"eve\",\"role\":\"member\"}" },
			"cli", "user eve", "role: member" },
		{ { .actor = "cli",
			  .action = "setup.link_made",
			  .subject = "link:0",
			  .detail = "" },
			"cli", "setup link", "" },
		{ { .actor = "cli",
			  .action = "machine.tagged",
			  .subject = "node:99",
			  .subject_name = "desk",
			  .detail = "[\"tag:a\",\"tag:b\"]" },
			"cli", "machine desk", "tag:a tag:b" },
		{ { .actor = "cli",
			  .action = "policy.saved",
			  .subject = "policy:99",
			  .subject_name = "version 99",
			  .after = "{\"lines_added\":2,\"hash\":\""
				   "97945632ec7188821e2a07c3f3c974fc"
				   "bb6db7bdbda170dc89ca07933cf0a38d\"}" },
			"cli", "policy version 99", "lines added: 2" },
		{ { .actor = "cli",
			  .action = "setting.changed",
			  .subject = "setting:members_make_keys",
			  .subject_name = "members_make_keys",
			  .after = "{\"members_make_keys\":\"true\"}" },
			"cli", "setting members_<wbr/>make_<wbr/>keys",
			"true" },
		{ { .actor = "cli",
			  .action = "x.y",
			  .subject = "node:99",
			  .detail = "",
			  .after = "no JSON" },
			"cli", "machine 99", "no JSON" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct audit row = cases[i].row;

		row.at = s->now;
		add(s, &row);
		tab_get(&ann, "/admin/audit");
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body,
			arena_printf(s->mem, "data-label=\"Who\">%s</td>",
				cases[i].who));
		assert_holds(ann.last.body,
			arena_printf(s->mem,
				"data-label=\"Target\">%s</td>"
				"<td data-col=\"details\" data-label=\""
				"Details\">%s</td>",
				cases[i].target, cases[i].details));
	}
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
	/* Whatever page is looked at. */
	tab_get(&ann, "/admin/audit?page=2");
	assert_holds(ann.last.body, "data-state=\"broken\"");
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
rows_cut_off_the_new_end_show(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 5);
	assert_int_equal(
		db_exec(s->db, "DELETE FROM audit WHERE detail = 'change 4'"),
		ERR_OK);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-state=\"broken\"");
	assert_holds(ann.last.body, "were there and are not");
}

static void
a_log_that_is_long_is_walked_by_a_job_and_the_page_says_so(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = 0;
	struct job j;

	add_many(s, 1500);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "newer rows are checked soon");
	assert_int_equal(db_job_want(s->db, "audit-check", 0, s->now), ERR_OK);
	assert_int_equal(
		db_job_of(s->db, "audit-check", 0, s->mem, &j), ERR_OK);
	id = j.id;
	assert_string_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)id), "")
			.body,
		"done\n");
	tab_get(&ann, "/admin/audit");
	assert_lacks(ann.last.body, "newer rows are checked soon");
	assert_holds(ann.last.body, arena_printf(s->mem, "intact to row %lld",
					    (long long)newest(s)));
	assert_holds(ann.last.body, "Checked from its beginning <time");
}

static void
what_the_job_found_stands_on_every_page(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct job j;

	add_many(s, 1500);
	assert_int_equal(db_exec(s->db, "DROP TRIGGER audit_stays"), ERR_OK);
	assert_int_equal(db_exec(s->db, "UPDATE audit SET detail = 'nothing' "
					"WHERE detail = 'change 1200'"),
		ERR_OK);
	assert_int_equal(db_job_want(s->db, "audit-check", 0, s->now), ERR_OK);
	assert_int_equal(
		db_job_of(s->db, "audit-check", 0, s->mem, &j), ERR_OK);
	ask(s, GROUP_JOBS, "POST",
		arena_printf(s->mem, "/job/%lld", (long long)j.id), "");
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-state=\"broken\"");
}

/* How many rows the address shows. */
static void
shows(struct tab *t, const char *query, size_t rows)
{
	const char *body =
		tab_get(t, arena_printf(t->s->mem, "/admin/audit?%s", query))
			.body;

	assert_int_equal(t->last.status, 200);
	assert_sound(t->s->mem, body);
	if (sound_count(body, "<tr id=\"event-") != rows)
		fail_msg("%s: %zu rows in %s", query,
			sound_count(body, "<tr id=\"event-"), body);
}

static void
each_filter_leaves_its_rows(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 3);
	add(s, &(struct audit){ .at = s->now + 86400,
		       .actor = "cli",
		       .action = "policy.saved",
		       .subject = "policy:1",
		       .detail = "by hand" });
	shows(&ann, "event=machine.renamed", 3);
	shows(&ann, "event=policy.saved", 1);
	shows(&ann, "who=ann&event=machine.renamed", 3);
	shows(&ann, "who=user:1&target=machine:7", 3);
	shows(&ann, "target=Laptop", 3);
	shows(&ann, "via=cli&q=hand", 1);
	shows(&ann, "q=change+-%22change+0%22&target=laptop", 2);
	shows(&ann, "since=2026-11-03", 1); /* NOW is on the day before */
	shows(&ann, "target=laptop&until=2026-11-02", 3);
	shows(&ann, "target=laptop&until=2026-11-01", 0);
	assert_holds(ann.last.body, "id=\"none\"");
	assert_holds(ann.last.body, "name=\"until\" value=\"2026-11-01\"");
	shows(&ann, "who=ann&event=machine.renamed&via=page&target=laptop&q=1",
		3);
	assert_holds(ann.last.body, "3 of ");
}

static void
the_filter_offers_words_for_the_codes(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 1);
	add(s, &(struct audit){
		       .at = s->now, .actor = "cli", .action = "x.y" });
	tab_get(&ann, "/admin/audit?event=machine.renamed");
	assert_holds(ann.last.body,
		"<option value=\"machine.renamed\" selected=\"\">"
		"Machine renamed</option>");
	assert_holds(ann.last.body, "<option value=\"x.y\">x.y</option>");
}

static void
a_search_finds_the_words_and_the_code(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, 2);
	shows(&ann, "q=%22Machine+renamed%22", 2);
	shows(&ann, "q=machine.renamed", 2);
}

static void
what_is_no_filter_is_left_out_and_named(void **state)
{
	static const char *const bad[] = { "event=never.was", "via=pigeon",
		"since=yesterday", "until=2026-13-01", "before=7", "before=x-y",
		"since=1969-01-01" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tab_get(&ann, arena_printf(s->mem, "/admin/audit?%s", bad[i]));
		assert_int_equal(ann.last.status, 200);
		assert_holds(ann.last.body,
			arena_printf(s->mem,
				"Not understood and left out: %.*s.",
				(int)strcspn(bad[i], "="), bad[i]));
		assert_holds(ann.last.body, "<tr id=\"event-");
	}
}

static void
a_search_that_goes_far_back_says_how_far_it_looked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *link;

	add(s, &(struct audit){ .at = s->now,
		       .actor = "cli",
		       .action = "x.y",
		       .detail = "needle" });
	add_many(s, AUDIT_LOOK + 1);
	shows(&ann, "q=needle", 0);
	assert_holds(ann.last.body, "id=\"further\"");
	assert_holds(ann.last.body, "At least 0 of ");
	link = strstr(ann.last.body, "/admin/audit?before=");
	assert_non_null(link);
	link = browser_text(s->mem, link, strchr(link, '"'));
	shows(&ann, strchr(link, '?') + 1, 1);
	assert_lacks(ann.last.body, "id=\"further\"");
}

static void
more_rows_than_are_counted_are_at_least_so_many(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	add_many(s, AUDIT_MATCHES);
	shows(&ann, "event=machine.renamed", 50);
	assert_holds(ann.last.body, "<p id=\"count\" data-swap=\"\">1000 of ");
	add_many(s, 1);
	shows(&ann, "event=machine.renamed&page=20", 50);
	assert_holds(ann.last.body, "At least 1000 of ");
	assert_holds(ann.last.body, "id=\"further\"");
}

static void
a_row_tells_what_was_before_and_after(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	add(s, &(struct audit){ .at = s->now,
		       .actor = "user:1",
		       .action = "machine.tagged",
		       .subject = "node:99",
		       .subject_name = "desk",
		       .address = "192.0.2.9",
		       .session = 4,
		       .before = "{\"tags\":[],\"expires_at\":null}",
		       .after = "{\"tags\":[\"tag:a\",\"tag:b\"]}" });
	tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
			      (long long)newest(s)));
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"audit-row\"");
	assert_holds(ann.last.body, "<h1>Tags of a machine set</h1>");
	assert_holds(ann.last.body, "<code>machine.tagged</code>");
	assert_holds(ann.last.body, "machine desk");
	assert_holds(ann.last.body, "<th scope=\"row\" data-col=\"field\" "
				    "data-label=\"Field\">tags</th>"
				    "<td data-col=\"before\" data-label=\""
				    "Before\">none</td><td data-col=\"after\" "
				    "data-label=\"After\">tag:a tag:b</td>");
	assert_holds(ann.last.body, ">expires at</th><td data-col=\"before\" "
				    "data-label=\"Before\">never</td>");
	assert_holds(ann.last.body, "data-fact=\"hash\"");
	assert_holds(ann.last.body, "/admin/audit?target=node%3A99");
}

static void
each_row_has_the_second_and_the_zone(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *why;

	assert_int_equal(settings_put(s->db, "time_zone", "Europe/Vienna",
				 "cli", s->now, s->mem, &why),
		ERR_OK);
	add(s, &(struct audit){ .at = 1761438607, /* 00:30:07 UTC */
		       .actor = "cli",
		       .action = "x.y" });
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "<time datetime=\"2025-10-26T00:30:07Z\" "
				    "data-exact=\"\">2025-10-26 02:30:07 CEST"
				    "</time>");
	tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
			      (long long)newest(s)));
	assert_holds(ann.last.body, ">2025-10-26 02:30:07 CEST</time>");
}

static void
a_row_that_is_not_there_is_not_found(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	assert_int_equal(tab_get(&ann, "/admin/audit/99999").status, 404);
	assert_holds(ann.last.body, "href=\"/admin/audit\"");
	assert_int_equal(tab_get(&ann, "/admin/audit/x").status, 404);
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
	assert_harmless(
		s, tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
					 (long long)newest(s)))
			   .body);
}

/* All of it leaves, in pieces, whatever the pages show. */
static void
a_file_holds_all_rows_that_match(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *body;

	add_many(s, AUDIT_LOOK + 10);
	add(s, &(struct audit){ .at = s->now,
		       .actor = "cli",
		       .action = "x.y",
		       .subject_name = "=1+1",
		       .before = "{\"a\":false}",
		       .detail = "-2" });
	body = tab_get(&ann, "/admin/audit.csv?target=laptop").body;
	assert_int_equal(ann.last.status, 200);
	assert_int_equal(sound_count(body, "\r\n"), AUDIT_LOOK + 11);
	assert_holds(body, "id,at,actor,actor_name,via,event,");
	assert_holds(body, "change 0");
	body = tab_get(&ann, "/admin/audit.csv?event=x.y").body;
	assert_holds(body, ",'=1+1,'-2,");
	body = tab_get(&ann, "/admin/audit.json?event=machine.renamed").body;
	assert_holds(body, "\"event\":\"machine.renamed\"");
	assert_int_equal(sound_count(body, "\n{\"id\":"), AUDIT_LOOK + 10);
	assert_holds(body, "\"target_name\":\"laptop\"");
	assert_holds(body, "\"before\":null,\"after\":null,");
	body = tab_get(&ann, "/admin/audit.json?event=x.y").body;
	assert_holds(body, "\"before\":{\"a\":false},\"after\":null,");
}

static void
a_file_stands_in_the_log_itself(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	tab_get(&ann, "/admin/audit.json?who=cli");
	assert_string_equal(audit_last(s).action, "audit.exported");
	assert_string_equal(audit_last(s).detail, "audit.json?who=cli");
	assert_string_equal(audit_last(s).actor_name, "ann");
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
		TEST(each_row_speaks_plainly),
		TEST(the_newest_come_first_fifty_a_page),
		TEST(a_row_changed_past_cairn_shows),
		TEST(a_row_taken_out_between_two_pages_shows),
		TEST(what_retention_took_is_no_harm),
		TEST(rows_cut_off_the_new_end_show),
		TEST(a_log_that_is_long_is_walked_by_a_job_and_the_page_says_so),
		TEST(what_the_job_found_stands_on_every_page),
		TEST(each_filter_leaves_its_rows),
		TEST(the_filter_offers_words_for_the_codes),
		TEST(a_search_finds_the_words_and_the_code),
		TEST(what_is_no_filter_is_left_out_and_named),
		TEST(a_search_that_goes_far_back_says_how_far_it_looked),
		TEST(more_rows_than_are_counted_are_at_least_so_many),
		TEST(a_row_tells_what_was_before_and_after),
		TEST(each_row_has_the_second_and_the_zone),
		TEST(a_row_that_is_not_there_is_not_found),
		TEST(hostile_rows_stay_text),
		TEST(a_file_holds_all_rows_that_match),
		TEST(a_file_stands_in_the_log_itself),
		TEST(members_do_not_read_it),
	};

	return cmocka_run_group_tests_name("fcgi/audit", tests, NULL, NULL);
}
