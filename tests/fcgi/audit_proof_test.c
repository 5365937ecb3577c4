/*
 * audit_proof_test.c: what the pages say of the chain of the audit log: what
 * one of them knows, the others know too (fcgi/audit_proof.h).
 */
#include "tests/fcgi/audit_rows.h"
#include "tests/fcgi/hostile.h"

#include "base/text.h"
#include "db/audit_chain.h"
#include "db/db_inside.h"
#include "db/job.h"
#include "tailnet/audit_check.h"

/* ---- what the chain is known to be ---- */

static void
run_job(struct site *s, const char *kind)
{
	struct job j;

	assert_int_equal(db_job_want(s->db, kind, 0, s->now), ERR_OK);
	assert_int_equal(db_job_of(s->db, kind, 0, s->mem, &j), ERR_OK);
	assert_string_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id), "")
			.body,
		"done\n");
}

/* A row of add_many is another, and what it was again. */
static void
set_detail(struct site *s, const char *detail, const char *to)
{
	(void)db_exec(s->db, "DROP TRIGGER audit_stays");
	assert_int_equal(db_exec(s->db, arena_printf(s->mem,
						"UPDATE audit SET detail = "
						"'%s' WHERE detail = '%s'",
						to, detail)),
		ERR_OK);
}

static const char *
row_words(struct site *s, int64_t id)
{
	return arena_printf(s->mem, "ow %lld does not fit", (long long)id);
}

/* Whether the banner of the page that was asked for last names the log. */
static bool
is_in_banner(const struct tab *t)
{
	const char *strip = strstr(t->last.body, "id=\"strip\"");
	const char *name = strip ? strstr(strip, "Audit log") : NULL;

	return name && name < strstr(strip, "</div>");
}

static void
verify(struct tab *t)
{
	tab_send(t, "/admin/audit", "/admin/audit/verify", "");
	assert_int_equal(t->last.status, 303);
	assert_string_equal(t->last.reply.location, "/admin/audit");
}

static void
a_look_at_health_checks_rows_that_were_checked_before(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 60);
	run_job(s, "audit-check");
	run_job(s, "health");
	set_detail(s, "change 2", "nothing");
	tab_send(&ann, "/admin/health", "/admin/health/run", "");
	tab_get(&ann, "/admin/health");
	assert_holds(ann.last.body, row_words(s, first + 2));
	assert_true(is_in_banner(&ann));
}

static void
what_a_page_of_the_log_finds_stands_in_health_and_the_banner(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 20);
	run_job(s, "audit-check");
	run_job(s, "health");
	tab_get(&ann, "/admin/health");
	assert_false(is_in_banner(&ann));
	set_detail(s, "change 9", "nothing");
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, row_words(s, first + 9));
	assert_true(is_in_banner(&ann));
	tab_get(&ann, "/admin/health");
	assert_holds(ann.last.body, row_words(s, first + 9));
	run_job(s, "health");
	assert_holds(
		tab_get(&ann, "/admin/health").body, row_words(s, first + 9));
}

static void
the_first_row_that_does_not_fit_is_named(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 200);
	run_job(s, "audit-check");
	set_detail(s, "change 190", "nothing");
	set_detail(s, "change 2", "nought");
	/* Row 2 is on no page that is shown. */
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, row_words(s, first + 2));
}

static void
a_row_that_fits_again_is_no_finding_and_another_is(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 200);
	run_job(s, "audit-check");
	set_detail(s, "change 190", "nothing");
	assert_holds(
		tab_get(&ann, "/admin/audit").body, row_words(s, first + 190));
	set_detail(s, "nothing", "change 190");
	set_detail(s, "change 2", "nothing");
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, row_words(s, first + 2));
	assert_lacks(ann.last.body, row_words(s, first + 190));
	assert_holds(
		tab_get(&ann, "/admin/health").body, row_words(s, first + 2));
	set_detail(s, "nothing", "change 2");
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-state=\"intact\"");
	assert_false(is_in_banner(&ann));
}

/* One piece of the job does not reach the end of a long log. */
static void
what_does_not_fit_is_not_forgotten_by_a_piece(void **state)
{
	struct site *s = *state;
	struct audit_mark mark;
	int64_t first = newest(s) + 1;
	bool again;

	add_many(s, 60);
	set_detail(s, "change 50", "nothing");
	assert_int_equal(
		tailnet_audit_check(s->db, s->now, 1000, &again, &mark),
		ERR_OK);
	assert_int_equal(mark.broken, first + 50);
	assert_int_equal(
		tailnet_audit_check(s->db, s->now + 600, 30, &again, &mark),
		ERR_OK);
	assert_true(again);
	assert_int_equal(mark.broken, first + 50);
	set_detail(s, "nothing", "change 50");
	assert_int_equal(
		tailnet_audit_check(s->db, s->now + 601, 1000, &again, &mark),
		ERR_OK);
	assert_int_equal(mark.broken, 0);
	assert_int_equal(mark.id, newest(s));
}

/* Verifies on a connection of its own when the job's walk begins, as a page
 * does, before a row was changed that the job has behind it. */
