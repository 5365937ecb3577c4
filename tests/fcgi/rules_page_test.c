/*
 * rules_page_test.c: the policy as tables; forms that put one entry into its
 * text or take one out, and leave the rest as it is.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/policies.h"

#include "db/policy_text.h"
#include "policy/policy.h"
#include "tailnet/policy_store.h"

#define PAGE "/admin/policy/rules"

static const char policy[] =
	"// Ours.\r\n"
	"{\r\n"
	"  \"groups\": {\r\n"
	"    \"group:dev\": [\"bob@\"], // few\r\n"
	"  },\r\n"
	"  \"tagOwners\": {\"tag:web\": []},\r\n"
	"  \"grants\": [\r\n"
	"    // The web.\r\n"
	"    {\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": [\"443\"]}, "
	"// ann\r\n"
	"  ],\r\n"
	"  \"tests\": [{\"src\": \"ann@\", \"accept\": [\"tag:web:443\"]}],\r\n"
	"}\r\n";

static void
begin(struct site *s, struct tab *ada, const char *text)
{
	*ada = tab_of(s, "ada", ROLE_OWNER);
	machine_of(s, person_without_password(s, "ann", ROLE_MEMBER), "laptop");
	machine_of(s, person_without_password(s, "bob", ROLE_MEMBER), "desk");
	machine_of(s, 0, "web");
	if (text)
		store(s, text);
}

/* Asks, looks at the answer, and says yes. */
static void
do_it(struct site *s, struct tab *t, const char *form, const char *fields)
{
	tab_get(t, PAGE);
	tab_choose(t, form);
	tab_post(t, PAGE, fields);
	assert_int_equal(t->last.status, 200);
	assert_sound(s->mem, t->last.body);
	assert_holds(t->last.body, "data-page=\"confirm\"");
	assert_holds(t->last.body, "id=\"diff\"");
	assert_holds(t->last.body, "id=\"check-impact\"");
	tab_choose(t, "form-confirm");
	tab_post(t, PAGE, arena_printf(s->mem, "%s&confirm=1", fields));
	assert_int_equal(t->last.status, 303);
	assert_string_equal(t->last.reply.location, PAGE);
}

static void
entries_stand_in_tables_with_their_lines(void **state)
{
	struct site *s = *state;
	struct tab ada, eve;

	begin(s, &ada, policy);
	eve = tab_of(s, "eve", ROLE_AUDITOR);
	tab_get(&ada, PAGE);
	assert_int_equal(ada.last.status, 200);
	assert_sound(s->mem, ada.last.body);
	assert_holds(ada.last.body, "data-page=\"policy-rules\"");
	assert_holds(ada.last.body,
		"<td data-col=\"from\" data-label=\"From\">ann@</td>");
	assert_holds(ada.last.body, "href=\"/admin/policy?line=9\">9</a>");
	assert_holds(ada.last.body, ">group:dev</th>");
	assert_holds(ada.last.body, "id=\"form-rule\"");
	assert_holds(ada.last.body, "accept tag:web:443");
	tab_get(&eve, PAGE);
	assert_sound(s->mem, eve.last.body);
	assert_lacks(eve.last.body, "id=\"form-rule\"");
	assert_lacks(eve.last.body, "Remove");
}

static void
each_kind_of_entry_has_its_row(void **state)
{
	static const char all[] =
		"{\"tagOwners\": {\"tag:web\": []},\n"
		"\"postures\": {\"posture:new\": "
		"[\"node:tsVersion >= '1.80'\"]},\n"
		"\"grants\": [\n"
		"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], "
		"\"app\": {\"example.com/cap\": [{}]}, "
		"\"srcPosture\": [\"posture:new\"]}],\n"
		"\"acls\": [\n"
		"{\"action\": \"accept\", \"users\": [\"bob@\"], "
		"\"ports\": [\"tag:web:53\"], \"proto\": \"udp\"}],\n"
		"\"ssh\": [\n"
		"{\"action\": \"check\", \"src\": [\"bob@\"], "
		"\"dst\": [\"tag:web\"], \"users\": [\"root\"]}]}\n";
	static const char *const cells[] = {
		"data-label=\"From\">ann@</td>",
		"data-label=\"To\">tag:web</td>",
		"data-label=\"Ports\">app {&quot;example.com/cap&quot;:[{}]}; "
		"posture posture:new</td>",
		"data-label=\"From\">bob@</td>",
		"data-label=\"To\">tag:web:53</td>",
		"data-label=\"Ports\">udp</td>",
		"data-label=\"As\">root; check</td>",
		"data-label=\"Owners\">admins</td>",
	};
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, all);
	tab_get(&ada, PAGE);
	assert_sound(s->mem, ada.last.body);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		assert_holds(ada.last.body, cells[i]);
	for (int line = 4; line <= 8; line += 2)
		assert_holds(ada.last.body,
			arena_printf(s->mem, "?line=%d\">%d</a>", line, line));
	assert_holds(ada.last.body, "data-label=\"Change\">");
}

