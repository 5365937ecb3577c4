/*
 * policy_restore_test.c: a version of the policy is looked at against the one
 * in force, and asked about, before it comes back.
 */
#include "tests/fcgi/machines.h"
#include "tests/fcgi/policies.h"

#define PAGE "/admin/policy"
#define OPEN "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}\n"
#define SHUT "{\"grants\":[]}\n"

/* Open, shut, and shut in other words. */
static struct tab
begin(struct site *s)
{
	store(s, OPEN);
	store(s, SHUT);
	store(s, "// now\n" SHUT);
	machine(s, &(struct made){ .name = "desk",
			   .user_id = person_without_password(
				   s, "bob", ROLE_MEMBER) });
	machine(s, &(struct made){ .name = "web", .tags = "[\"tag:web\"]" });
	return tab_of(s, "ann", ROLE_OWNER);
}

static void
a_version_leads_to_what_differs_from_the_one_in_force(void **state)
{
	struct site *s = *state;
	struct tab ann = begin(s);

	tab_get(&ann, PAGE "/history/1");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"href=\"/admin/policy/history/1?with=3\">Compare with version "
		"3, which is in force</a>");
	assert_lacks(tab_get(&ann, PAGE "/history/1?with=3").body, "?with=3\"");
	assert_lacks(tab_get(&ann, PAGE "/history/3").body, "Compare with");
}

static void
a_version_opens_in_the_editor_checked_and_not_saved(void **state)
{
	struct site *s = *state;
	struct tab ann = begin(s);

	tab_get(&ann, PAGE "/history/1");
	assert_holds(ann.last.body, "href=\"/admin/policy?version=1\"");
	tab_get(&ann, PAGE "?version=1");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"check\" data-result=\"ok\"");
	assert_holds(ann.last.body, "id=\"check-impact\"");
	assert_holds(strstr(ann.last.body, "<textarea"), "\n{&quot;grants&quot;"
							 ":[{&quot;src");
	assert_holds(ann.last.body, "value=\"The text of version 1\"");
	assert_int_equal(newest(s).id, 3);
	tab_get(&ann, PAGE "?version=9");
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "version");
	assert_holds(strstr(ann.last.body, "<textarea"), "\n// now\n");
}

static void
who_may_not_save_is_offered_neither_editor_nor_return(void **state)
{
	struct site *s = *state;
	struct tab eve;

	(void)begin(s);
	eve = tab_of(s, "eve", ROLE_AUDITOR);
	tab_get(&eve, PAGE "/history/1");
	assert_holds(eve.last.body, "?with=3\"");
	assert_lacks(eve.last.body, "?version=1");
	assert_lacks(eve.last.body, "form-restore");
	tab_get(&eve, PAGE "?version=1");
	assert_holds(strstr(eve.last.body, "<textarea"), "\n// now\n");
}

static void
the_button_that_restores_asks_with_what_opens_and_closes(void **state)
{
	struct site *s = *state;
	struct tab ann = begin(s);

	tab_get(&ann, PAGE "/history/1");
	assert_holds(ann.last.body, "name=\"ask\" value=\"1\"");
	tab_post(&ann, PAGE "/history/1/restore", "ask=1");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body, "<h1>Restore version 1?</h1>");
	assert_holds(ann.last.body, "<span class=\"del\">−// now</span>");
	assert_holds(ann.last.body, "id=\"impact-added\"");
	assert_holds(ann.last.body, "href=\"/admin/policy/history/1\">Cancel");
	assert_int_equal(newest(s).id, 3);
	tab_post(&ann, PAGE "/history/1/restore", "ask=1&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(newest(s).text, OPEN);
	assert_int_equal(newest(s).restored, 1);
}

static void
nothing_is_asked_that_would_be_refused_after_a_yes(void **state)
{
	struct site *s = *state;
	struct tab ann;

	store(s, OPEN);
	store(s, SHUT);
	ann = tab_of(s, "ann", ROLE_OWNER);
	tab_get(&ann, PAGE "/history/1");
	store(s, "// meanwhile\n" SHUT);
	tab_post(&ann, PAGE "/history/1/restore", "ask=1");
	assert_int_equal(ann.last.status, 409);
	assert_holds(ann.last.body, "cli saved version 3");
	assert_int_equal(newest(s).id, 3);
}

static void
a_version_that_fails_by_now_is_shown_in_the_editor_unasked(void **state)
{
	static const char tested[] =
		"{\"tagOwners\":{\"tag:web\":[]},\"grants\":[],\"tests\":"
		"[{\"src\":\"tag:web\",\"deny\":[\"192.0.2.1:22\"]}]}";
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t web = machine(
		s, &(struct made){ .name = "web", .tags = "[\"tag:web\"]" });

	store(s, tested);
	store(s, SHUT);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_node_delete(s->db, web), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&ann, PAGE "/history/1");
	tab_post(&ann, PAGE "/history/1/restore", "ask=1");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy\"");
	assert_holds(ann.last.body, "names no machine yet");
	assert_int_equal(newest(s).id, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_version_leads_to_what_differs_from_the_one_in_force),
		TEST(a_version_opens_in_the_editor_checked_and_not_saved),
		TEST(who_may_not_save_is_offered_neither_editor_nor_return),
		TEST(the_button_that_restores_asks_with_what_opens_and_closes),
		TEST(nothing_is_asked_that_would_be_refused_after_a_yes),
		TEST(a_version_that_fails_by_now_is_shown_in_the_editor_unasked),
	};

	return cmocka_run_group_tests_name(
		"fcgi/policy_restore", tests, NULL, NULL);
}