struct meanwhile {
	struct site *s;
	struct db *other;
	bool done;
};

static int
when_the_walk_begins(unsigned kind, void *arg, void *handle, void *sql)
{
	struct meanwhile *m = arg;
	const char *text = sqlite3_sql(handle);
	struct audit_mark mark;
	bool again;

	(void)kind;
	(void)sql;
	if (m->done || !text || !strstr(text, "BETWEEN ?1 AND ?2 ORDER BY id "))
		return 0;
	m->done = true;
	assert_int_equal(tailnet_audit_verify(m->other, m->s->now + 1, 1000, 0,
				 &again, &mark),
		ERR_OK);
	assert_int_not_equal(mark.broken, 0);
	return 0;
}

static void
a_job_that_began_before_takes_no_finding_back(void **state)
{
	struct site *s = *state;
	struct meanwhile m = { .s = s };
	struct audit_mark mark;
	int64_t first = newest(s) + 1;
	bool again;

	add_many(s, 60);
	assert_int_equal(
		tailnet_audit_check(s->db, s->now, 1000, &again, &mark),
		ERR_OK);
	set_detail(s, "change 2", "nothing");
	assert_int_equal(db_open(s->home, &m.other), ERR_OK);
	sqlite3_trace_v2(
		s->db->handle, SQLITE_TRACE_STMT, when_the_walk_begins, &m);
	assert_int_equal(
		tailnet_audit_check(s->db, s->now, 1000, &again, &mark),
		ERR_OK);
	sqlite3_trace_v2(s->db->handle, 0, NULL, NULL);
	db_close(m.other);
	assert_true(m.done && again);
	assert_int_equal(mark.broken, first + 2);
}

static void
an_auditor_verifies_all_of_it_and_is_told_how_much(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	add_many(s, 1500);
	assert_holds(tab_get(&ann, "/admin/audit").body, "id=\"form-verify\"");
	verify(&ann);
	tab_get(&ann, "/admin/audit");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-flash=\"audit-verified\"");
	assert_holds(ann.last.body,
		arena_printf(s->mem, "%lld rows fit.", (long long)newest(s)));
	assert_holds(ann.last.body, "Checked from its beginning <time");
	assert_holds(ann.last.body, "cairn audit verify");
	set_detail(s, "change 3", "nothing");
	verify(&ann);
	assert_holds(tab_get(&ann, "/admin/audit").body,
		"data-flash=\"audit-broken\"");
}

static void
what_is_more_than_a_page_verifies_is_left_to_the_job(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	struct job j;

	add_many(s, AUDIT_VERIFY_ROWS - (int)newest(s) - 1);
	verify(&ann);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-flash=\"audit-verified\"");
	add_many(s, 1);
	set_detail(s, "change 0", "nothing");
	set_detail(s, "nothing", "change 0");
	verify(&ann);
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "data-flash=\"audit-asked\"");
	assert_holds(ann.last.body, "All of it is being checked");
	assert_int_equal(
		db_job_of(s->db, "audit-check", 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now);
	run_job(s, "audit-check");
	tab_get(&ann, "/admin/audit");
	assert_lacks(ann.last.body, "All of it is being checked");
	assert_holds(ann.last.body, "rows fit. Checked from its beginning");
}

static void
who_verifies_a_log_that_was_cut_is_told_so(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	add_many(s, 20);
	run_job(s, "audit-check");
	assert_int_equal(
		db_exec(s->db, arena_printf(s->mem,
				       "DELETE FROM audit WHERE id > %lld",
				       (long long)newest(s) - 5)),
		ERR_OK);
	verify(&ann);
	assert_holds(tab_get(&ann, "/admin/audit").body,
		"data-flash=\"audit-broken\"");
	assert_holds(ann.last.body, "were there and are not");
}

static void
the_page_of_a_row_before_the_one_that_is_known_makes_it_the_first(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 80);
	run_job(s, "audit-check");
	for (int row = 40; row > 0; row -= 20) {
		set_detail(s, arena_printf(s->mem, "change %d", row), "other");
		tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
				      (long long)first + row));
		assert_holds(ann.last.body, ">Does not fit</span>");
		assert_holds(tab_get(&ann, "/admin/health").body,
			row_words(s, first + row));
	}
}

/* Whoever asks again and again would else keep it from its end for ever. */
static void
a_walk_that_is_asked_for_often_comes_to_its_end(void **state)
{
	struct site *s = *state;
	struct audit_mark mark;
	int64_t first = newest(s) + 1;
	bool again = true;
	int asked = 0;

	add_many(s, 100);
	while (again && asked++ < 10)
		assert_int_equal(tailnet_audit_verify(
					 s->db, s->now, 30, 0, &again, &mark),
			ERR_OK);
	assert_false(again);
	assert_int_equal(asked, (newest(s) + 29) / 30);
	assert_int_equal(mark.id, newest(s));
	assert_int_equal(mark.whole_at, s->now);
	/* A row that it has behind it is a reason to begin anew. */
	assert_int_equal(
		tailnet_audit_verify(s->db, s->now, 30, 0, &again, &mark),
		ERR_OK);
	set_detail(s, "change 2", "nothing");
	assert_int_equal(tailnet_audit_verify(
				 s->db, s->now, 30, first + 2, &again, &mark),
		ERR_OK);
	assert_int_equal(mark.broken, first + 2);
	assert_false(again);
}