static void
a_rule_comes_and_goes_and_no_other_byte_differs(void **state)
{
	struct site *s = *state;
	struct policy_text p;
	struct tab ada;

	begin(s, &ada, policy);
	do_it(s, &ada, "form-rule",
		"do=add-rule&src=group:dev,+ann@&dst=tag:web&ports=tcp:22");
	p = newest(s);
	assert_holds(p.text,
		"[\"443\"]}, // ann\r\n    {\"src\": [\"group:dev\", "
		"\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": [\"tcp:22\"]},\r\n"
		"  ],\r\n");
	assert_int_equal(strlen(p.text),
		strlen(policy) +
			strlen("    {\"src\": [\"group:dev\", \"ann@\"], "
			       "\"dst\": [\"tag:web\"], \"ip\": "
			       "[\"tcp:22\"]},\r\n"));
	assert_string_equal(
		p.note, "Added a rule: group:dev, ann@ to tag:web, tcp:22");
	do_it(s, &ada, "form-remove-grants-1",
		"do=remove-rule&section=grants&number=1");
	assert_string_equal(newest(s).text, policy);
}

static void
members_and_owners_come_and_go(void **state)
{
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, policy);
	do_it(s, &ada, "form-member",
		"do=add-member&name=group:dev&value=ann@");
	assert_holds(newest(s).text,
		"\"group:dev\": [\"bob@\", \"ann@\"], // few\r\n");
	do_it(s, &ada, "form-member",
		"do=add-member&name=group:ops&value=ann@");
	assert_holds(newest(s).text,
		"// few\r\n    \"group:ops\": [\"ann@\"],\r\n  },");
	do_it(s, &ada, "form-remove-groups-1",
		"do=remove-name&section=groups&name=group:ops&number=1");
	do_it(s, &ada, "form-remove-groups-0-1",
		"do=remove-listed&section=groups&name=group:dev&number=1");
	assert_string_equal(newest(s).text, policy);
	do_it(s, &ada, "form-owner",
		"do=add-owner&name=tag:db&value=group:dev");
	assert_holds(newest(s).text,
		"{\"tag:web\": [], \"tag:db\": [\"group:dev\"]}");
}

static void
a_member_who_is_no_user_yet_is_told_before_it_is_saved(void **state)
{
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, policy);
	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-member");
	tab_post(&ada, PAGE, "do=add-member&name=group:dev&value=ann@");
	assert_holds(ada.last.body, "data-page=\"confirm\"");
	assert_lacks(ada.last.body, "There is no user");
	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-member");
	tab_post(&ada, PAGE, "do=add-member&name=group:dev&value=nobody@");
	assert_holds(ada.last.body, "There is no user nobody@ yet.");
}

