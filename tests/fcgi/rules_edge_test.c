/*
 * rules_edge_test.c: the page of rules where its text changes under it, cannot
 * be read, or is gone; and what it looks like after a refusal.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/policies.h"

#include "db/db_inside.h"
#include "policy/policy.h"

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
a_text_that_is_too_large_to_be_read_is_mended_in_the_editor_too(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-rule");
	assert_int_equal(db_exec(s->db, arena_printf(s->mem,
						"UPDATE policy_text SET text = "
						"printf('{%%%d.s}', '')",
						POLICY_TEXT_MAX)),
		ERR_OK);
	tab_post(&ada, PAGE, RULE);
	assert_int_equal(ada.last.status, 303);
	assert_string_equal(ada.last.reply.location, "/admin/policy");
	assert_int_equal(tab_get(&ada, PAGE).status, 303);
	assert_string_equal(ada.last.reply.location, "/admin/policy");
}

/* With room for so many bytes more, after a rule was put in. */
static const char *
almost_full(struct site *s, int room)
{
	static const char rule[] = ", {\"src\": [\"ann@\"], \"dst\": [\"*\"], "
				   "\"ip\": [\"80\"]}";

	return arena_printf(s->mem, "%s%*s", policy,
		(int)(POLICY_TEXT_MAX - strlen(policy) - strlen(rule)) - room,
		"");
}

static void
a_rule_that_fills_the_text_is_saved_and_one_byte_more_is_refused(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);

	for (int confirmed = 0; confirmed < 2; confirmed++) {
		const char *more = confirmed ? "&confirm=1" : "";

		store(s, almost_full(s, -1));
		send(&ada, "form-rule", arena_printf(s->mem, RULE "%s", more));
		assert_int_equal(ada.last.status, 422);
		assert_holds(ada.last.body,
			"The policy would be refused: policy too large");
		assert_int_equal(
			strlen(newest(s).text) - strlen(almost_full(s, -1)), 0);
	}
	store(s, almost_full(s, 0));
	send(&ada, "form-rule", RULE "&confirm=1");
	assert_int_equal(ada.last.status, 303);
	assert_int_equal(strlen(newest(s).text), POLICY_TEXT_MAX);
}

static void
what_is_refused_without_a_field_is_shown_with_its_text(void **state)
{
	static const char tested[] =
		"{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], "
		"\"ip\": [\"*\"]}],\n"
		"\"tests\": [{\"src\": \"ann@\", \"accept\": "
		"[\"ann@:22\"]}]}\n";
	struct site *s = *state;
	struct tab ada = begin(s);
	const char *field;

	store(s, tested);
	for (int confirmed = 0; confirmed < 2; confirmed++) {
		send(&ada, "form-remove-grants-0",
			confirmed ? "do=remove-rule&section=grants&number=0"
				    "&confirm=1"
				  : "do=remove-rule&section=grants&number=0");
		assert_int_equal(ada.last.status, 422);
		field = strstr(ada.last.body, "<textarea");
		assert_non_null(field);
		assert_holds(field, "&quot;tests&quot;: [{");
		assert_lacks(field, "&quot;dst&quot;: [&quot;*&quot;]");
		assert_holds(ada.last.body, "data-result=\"tests\"");
	}
}

static void
ports_of_several_protocols_are_no_acl(void **state)
{
	static const char acls[] =
		"{\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"], "
		"\"dst\": [\"*:*\"]}]}\n";
	struct site *s = *state;
	struct tab ada = begin(s);

	store(s, acls);
	send(&ada, "form-rule",
		"do=add-rule&src=ann@&dst=*&ports=tcp:80,udp:53&confirm=1");
	assert_int_equal(ada.last.status, 422);
	assert_holds(ada.last.body,
		"This policy has acls, which take ports of one protocol each: "
		"add a rule for each protocol.");
	assert_string_equal(newest(s).text, acls);
}

static void
the_question_says_what_is_done_and_leaves_the_database_alone(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);
	int64_t row = audit_last(s).id;

	send(&ada, "form-member", "do=add-member&name=group:dev&value=ann@");
	assert_holds(ada.last.body, "Added ann@ to group:dev.");
	assert_int_equal(audit_last(s).id, row);
	assert_string_equal(newest(s).text, policy);
}