/* ---- the hashes as evidence ---- */

static const char *
hash_of(struct site *s, int64_t id)
{
	uint8_t hash[AUDIT_HASH_SIZE];
	char *text = arena_alloc(s->mem, 2 * AUDIT_HASH_SIZE + 1);

	assert_int_equal(db_audit_hash_of(s->db, id, hash), ERR_OK);
	text_hex(text, hash, sizeof(hash));
	return text;
}

static void
the_files_have_the_hash_of_each_row_and_of_the_one_before(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;
	const char *before, *hash;

	add_many(s, 3);
	before = hash_of(s, first + 1);
	hash = hash_of(s, first + 2);
	tab_get(&ann, "/admin/audit.csv?target=laptop");
	assert_holds(ann.last.body, ",from,session,hash,previous_hash\r\n");
	assert_holds(ann.last.body,
		arena_printf(s->mem, ",192.0.2.9,0,%s,%s\r\n", hash, before));
	tab_get(&ann, "/admin/audit.json?target=laptop");
	assert_holds(ann.last.body, arena_printf(s->mem,
					    "\"session\":0,\"hash\":\"%s\","
					    "\"previous_hash\":\"%s\"}",
					    hash, before));
}

static void
the_page_of_a_row_says_its_number_and_what_it_hangs_on(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t last;

	add_many(s, 3);
	last = newest(s);
	tab_get(&ann,
		arena_printf(s->mem, "/admin/audit/%lld", (long long)last));
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		arena_printf(s->mem,
			"<dt>Number</dt><dd data-fact=\"number\">%lld</dd>",
			(long long)last));
	assert_holds(
		ann.last.body, arena_printf(s->mem, "data-fact=\"hash\">%s<",
				       hash_of(s, last)));
	assert_holds(ann.last.body,
		arena_printf(s->mem, "data-fact=\"previous\">%s<",
			hash_of(s, last - 1)));
	assert_holds(ann.last.body, ">Fits</span>");
}

static void
the_page_of_a_row_that_was_changed_says_so_and_health_too(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t first = newest(s) + 1;

	add_many(s, 80);
	run_job(s, "audit-check");
	set_detail(s, "change 3", "nothing");
	tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
			      (long long)first + 4));
	assert_holds(ann.last.body, ">Fits</span>");
	tab_get(&ann, arena_printf(s->mem, "/admin/audit/%lld",
			      (long long)first + 3));
	assert_holds(ann.last.body, ">Does not fit</span>");
	assert_true(is_in_banner(&ann));
	assert_holds(
		tab_get(&ann, "/admin/health").body, row_words(s, first + 3));
}

static void
a_row_whose_predecessor_is_gone_does_not_fit(void **state)
{
	struct site *s = *state;
	struct audit_link link;
	int64_t last, gone;

	s->now += 1000;
	add_many(s, 3);
	last = newest(s);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_prune(s->db, s->now - 1, &gone), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_int_equal(db_audit_link(s->db, last - 2, &link), ERR_OK);
	assert_true(gone > 0 && link.fits && link.chained && !link.first);
	assert_int_equal(
		db_exec(s->db, "DELETE FROM audit WHERE detail = 'change 1'"),
		ERR_OK);
	assert_int_equal(db_audit_link(s->db, last, &link), ERR_OK);
	assert_false(link.fits);
	assert_int_equal(db_audit_link(s->db, last - 1, &link), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_look_at_health_checks_rows_that_were_checked_before),
		TEST(what_a_page_of_the_log_finds_stands_in_health_and_the_banner),
		TEST(the_first_row_that_does_not_fit_is_named),
		TEST(a_row_that_fits_again_is_no_finding_and_another_is),
		TEST(what_does_not_fit_is_not_forgotten_by_a_piece),
		TEST(a_job_that_began_before_takes_no_finding_back),
		TEST(an_auditor_verifies_all_of_it_and_is_told_how_much),
		TEST(what_is_more_than_a_page_verifies_is_left_to_the_job),
		TEST(who_verifies_a_log_that_was_cut_is_told_so),
		TEST(the_page_of_a_row_before_the_one_that_is_known_makes_it_the_first),
		TEST(a_walk_that_is_asked_for_often_comes_to_its_end),
		TEST(the_files_have_the_hash_of_each_row_and_of_the_one_before),
		TEST(the_page_of_a_row_says_its_number_and_what_it_hangs_on),
		TEST(the_page_of_a_row_that_was_changed_says_so_and_health_too),
		TEST(a_row_whose_predecessor_is_gone_does_not_fit),
	};

	return cmocka_run_group_tests_name(
		"fcgi/audit proof", tests, NULL, NULL);
}