static void
ssh_rules_and_tests_come_and_go(void **state)
{
	static const char more[] =
		", {\"src\": \"bob@\", \"proto\": \"tcp\", \"deny\": "
		"[\"tag:web:443\", \"ann@:22\"]}],\r\n"
		"  \"ssh\": [\r\n"
		"    {\"action\": \"check\", \"src\": [\"ann@\"], \"dst\": "
		"[\"tag:web\"], \"users\": [\"root\"], \"checkPeriod\": "
		"\"12h\", \"acceptEnv\": [\"LANG\", \"LC_*\"]},\r\n"
		"  ],\r\n"
		"  \"sshTests\": [\r\n"
		"    {\"src\": \"ann@\", \"dst\": [\"tag:web\"], \"check\": "
		"[\"root\"], \"deny\": [\"bob\"]},\r\n"
		"  ],\r\n"
		"}\r\n";
	static const char end[] = "],\r\n}\r\n";
	struct site *s = *state;
	size_t kept = strlen(policy) - strlen(end);
	struct tab ada;

	begin(s, &ada, policy);
	do_it(s, &ada, "form-ssh",
		"do=add-ssh&src=ann@&dst=tag:web&users=root&action=check&"
		"period=12h&env=LANG,+LC_*");
	assert_string_equal(newest(s).note,
		"Added an SSH rule: ann@ to tag:web as root, check");
	do_it(s, &ada, "form-test",
		"do=add-test&src=bob@&accept=&deny=tag:web:443+ann@:22&"
		"proto=tcp");
	assert_string_equal(newest(s).note, "Added a test: from bob@");
	do_it(s, &ada, "form-ssh-test",
		"do=add-ssh-test&src=ann@&dst=tag:web&accept=&check=root&"
		"deny=bob");
	assert_memory_equal(newest(s).text, policy, kept);
	assert_string_equal(newest(s).text + kept, more);
	tab_get(&ada, PAGE);
	assert_holds(ada.last.body,
		"<td data-col=\"as\" data-label=\"As\">root; check</td>");
	assert_holds(ada.last.body, "deny tag:web:443, ann@:22");
	do_it(s, &ada, "form-remove-sshTests-0",
		"do=remove-rule&section=sshTests&number=0");
	do_it(s, &ada, "form-remove-tests-1",
		"do=remove-rule&section=tests&number=1");
	do_it(s, &ada, "form-remove-ssh-0",
		"do=remove-rule&section=ssh&number=0");
	assert_memory_equal(newest(s).text, policy, kept);
	assert_string_equal(newest(s).text + kept,
		"],\r\n  \"ssh\": [\r\n  ],\r\n  \"sshTests\": [\r\n  "
		"],\r\n}\r\n");
}

static void
what_would_be_refused_is_said_and_not_stored(void **state)
{
	static const char *const cases[][3] = {
		{ "form-rule", "do=add-rule&src=group:none&dst=*&ports=*",
			"The policy would be refused: " },
		{ "form-rule", "do=add-rule&src=&dst=*&ports=*",
			"Enter From." },
		{ "form-rule", "do=add-rule&src=*&dst=*&ports=99999",
			"&quot;99999&quot; is no port" },
		{ "form-rule", "do=add-rule&src=everybody&dst=*&ports=ssh",
			"id=\"rule-ports-error\"" },
		{ "form-rule", "do=add-rule&src=everybody&dst=*&ports=22",
			"id=\"rule-src-error\"" },
		{ "form-rule", "do=add-rule&src=*&dst=everybody&ports=22",
			"id=\"rule-dst-error\"" },
		{ "form-member", "do=add-member&name=group:dev&value=bob@",
			"It is listed there already." },
		{ "form-member", "do=add-member&name=dev&value=bob@",
			"The policy would be refused: " },
		{ "form-rule", "do=add-rule&src=,&dst=*&ports=*",
			"Enter From." },
		{ "form-ssh",
			"do=add-ssh&src=ann@&dst=tag:web&users=root&"
			"action=deny",
			"Choose one of the list." },
		{ "form-ssh",
			"do=add-ssh&src=ann@&dst=tag:web&users=root&"
			"action=accept&period=1h",
			"checkPeriod is only valid with action" },
		{ "form-ssh",
			"do=add-ssh&src=*&dst=tag:web&users=root&action=accept",
			"invalid src &quot;*&quot;" },
		{ "form-ssh",
			"do=add-ssh&src=ann@&dst=tag:web&users=,&action=accept",
			"Enter Logins." },
		{ "form-test", "do=add-test&src=ann@&accept=,&deny=",
			"Say what must be, or what must not be." },
		{ "form-test", "do=add-test&src=ann@&deny=tag:web:443",
			"test(s) failed; line " },
		{ "form-test", "do=add-test&src=ann@&deny=tag:web:22&proto=gre",
			"Choose one of the list." },
		{ "form-ssh-test",
			"do=add-ssh-test&src=ann@&dst=tag:web&accept=root",
			"test(s) failed" },
		{ "form-ssh-test",
			"do=add-ssh-test&src=ann@&dst=10.0.0.0/8&deny=root",
			"disallowed element" },
		{ "form-ssh-test", "do=add-ssh-test&src=ann@&dst=tag:web",
			"Say what must be, or what must not be." },
		/* Its test does not hold without it. */
		{ "form-remove-grants-0",
			"do=remove-rule&section=grants&number=0",
			"id=\"check\" data-result=\"tests\"" },
		{ "form-remove-grants-0",
			"do=remove-rule&section=grants&number=7",
			"It is not there any more." },
		{ "form-remove-grants-0",
			"do=remove-rule&section=derpMap&number=0",
			"It is not there any more." },
	};
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, policy);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ada, PAGE);
		tab_choose(&ada, cases[i][0]);
		tab_post(&ada, PAGE,
			arena_printf(
				s->mem, "%s&confirm=%zu", cases[i][1], i % 2));
		if (ada.last.status != 422)
			fail_msg("%s: %d", cases[i][1], ada.last.status);
		assert_sound(s->mem, ada.last.body);
		assert_holds(ada.last.body, cases[i][2]);
		assert_string_equal(newest(s).text, policy);
	}
	tab_get(&ada, PAGE);
	tab_post(&ada, PAGE, "do=nothing");
	assert_int_equal(ada.last.status, 400);
}

