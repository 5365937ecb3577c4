/*
 * rules_edge_test.c: the page of rules where its text changes under it, cannot
 * be read, or is gone; and what it looks like after a refusal.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/policies.h"

#define PAGE "/admin/policy/rules"
#define RULE "do=add-rule&src=ann@&dst=*&ports=80"

static const char policy[] =
	"{\"groups\": {\"group:dev\": [\"Nobody@\"]},\n"
	"\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": [\"*\"]}]}\n";

static struct tab
begin(struct site *s)
{
	struct tab ada = tab_of(s, "ada", ROLE_OWNER);

	machine_of(s, person_without_password(s, "ann", ROLE_MEMBER), "laptop");
	store(s, policy);
	return ada;
}

static void
send(struct tab *t, const char *form, const char *fields)
{
	tab_get(t, PAGE);
	tab_choose(t, form);
	tab_post(t, PAGE, fields);
	if (t->last.status != 303)
		assert_sound(t->s->mem, t->last.body);
}

static void
it_stands_in_the_menu_of_the_policy_and_follows_it(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	assert_holds(ada.last.body, "data-live=\"policy\"");
	assert_holds(ada.last.body,
		"<a href=\"/admin/policy\" aria-current=\"page\">");
	assert_holds(
		ada.last.body, "<a href=\"" PAGE "\" aria-current=\"page\">");
}

static void
only_the_form_that_was_refused_is_open_and_nothing_replaces_it(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	assert_lacks(ada.last.body, "<details open");
	send(&ada, "form-member", "do=add-member&name=group:dev&value=");
	assert_int_equal(ada.last.status, 422);
	assert_int_equal(sound_count(ada.last.body, "<details open=\"\">"), 1);
	assert_holds(strstr(ada.last.body, "<details open=\"\">"),
		"id=\"form-member\"");
	assert_lacks(ada.last.body, "data-live=\"policy\"");
}

static void
a_text_that_cannot_be_read_is_mended_in_the_editor(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-rule");
	assert_int_equal(
		db_exec(s->db, "UPDATE policy_text SET text = '{\"x'"), ERR_OK);
	tab_post(&ada, PAGE, RULE);
	assert_int_equal(ada.last.status, 303);
	assert_string_equal(ada.last.reply.location, "/admin/policy");
	assert_int_equal(tab_get(&ada, PAGE).status, 303);
	assert_string_equal(ada.last.reply.location, "/admin/policy");
}

static void
a_policy_that_is_gone_is_a_conflict_that_says_so(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-rule");
	assert_int_equal(db_exec(s->db, "DELETE FROM policy"), ERR_OK);
	tab_post(&ada, PAGE, RULE);
	assert_int_equal(ada.last.status, 409);
	assert_holds(ada.last.body, "There is no policy any more.");
	assert_lacks(ada.last.body, "saved another version");
}

static void
a_login_is_known_however_it_is_written_and_only_one_of_a_list_is_told(
	void **state)
{
	static const struct {
		const char *form, *fields;
		bool told;
	} cases[] = {
		{ "form-member", "do=add-member&name=group:dev&value=ANN@",
			false },
		{ "form-member", "do=add-member&name=group:dev&value=eve@",
			true },
		{ "form-owner", "do=add-owner&name=tag:x&value=eve@", true },
		{ "form-owner", "do=add-owner&name=tag:x&value=group:dev",
			false },
		{ "form-remove-groups-0-0",
			"do=remove-listed&section=groups&name=group:dev&"
			"number=0",
			false },
		{ "form-rule", RULE "&value=eve@", false },
	};
	struct site *s = *state;
	struct tab ada = begin(s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send(&ada, cases[i].form, cases[i].fields);
		assert_holds(ada.last.body, "data-page=\"confirm\"");
		assert_holds(ada.last.body, "id=\"check-impact\"");
		assert_holds(ada.last.body, "href=\"" PAGE "\">Cancel</a>");
		if (!strstr(ada.last.body, "There is no user") == cases[i].told)
			fail_msg("%s", cases[i].fields);
	}
}

static void
what_was_saved_is_told_with_its_version(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	send(&ada, "form-rule", RULE "&confirm=1");
	assert_int_equal(ada.last.status, 303);
	tab_get(&ada, PAGE);
	assert_holds(ada.last.body, "data-flash=\"policy-saved\"");
	assert_holds(ada.last.body,
		arena_printf(s->mem, "ersion %lld", (long long)newest(s).id));
}

static void
each_form_has_its_button_and_a_word_that_is_nobody_its_reason(void **state)
{
	static const char *const deeds[] = { "add-rule", "add-member",
		"add-owner", "add-ssh", "add-test", "add-ssh-test" };
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		assert_holds(ada.last.body,
			arena_printf(s->mem, "value=\"%s\"", deeds[i]));
	send(&ada, "form-rule", "do=add-rule&src=everybody&dst=*&ports=80");
	assert_holds(ada.last.body, "Each is a user, group, tag, autogroup, "
				    "host or address.");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_stands_in_the_menu_of_the_policy_and_follows_it),
		TEST(only_the_form_that_was_refused_is_open_and_nothing_replaces_it),
		TEST(a_text_that_cannot_be_read_is_mended_in_the_editor),
		TEST(a_policy_that_is_gone_is_a_conflict_that_says_so),
		TEST(a_login_is_known_however_it_is_written_and_only_one_of_a_list_is_told),
		TEST(each_form_has_its_button_and_a_word_that_is_nobody_its_reason),
		TEST(what_was_saved_is_told_with_its_version),
	};

	return cmocka_run_group_tests_name(
		"fcgi/rules_edge", tests, NULL, NULL);
}
