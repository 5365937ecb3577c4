/*
 * filter_note_test.c: pages that are no lists name what of their address they
 * did not understand, as lists do (spec/pages.md 1.1).
 */
#include "tests/fcgi/machines.h"

#include "db/policy_text.h"

#define LEFT_OUT "id=\"filter-note\">Not understood and left out: "

static void
store(struct site *s, const char *text)
{
	struct policy_text p = { .text = text, .author = "cli" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_policy_add(s->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
assert_left_out(
	struct site *s, struct tab *t, const char *path, const char *what)
{
	assert_int_equal(tab_get(t, path).status, 200);
	assert_sound(s->mem, t->last.body);
	assert_holds(
		t->last.body, arena_printf(s->mem, LEFT_OUT "%s.</p>", what));
}

static void
assert_understood(struct tab *t, const char *path)
{
	assert_int_equal(tab_get(t, path).status, 200);
	assert_lacks(t->last.body, "id=\"filter-note\"");
}

static void
the_editor_names_a_template_and_a_line_that_are_not_there(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "{\"grants\": []}\n// two\n");
	assert_understood(&ann, "/admin/policy?template=open");
	assert_understood(&ann, "/admin/policy?line=2");
	assert_holds(ann.last.body, "class=\"excerpt\"");
	assert_left_out(s, &ann, "/admin/policy?template=x", "template");
	assert_left_out(s, &ann, "/admin/policy?line=3", "line");
	assert_lacks(ann.last.body, "class=\"excerpt\"");
	assert_left_out(s, &ann, "/admin/policy?line=9999999999", "line");
	assert_left_out(s, &ann, "/admin/policy?line=x", "line");
}

static void
a_version_names_a_line_and_another_version_that_are_not_there(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	store(s, "{\"grants\": []}");
	store(s, "{}");
	assert_understood(&ann, "/admin/policy/history/2?with=1&line=1");
	assert_left_out(s, &ann, "/admin/policy/history/2?with=7", "with");
	assert_holds(ann.last.body, "Against version 1");
	assert_left_out(
		s, &ann, "/admin/policy/history/2?with=x&line=2", "with, line");
}

static void
the_picture_names_a_view_and_an_order_that_it_has_not(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	assert_understood(&ann, "/admin/network?by=tag");
	assert_understood(&ann, "/admin/network?view=paths");
	assert_left_out(s, &ann, "/admin/network?by=x", "by");
	assert_left_out(s, &ann, "/admin/network?view=x&by=y", "view, by");
}

static void
the_dry_run_names_days_beyond_what_a_rule_may_have(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	assert_understood(&ann, "/admin/settings/stale?days=3650");
	assert_left_out(s, &ann, "/admin/settings/stale?days=3651", "days");
	assert_left_out(s, &ann, "/admin/settings/stale?days=x", "days");
	assert_lacks(ann.last.body, "id=\"dry-run\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_editor_names_a_template_and_a_line_that_are_not_there),
		TEST(a_version_names_a_line_and_another_version_that_are_not_there),
		TEST(the_picture_names_a_view_and_an_order_that_it_has_not),
		TEST(the_dry_run_names_days_beyond_what_a_rule_may_have),
	};

	return cmocka_run_group_tests_name(
		"fcgi/filter_note", tests, NULL, NULL);
}