static size_t
count_of(const char *body, const char *words)
{
	size_t n = 0;

	for (; (body = strstr(body, words)); body++)
		n++;
	return n;
}

/* So many groups with so many members. */
static const char *
groups_of(struct arena *mem, int groups, int members)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"groups\": {");
	for (int i = 0; i < groups; i++) {
		buf_putf(&b, "%s\"group:g%d\": [", i ? ", " : "", i);
		for (int k = 0; k < members; k++)
			buf_putf(&b, "%s\"u%d@\"", k ? ", " : "", k);
		buf_puts(&b, "]");
	}
	buf_put(&b, "}}", 3);
	return (const char *)b.bytes;
}

static void
a_large_policy_makes_no_endless_page(void **state)
{
	static const struct {
		int groups, members;
		size_t rows, listed, buttons;
		const char *more;
	} cases[] = {
		{ 1, 50, 1, 50, 51, NULL },
		{ 1, 51, 1, 50, 51, "and 1 more" },
		{ 200, 0, 200, 0, 200, NULL },
		{ 201, 0, 200, 0, 200, "1 more are not shown" },
		{ 100, 2, 100, 200, 300, NULL },
		{ 101, 2, 101, 202, 300, NULL },
		{ 2000, 20, 200, 4000, 300, "1800 more are not shown" },
		{ 50000, 0, 200, 0, 200, "49800 more are not shown" },
	};
	struct site *s = *state;
	struct tab ada = tab_of(s, "ada", ROLE_OWNER);
	const char *why = "";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (tailnet_policy_set(s->db,
			    groups_of(
				    s->mem, cases[i].groups, cases[i].members),
			    "cli", s->now, s->mem, &why))
			fail_msg("%s", why);
		tab_get(&ada, PAGE);
		assert_int_equal(ada.last.status, 200);
		assert_int_equal(count_of(ada.last.body, "scope=\"row\""),
			cases[i].rows);
		assert_int_equal(
			count_of(ada.last.body, "<div>u"), cases[i].listed);
		assert_int_equal(count_of(ada.last.body, ">Remove</button>"),
			cases[i].buttons);
		if (cases[i].more)
			assert_holds(ada.last.body, cases[i].more);
		else
			assert_lacks(ada.last.body, " more");
	}
}

static void
another_version_meanwhile_is_a_conflict(void **state)
{
	struct site *s = *state;
	struct tab ada;
	const char *why;
	const char *const fields = "do=add-rule&src=ann@&dst=*&ports=80";
	const char *const theirs =
		arena_printf(s->mem, "%s// Theirs.\r\n", policy);

	begin(s, &ada, policy);
	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-rule");
	assert_int_equal(
		tailnet_policy_set(s->db, theirs, "cli", s->now, s->mem, &why),
		ERR_OK);
	tab_post(&ada, PAGE, fields);
	assert_int_equal(ada.last.status, 409);
	assert_sound(s->mem, ada.last.body);
	assert_holds(ada.last.body, "id=\"conflict\"");
	assert_holds(ada.last.body, "value=\"ann@\"");
	assert_string_equal(newest(s).text, theirs);
	/* Sending it again is for the version of now. */
	tab_choose(&ada, "form-rule");
	tab_post(&ada, PAGE, arena_printf(s->mem, "%s&confirm=1", fields));
	assert_int_equal(ada.last.status, 303);
	assert_holds(newest(s).text, "// Theirs.");
	assert_holds(newest(s).text, "[\"80\"]");
}

