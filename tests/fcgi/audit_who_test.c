/*
 * audit_who_test.c: the audit log is searched for who it was in the words of
 * the page as in those of the log (spec/pages.md 14).
 */
#include "tests/fcgi/machines.h"

#define LOG "/admin/audit"

static void
add(struct site *s, const char *actor)
{
	const struct audit a = { .at = s->now,
		.actor = actor,
		.action = "machine.said",
		.subject = "node:7" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static size_t
rows_by(struct tab *t, const char *who)
{
	tab_get(t,
		arena_printf(t->s->mem, LOG "?event=machine.said&who=%s", who));
	assert_int_equal(t->last.status, 200);
	assert_sound(t->s->mem, t->last.body);
	return sound_count(t->last.body, "<tr id=\"event-");
}

static void
a_machine_and_a_key_are_found_by_the_words_of_the_page(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	add(s, "node:7");
	add(s, "preauth-key:3");
	assert_int_equal(rows_by(&ann, "machine:7"), 1);
	assert_int_equal(rows_by(&ann, "node:7"), 1);
	assert_int_equal(rows_by(&ann, "key:3"), 1);
	assert_int_equal(rows_by(&ann, "machine:3"), 0);
}

static void
what_the_server_did_by_itself_is_found_as_the_systems(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	add(s, "server");
	add(s, "cli");
	assert_int_equal(rows_by(&ann, "system"), 1);
	assert_holds(ann.last.body, "value=\"system\"");
	assert_int_equal(rows_by(&ann, "server"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_and_a_key_are_found_by_the_words_of_the_page),
		TEST(what_the_server_did_by_itself_is_found_as_the_systems),
	};

	return cmocka_run_group_tests_name("fcgi/audit_who", tests, NULL, NULL);
}