static void
what_was_saved_is_by_who_saved_it(void **state)
{
	struct site *s = *state;
	struct tab ada = begin(s);
	struct user u;

	send(&ada, "form-rule", RULE "&confirm=1");
	assert_int_equal(ada.last.status, 303);
	assert_int_equal(db_user_by_name(s->db, "ada", s->mem, &u), ERR_OK);
	assert_string_equal(newest(s).author,
		arena_printf(s->mem, "user:%lld", (long long)u.id));
	assert_string_equal(audit_last(s).actor, newest(s).author);
}

/* Saves on a connection of its own, between what the page reads and what it
 * writes. */
struct meanwhile {
	struct site *s;
	struct db *other;
	const char *text;
	bool read, done;
};

static int
when_it_was_read(unsigned kind, void *arg, void *handle, void *sql)
{
	struct meanwhile *m = arg;
	const char *text = sqlite3_sql(handle), *why = "";

	(void)kind;
	(void)sql;
	m->read |= text && strstr(text, "t.text");
	if (m->done || !m->read || strcmp(text, "BEGIN") != 0)
		return 0;
	m->done = true;
	assert_int_equal(tailnet_policy_set(m->other, m->text, "cli", m->s->now,
				 m->s->mem, &why),
		ERR_OK);
	return 0;
}

static void
post_while(struct site *s, struct tab *t, const char *text)
{
	struct meanwhile m = { .s = s, .text = text };

	assert_int_equal(db_open(s->home, &m.other), ERR_OK);
	tab_get(t, PAGE);
	tab_choose(t, "form-rule");
	sqlite3_trace_v2(
		s->db->handle, SQLITE_TRACE_STMT, when_it_was_read, &m);
	tab_post(t, PAGE, RULE "&confirm=1");
	sqlite3_trace_v2(s->db->handle, 0, NULL, NULL);
	db_close(m.other);
	assert_true(m.done);
}

static void
a_version_that_comes_between_the_reading_and_the_writing_is_kept(void **state)
{
	static const char theirs[] =
		"// Theirs.\n{\"groups\": {\"group:late\": []}}\n";
	struct site *s = *state;
	struct tab ada = begin(s);

	post_while(s, &ada, theirs);
	assert_int_equal(ada.last.status, 409);
	assert_sound(s->mem, ada.last.body);
	assert_holds(ada.last.body, "saved another version at ");
	assert_holds(ada.last.body, ">group:late</th>");
	assert_holds(ada.last.body, "value=\"ann@\"");
	assert_int_equal(sound_count(ada.last.body, "<details open=\"\">"), 1);
	assert_string_equal(newest(s).text, theirs);
	/* Sent again it is for that one. */
	tab_choose(&ada, "form-rule");
	tab_post(&ada, PAGE, RULE "&confirm=1");
	assert_int_equal(ada.last.status, 303);
	assert_holds(newest(s).text, "// Theirs.");
	assert_holds(newest(s).text, "[\"80\"]");
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
		{ "form-owner", "do=add-owner&name=tag:x&value=mia@", false },
		{ "form-owner", "do=add-owner&name=tag:x&value=Mia@example.com",
			false },
		{ "form-owner",
			"do=add-owner&name=tag:x&value=user:*@example.com",
			false },
		{ "form-remove-groups-0-0",
			"do=remove-listed&section=groups&name=group:dev&"
			"number=0",
			false },
		{ "form-rule", RULE "&value=eve@", false },
	};
	struct site *s = *state;
	struct tab ada = begin(s);
	struct user mia = {
		.name = "mia", .role = ROLE_MEMBER, .email = "mia@example.com"
	};
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &mia, s->now, &id),
		ERR_OK);
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
		TEST(a_text_that_is_too_large_to_be_read_is_mended_in_the_editor_too),
		TEST(a_rule_that_fills_the_text_is_saved_and_one_byte_more_is_refused),
		TEST(what_is_refused_without_a_field_is_shown_with_its_text),
		TEST(ports_of_several_protocols_are_no_acl),
		TEST(the_question_says_what_is_done_and_leaves_the_database_alone),
		TEST(what_was_saved_is_by_who_saved_it),
		TEST(a_version_that_comes_between_the_reading_and_the_writing_is_kept),
		TEST(a_policy_that_is_gone_is_a_conflict_that_says_so),
		TEST(a_login_is_known_however_it_is_written_and_only_one_of_a_list_is_told),
		TEST(each_form_has_its_button_and_a_word_that_is_nobody_its_reason),
		TEST(what_was_saved_is_told_with_its_version),
	};

	return cmocka_run_group_tests_name(
		"fcgi/rules_edge", tests, NULL, NULL);
}