static void
the_first_rule_makes_the_text(void **state)
{
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, NULL);
	do_it(s, &ada, "form-rule", "do=add-rule&src=ann@&dst=bob@&ports=*");
	assert_string_equal(newest(s).text,
		"{\n\t\"grants\": [\n\t\t{\"src\": [\"ann@\"], \"dst\": "
		"[\"bob@\"], \"ip\": [\"*\"]},\n\t]\n}\n");
}

/* Fields of each form that are taken as they are. */
static const char *const sound[] = {
	"do=add-rule&src=bob@&dst=ann@&ports=22",
	"do=add-member&name=group:dev&value=ann@",
	"do=add-owner&name=tag:web&value=ann@",
	"do=add-ssh&src=ann@&dst=tag:web&users=root&action=accept",
	"do=add-test&src=bob@&deny=tag:web:22",
	"do=add-ssh-test&src=bob@&dst=tag:web&deny=root",
};
static const char *const forms[] = { "form-rule", "form-member", "form-owner",
	"form-ssh", "form-test", "form-ssh-test" };

enum {
	FORMS = sizeof(forms) / sizeof(forms[0]),
};

static void
send(struct site *s, struct tab *t, size_t form, const char *more)
{
	tab_get(t, PAGE);
	tab_choose(t, forms[form]);
	tab_post(t, PAGE, arena_printf(s->mem, "%s%s", sound[form], more));
}

static void
hostile_words_stay_text(void **state)
{
	static const char *const hostile[][4] = {
		{ "do=add-rule", "src", "dst", "ports" },
		{ "do=add-member", "name", "value", "section" },
		{ "do=add-owner", "name", "value", "section" },
		{ "do=add-ssh&action=check", "src", "dst", "users" },
		{ "do=add-test", "src", "accept", "deny" },
		{ "do=add-ssh-test", "src", "dst", "deny" },
	};
	struct site *s = *state;
	struct tab ada;
	const char *word = text_url_encode(s->mem, HOSTILE);

	begin(s, &ada,
		"{\"hosts\": {}, \"groups\": {\"group:<img src=x>\": []}, "
		"\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], \"app\": "
		"{\"x.example/<script>alert(1)</script>\": [{}]}}]}");
	tab_get(&ada, PAGE);
	assert_int_equal(ada.last.status, 200);
	assert_harmless(s, ada.last.body);
	for (size_t i = 0; i < FORMS; i++) {
		tab_get(&ada, PAGE);
		tab_choose(&ada, forms[i]);
		tab_post(&ada, PAGE,
			arena_printf(s->mem, "%s&%s=%s&%s=%s&%s=%s",
				hostile[i][0], hostile[i][1], word,
				hostile[i][2], word, hostile[i][3], word));
		assert_int_equal(ada.last.status, 422);
		assert_harmless(s, ada.last.body);
	}
}

/* Words that would end a text, a list or a comment are words. */
static void
no_word_ends_the_text_it_stands_in(void **state)
{
	static const char word[] = "\"],/*\\//\\\"}{[\t\xc2\x85\xe2\x80\xa8";
	struct site *s = *state;
	struct tab ada;

	begin(s, &ada, policy);
	tab_get(&ada, PAGE);
	tab_choose(&ada, "form-ssh");
	tab_post(&ada, PAGE,
		arena_printf(s->mem,
			"do=add-ssh&src=ann@&dst=tag:web&action=accept&"
			"users=root&env=a%sb&confirm=1",
			text_url_encode(s->mem, word)));
	assert_int_equal(ada.last.status, 303);
	assert_holds(newest(s).text, "\"users\": [\"root\"], \"acceptEnv\": ");
	tab_get(&ada, PAGE);
	assert_sound(s->mem, ada.last.body);
	do_it(s, &ada, "form-remove-ssh-0",
		"do=remove-rule&section=ssh&number=0");
}

static void
what_is_longer_than_its_field_is_not_taken(void **state)
{
	struct site *s = *state;
	char *long_word = arena_alloc(s->mem, 1002);
	struct tab ada;

	memset(long_word, 'a', 1001);
	begin(s, &ada, policy);
	for (int more = 0; more < 2; more++) {
		tab_get(&ada, PAGE);
		tab_choose(&ada, "form-ssh");
		tab_post(&ada, PAGE,
			arena_printf(s->mem, "%s&env=%.*s", sound[3],
				1000 + more, long_word));
		assert_int_equal(ada.last.status, more ? 422 : 200);
	}
	assert_holds(ada.last.body, "Use at most 1000 characters.");
	assert_string_equal(newest(s).text, policy);
}

static void
forms_of_another_making_have_no_effect(void **state)
{
	struct site *s = *state;
	const char *many = "";
	struct tab ada;

	begin(s, &ada, policy);
	for (int i = 0; i < 200; i++)
		many = arena_printf(s->mem, "%s&x%d=", many, i);
	for (size_t i = 0; i < FORMS; i++) {
		send(s, &ada, i, "&confirm=1&src=a%00b");
		assert_int_equal(ada.last.status, 400);
		send(s, &ada, i, "&confirm=1&src=ann@&name=group:dev");
		assert_int_equal(ada.last.status, 400);
		send(s, &ada, i, arena_printf(s->mem, "&confirm=1%s", many));
		assert_int_equal(ada.last.status, 400);
		tab_get(&ada, PAGE);
		tab_choose(&ada, forms[i]);
		ada.csrf = "of-another-session";
		tab_post(&ada, PAGE,
			arena_printf(s->mem, "%s&confirm=1", sound[i]));
		assert_int_equal(ada.last.status, 403);
		ada.more[0] = "HTTP_ORIGIN=https://elsewhere.example";
		send(s, &ada, i, "&confirm=1");
		ada.more[0] = NULL;
		assert_int_equal(ada.last.status, 403);
		tab_get(&ada, PAGE);
		tab_choose(&ada, forms[i]);
		ada.was = "0000";
		tab_post(&ada, PAGE,
			arena_printf(s->mem, "%s&confirm=1", sound[i]));
		assert_int_equal(ada.last.status, 409);
		assert_string_equal(newest(s).text, policy);
	}
}

static void
a_form_that_comes_twice_counts_once(void **state)
{
	struct site *s = *state;
	struct policy_text first;
	struct tab ada;

	begin(s, &ada, policy);
	for (size_t i = 0; i < FORMS; i++) {
		struct tab again;

		tab_get(&ada, PAGE);
		tab_choose(&ada, forms[i]);
		again = ada;
		tab_post(&ada, PAGE,
			arena_printf(s->mem, "%s&confirm=1", sound[i]));
		assert_int_equal(ada.last.status, 303);
		first = newest(s);
		tab_post(&again, PAGE,
			arena_printf(s->mem, "%s&confirm=1", sound[i]));
		assert_int_equal(again.last.status, 303);
		assert_int_equal(newest(s).id, first.id);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_stand_in_tables_with_their_lines),
		TEST(each_kind_of_entry_has_its_row),
		TEST(a_rule_comes_and_goes_and_no_other_byte_differs),
		TEST(members_and_owners_come_and_go),
		TEST(a_member_who_is_no_user_yet_is_told_before_it_is_saved),
		TEST(ssh_rules_and_tests_come_and_go),
		TEST(what_would_be_refused_is_said_and_not_stored),
		TEST(a_large_policy_makes_no_endless_page),
		TEST(another_version_meanwhile_is_a_conflict),
		TEST(the_first_rule_makes_the_text),
		TEST(hostile_words_stay_text),
		TEST(no_word_ends_the_text_it_stands_in),
		TEST(what_is_longer_than_its_field_is_not_taken),
		TEST(forms_of_another_making_have_no_effect),
		TEST(a_form_that_comes_twice_counts_once),
	};

	return cmocka_run_group_tests_name(
		"fcgi/rules_page", tests, NULL, NULL);
}
