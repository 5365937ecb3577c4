/*
 * policy_page_test.c: the text of the policy through the pages: what is typed
 * is what is stored, byte for byte, or it is told what is wrong with it.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/policies.h"

#include <sys/wait.h>

#include "db/policy_text.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_lines.h"
#include "policy/policy.h"
#include "tailnet/policy_store.h"

#define PAGE "/admin/policy"
#define OPEN "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}\n"

static const char *
encoded(struct site *s, const char *text)
{
	return text_url_encode(s->mem, text);
}

/* Sends the form of the page looked at last. */
static struct answer
send(struct tab *t, const char *what, const char *text, const char *note)
{
	return tab_post(t, PAGE,
		arena_printf(t->s->mem, "text=%s&note=%s&do=%s",
			encoded(t->s, text), encoded(t->s, note), what));
}

/* The text in the field, as a browser reads the page. */
static const char *
in_field(struct tab *t)
{
	const char *at = strstr(t->last.body, "<textarea");

	assert_non_null(at);
	at = strchr(at, '>') + 1;
	at += *at == '\n';
	return browser_text(t->s->mem, at, strstr(at, "</textarea>"));
}

/* As a browser sends what stands in a field. */
static const char *
crlf(struct site *s, const char *text)
{
	char *out = arena_alloc(s->mem, 2 * strlen(text) + 1), *to = out;

	for (; *text; text++) {
		if (*text == '\n')
			*to++ = '\r';
		*to++ = *text;
	}
	*to = '\0';
	return out;
}

static void
without_a_policy_there_are_texts_to_begin_with(void **state)
{
	static const char *const names[] = { "own-devices", "open", "closed",
		"tagged" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_NETWORK_ADMIN);

	tab_get(&ann, PAGE);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy\"");
	assert_holds(ann.last.body, "<h1>Access policy</h1>");
	assert_holds(ann.last.body, "data-version=\"0\" data-hash=\"\"");
	assert_holds(ann.last.body, "every machine reaches every other");
	assert_holds(ann.last.body, "href=\"/admin/policy\" aria-current");
	for (size_t i = 0; i < 4; i++) {
		const char *path =
			arena_printf(s->mem, PAGE "?template=%s", names[i]);

		assert_holds(tab_get(&ann, PAGE).body,
			arena_printf(s->mem, "href=\"%s\"", path));
		tab_get(&ann, path);
		assert_sound(s->mem, ann.last.body);
		assert_holds(in_field(&ann), "// ");
		assert_holds(in_field(&ann), "\"grants\"");
	}
	assert_string_equal(newest(s).text, "");
	tab_get(&ann, PAGE "?template=open");
	assert_int_equal(
		send(&ann, "save", crlf(s, in_field(&ann)), "").status, 303);
	assert_holds(newest(s).text, "// Every machine reaches every other");
	assert_lacks(newest(s).text, "\r");
	assert_lacks(tab_get(&ann, PAGE).body, "?template=");
	tab_get(&ann, PAGE "?template=x");
	assert_string_equal(in_field(&ann), newest(s).text);
}

static void
a_save_is_a_version_with_its_note_and_is_in_the_log(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);
	struct policy_text p;

	tab_get(&ann, PAGE);
	send(&ann, "save", "// one\r\n" OPEN, "to begin");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, PAGE);
	p = newest(s);
	assert_string_equal(p.text, "// one\n" OPEN);
	assert_string_equal(p.author_name, "ann");
	assert_string_equal(p.via, "page");
	assert_string_equal(p.note, "to begin");
	assert_string_equal(audit_last(s).action, "policy.saved");
	assert_string_equal(audit_last(s).actor_name, "ann");
	tab_get(&ann, PAGE);
	assert_holds(ann.last.body, "data-flash=\"policy-saved\"");
	assert_holds(ann.last.body, "Saved as version 1.");
	assert_holds(ann.last.body,
		arena_printf(s->mem, "data-hash=\"%s\"", p.hash));
	assert_holds(ann.last.body, ", saved by ann, ");
	tab_get(&ann, "/admin/audit");
	assert_holds(ann.last.body, "href=\"/admin/policy/history/1\"");
	assert_holds(ann.last.body, "note: to begin");
}

static void
what_was_not_changed_keeps_every_byte(void **state)
{
	static const char *const texts[] = { OPEN, "\n\n" OPEN,
		"// a\r\n" OPEN "// mixed\r\n", "\r// lone\n" OPEN,
		"\t// tab  \n" OPEN "\n\n \n",
		"// & &amp; <b> \" ' </textarea> \xc3\xbc\n" OPEN,
		"// \xe2\x80\xae turned, \x01 control\n" OPEN,
		"\r\n// crlf\r\n{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],"
		"\"ip\":[\"*\"]}]}" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t version;

		store(s, texts[i]);
		version = newest(s).id;
		tab_get(&ann, PAGE);
		send(&ann, "save", crlf(s, in_field(&ann)), "");
		assert_int_equal(ann.last.status, 303);
		assert_string_equal(newest(s).text, texts[i]);
		assert_int_equal(newest(s).id, version);
		assert_holds(tab_get(&ann, PAGE).body,
			"data-flash=\"policy-unchanged\"");
		/* And one more line has the line end of the others. */
		send(&ann, "save",
			crlf(s, arena_printf(
					s->mem, "%s\n// more", in_field(&ann))),
			"");
		assert_int_equal(ann.last.status, 303);
		assert_string_equal(newest(s).text,
			policy_lines_taken(s->mem,
				arena_printf(s->mem, "%s\n// more",
					policy_lines_shown(s->mem, texts[i])),
				texts[i]));
	}
}

static void
the_first_line_end_of_what_was_edited_decides(void **state)
{
	static const char *const cases[][3] = {
		{ "a\r\nb", "", "a\nb" },
		{ "a\r\nb", "x\ny\r\n", "a\nb" },
		{ "a\r\nb", "x\r\ny\n", "a\r\nb" },
		{ "a\nb\rc", "x\r\ny\n", "a\r\nb\r\nc" },
		{ "x\r\ny\r\n", "x\r\ny\n", "x\r\ny\n" },
		{ "x\r\ny\r\n", "x\ry\r", "x\ry\r" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			policy_lines_taken(mem, cases[i][0], cases[i][1]),
			cases[i][2]);
	arena_free(mem);
}

static void
a_check_tells_and_stores_nothing(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "// old\n" OPEN);
	tab_get(&ann, PAGE);
	send(&ann, "check", "// new\n" OPEN, "kept");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"<main id=\"main\" tabindex=\"-1\"><section "
		"id=\"check\" data-result=\"ok\"");
	assert_holds(ann.last.body, "<span class=\"add\">+// new</span>");
	assert_holds(ann.last.body, "<span class=\"del\">−// old</span>");
	assert_string_equal(in_field(&ann), "// new\n" OPEN);
	assert_holds(ann.last.body, "name=\"note\" value=\"kept\"");
	assert_string_equal(newest(s).text, "// old\n" OPEN);
	/* What was checked is saved from there. */
	assert_int_equal(send(&ann, "save", "// new\n" OPEN, "").status, 303);
	assert_string_equal(newest(s).text, "// new\n" OPEN);
}

static void
what_is_refused_is_told_and_kept(void **state)
{
	static const char *const acts[] = { "check", "save" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, OPEN);
	for (size_t i = 0; i < 2; i++) {
		tab_get(&ann, PAGE);
		send(&ann, acts[i], "// mine\n{\"grants\": [", "why");
		assert_int_equal(ann.last.status, i ? 422 : 200);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "data-result=\"error\"");
		assert_holds(ann.last.body, "<ol id=\"check-errors\"><li");
		assert_string_equal(in_field(&ann), "// mine\n{\"grants\": [");
		assert_holds(ann.last.body, "name=\"note\" value=\"why\"");
		assert_int_equal(newest(s).id, 1);
	}
	assert_holds(ann.last.body, "<title>Error: Access policy");
}

static void
an_error_is_told_at_its_line_with_what_may_help(void **state)
{
	static const char *const cases[][3] = {
		{ "{\n\t\"grants\": [\n\t\t1 2\n\t]\n}",
			"<li data-line=\"3\" data-column=\"5\"><a "
			"href=\"#policy-text\" data-line=\"3\">Line 3, column "
			"5</a>: invalid character '2' after array value "
			"(expecting ',' or ']')",
			"   3  \t\t1 2\n      \t\t  ^\n   4  \t]\n</pre>" },
		{ "{\"acls\": [\n{\"action\": \"accept\", \"src\": [\"*\"], "
		  "\"dst\": [\"10.0.0.1\"]}]}",
			"<li data-line=\"2\"",
			"Did you mean &quot;10.0.0.1:*&quot;?" },
		{ "{\"acls\": [{\"action\": \"accept\", \"src\": "
		  "[\"tag:a\"], \"dst\": [\"*:*\"]}]}",
			"src=tag not found: &quot;tag:a&quot;",
			"Give &quot;tag:a&quot; an owner in" },
		{ "{\"acl\": []}", "json: unknown field &quot;acl&quot;",
			"There is no &quot;acl&quot;" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ann, PAGE);
		send(&ann, "check", cases[i][0], "");
		assert_int_equal(ann.last.status, 200);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, cases[i][1]);
		assert_holds(ann.last.body, cases[i][2]);
	}
}

static void
no_hint_is_given_that_would_be_refused_too(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, PAGE);
	send(&ann, "check",
		"{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": "
		"[\"tcp:99999\"]}]}",
		"");
	assert_holds(ann.last.body, "data-result=\"error\"");
	assert_lacks(ann.last.body, "Did you mean");
}

static void
each_test_of_a_policy_is_a_row(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	machine_of(s, 1, "laptop");
	machine_of(s, 0, "web");
	tab_get(&ann, PAGE);
	send(&ann, "save",
		"{\"tagOwners\": {\"tag:web\": []},\n"
		"\"grants\": [{\"src\": [\"ann@\"], \"dst\": "
		"[\"tag:web\"], \"ip\": [\"tcp:443\"]}],\n"
		"\"tests\": [{\"src\": \"ann@\", \"accept\": "
		"[\"tag:web:443\", \"tag:web:80\"],\n"
		" \"deny\": [\"tag:web:443\"]}]}",
		"");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-result=\"tests\"");
	assert_holds(ann.last.body, "test(s) failed");
	assert_holds(ann.last.body, "id=\"check-tests\"");
	assert_holds(ann.last.body, "<tr data-result=\"pass\">");
	assert_holds(ann.last.body, "fails: no rule (laptop to web)</td>");
	assert_holds(ann.last.body,
		"fails: let through by grants[0], line 2 (laptop to web)</td>");
	assert_string_equal(newest(s).text, "");
}

static void
a_login_that_a_test_wants_otherwise_is_told_with_its_rule(void **state)
{
	static const char *const rows[] = {
		"data-result=\"fail\"><th scope=\"row\" data-col=\"line\" "
		"data-label=\"Line\"><a href=\"#policy-text\" "
		"data-line=\"4\">4</a></th><td data-col=\"from\" data-label=\"From\">ann@</td>"
		"<td data-col=\"wants\" data-label=\"Wants\">accept</td><td data-col=\"to\" data-label=\"To\">"
		"root on tag:web</td><td data-col=\"result\" data-label=\"Result\">fails: held "
		"for a check by ssh[0], line 2 (laptop to web)</td>",
		"bob on tag:web</td><td data-col=\"result\" data-label=\"Result\">fails: no rule "
		"(laptop to web)</td>",
		"eve on tag:web</td><td data-col=\"result\" data-label=\"Result\">fails: let in by "
		"ssh[1], line 3 (laptop to web)</td>",
		"root on tag:web</td><td data-col=\"result\" data-label=\"Result\">passes</td>",
		"<td data-col=\"from\" data-label=\"From\">nobody@</td>",
		"fails: src &quot;nobody@&quot;: names nobody</td>",
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	machine_of(s, 1, "laptop");
	machine_of(s, 0, "web");
	tab_get(&ann, PAGE);
	send(&ann, "check",
		"{\"tagOwners\": {\"tag:web\": []}, \"ssh\": [\n"
		"{\"action\": \"check\", \"src\": [\"ann@\"], \"dst\": "
		"[\"tag:web\"], \"users\": [\"root\"]},\n"
		"{\"action\": \"accept\", \"src\": [\"ann@\"], \"dst\": "
		"[\"tag:web\"], \"users\": [\"eve\"]}], \"sshTests\": [\n"
		"{\"src\": \"ann@\", \"dst\": [\"tag:web\"], \"accept\": "
		"[\"root\", \"bob\"], \"deny\": [\"eve\"], \"check\": "
		"[\"root\"]},\n"
		"{\"src\": \"nobody@\", \"dst\": [\"tag:web\"], \"deny\": "
		"[\"root\"]}]}",
		"");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-result=\"tests\"");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_holds(ann.last.body, rows[i]);
}

static void
a_stored_text_that_cannot_be_loaded_is_told_everywhere(void **state)
{
	struct policy_text p = { .text = "{\n\"future\": 1}", .author = "cli" };
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	store(s, OPEN);
	assert_lacks(tab_get(&eve, "/admin/machines").body, "not in force");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_policy_add(s->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&eve, "/admin/machines");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"strip\" role=\"status\" "
				    "data-swap=\"\" data-level=\"bad\"");
	assert_holds(eve.last.body, "The newest policy is not in force: "
				    "version 2 of the policy");
	assert_holds(eve.last.body, "so version 1 is in force");
	tab_get(&eve, PAGE);
	assert_int_equal(eve.last.status, 200);
	assert_holds(eve.last.body, "data-result=\"error\"");
	assert_holds(eve.last.body, "data-line=\"2\"");
	assert_string_equal(in_field(&eve), p.text);
	tab_get(&eve, PAGE "/history");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "data-badge=\"broken\">Cannot be loaded<");
	assert_holds(eve.last.body, "data-badge=\"current\">In force<");
	assert_holds(eve.last.body,
		"<tr id=\"version-1\" data-id=\"1\" data-state=\"current\">");
	/* A line of the answer is one of what is in force. */
	machine_of(s, 1, "laptop");
	machine_of(s, 0, "web");
	tab_get(&eve, "/admin/access?src=laptop&dst=web");
	assert_holds(eve.last.body, "href=\"" PAGE "/history/1?line=1\"");
	tab_get(&eve, PAGE "/history/1?line=1");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "class=\"excerpt\"");
}

static void
a_check_says_what_opens_and_closes(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	machine_of(s, 1, "laptop");
	machine_of(s, bob, "desk");
	machine_of(s, 0, "web");
	store(s, OPEN);
	tab_get(&ann, PAGE);
	send(&ann, "check",
		"{\"tagOwners\": {\"tag:web\": []},\n\"grants\": [\n"
		"{\"src\": [\"bob@\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:443\"]}]}",
		"");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"check-impact\"");
	assert_holds(ann.last.body, "Adds 0 flows, removes 6.");
	assert_holds(ann.last.body, "Machines that lose all access: laptop.");
	assert_holds(ann.last.body, "You lose access to: ");
	assert_holds(ann.last.body, "2 people lose access to something.");
	assert_holds(ann.last.body, "People who lose all access: ann.");
	assert_holds(ann.last.body,
		">ann</th><td data-col=\"loses-access-to\" data-label=\"Loses "
		"access to\">1 machine of tag:web, 1 machine of bob<span "
		"class=\"sub\">closes all ports</span></td>");
	assert_holds(ann.last.body,
		">bob</th><td data-col=\"loses-access-to\" data-label=\"Loses "
		"access to\">1 machine of ann<span class=\"sub\">closes all "
		"ports</span></td>");
	assert_holds(ann.last.body,
		"data-label=\"Other ports to\">1 machine of tag:web<span class="
		"\"sub\">closes tcp 0-442, tcp 444-65535, udp all ports</span>"
		"</td>");
	assert_holds(ann.last.body, "id=\"impact-removed\"");
	/* The line is one of the old text. */
	assert_holds(ann.last.body, ">Old line</th>");
	assert_holds(ann.last.body,
		"data-label=\"Old line\"><a href=\"" PAGE "/history/1?line=1\" "
		"target=\"_blank\">1</a>");
	assert_lacks(ann.last.body, "id=\"impact-added\"");
	send(&ann, "check", OPEN "// as before\n", "");
	assert_holds(ann.last.body, "Adds 0 flows, removes 0.");
	assert_lacks(ann.last.body, "id=\"impact-people\"");
	send(&ann, "check",
		"{\"tagOwners\": {\"tag:web\": []},\n\"grants\": [\n"
		"{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": [\"*\"], "
		"\"app\": {\"example.com/cap/a\": [{}]}}],\n\"ssh\": [\n"
		"{\"action\": \"check\", \"src\": [\"bob@\"], \"dst\": "
		"[\"tag:web\"], \"users\": [\"root\"]}]}",
		"");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"<tr data-kind=\"ssh\"><th scope=\"row\" data-col=\"from\" data-label=\"From\">"
		"desk</th><td data-col=\"to\" data-label=\"To\">web</td><td data-col=\"ports\" data-label=\""
		"Ports\">SSH as root, after a check</td><td data-col=\"line\" data-label=\""
		"Line\"><a href=\"#policy-text\" data-line=\"5\">5</a></td>");
	assert_holds(ann.last.body, ">app example.com/cap/a</td>");
	assert_string_equal(newest(s).text, OPEN);
}

static void
assert_order(const char *body, const char *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(body, parts[i]);

		if (!at)
			fail_msg("no %s behind the one before it", parts[i]);
		body = at;
	}
}

static void
what_matters_of_a_check_stands_first_and_can_be_saved_there(void **state)
{
	static const char *const good[] = { "can be saved</h2>",
		"form=\"form-policy\" name=\"do\" value=\"save\"",
		"id=\"check-impact\"", "id=\"check-tests\"",
		"<details><summary>", "id=\"check-diff\"",
		"</details></section>" };
	static const char *const bad[] = { "is refused</h2>",
		"id=\"check-tests\"", "id=\"check-impact\"",
		"id=\"impact-removed\"", "<details><summary>" };
	static const char text[] =
		"{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": "
		"[\"tcp:22\"]}],\n\"tests\": [{\"src\": \"ann@\", \"%s\": "
		"[\"bob@:22\"]}]}";
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	machine_of(s, 1, "laptop");
	machine_of(s, person_without_password(s, "bob", ROLE_MEMBER), "desk");
	store(s, OPEN);
	tab_get(&ann, PAGE);
	send(&ann, "check", arena_printf(s->mem, text, "accept"), "");
	assert_sound(s->mem, ann.last.body);
	assert_order(ann.last.body, good, 7);
	send(&ann, "check", arena_printf(s->mem, text, "deny"), "");
	assert_sound(s->mem, ann.last.body);
	assert_order(ann.last.body, bad, 5);
	assert_lacks(ann.last.body, "form=\"form-policy\"");
}

static void
the_mark_of_an_error_is_seen_on_a_narrow_screen(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, PAGE);
	send(&ann, "check",
		"\t\t{\"\xc3\xa4\": \"a long, long line that goes on and "
		"\xc3\xbc\", 1 2}",
		"");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "   1  … that goes on and ü&quot;, 1 2}\n"
				    "                             ^\n");
}

static void
two_who_edit_at_once_hear_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_NETWORK_ADMIN);

	store(s, "// old\n" OPEN);
	tab_get(&ann, PAGE);
	tab_get(&eve, PAGE);
	assert_int_equal(send(&eve, "save", "// eve\n" OPEN, "").status, 303);
	send(&ann, "save", "// ann\n" OPEN, "");
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"conflict\"");
	assert_holds(ann.last.body, "eve saved version 2 at ");
	assert_holds(ann.last.body, "<span class=\"add\">+// eve</span>");
	assert_holds(ann.last.body, "<span class=\"del\">−// old</span>");
	assert_string_equal(in_field(&ann), "// ann\n" OPEN);
	assert_string_equal(newest(s).text, "// eve\n" OPEN);
	assert_int_equal(send(&ann, "save", "// ann\n" OPEN, "").status, 303);
	assert_string_equal(newest(s).text, "// ann\n" OPEN);
}

static void
a_check_does_not_hide_what_another_saved_meanwhile(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_NETWORK_ADMIN);
	const char *was;

	store(s, "// old\r\n" OPEN);
	was = newest(s).hash;
	tab_get(&ann, PAGE);
	tab_get(&eve, PAGE);
	assert_int_equal(
		send(&eve, "save", "{\"grants\": []}", "").status, 303);
	for (int i = 0; i < 2; i++) {
		static const char *const texts[] = { "// ann\r\n" OPEN,
			"{\"grants\": 1}" };

		send(&ann, "check", texts[1 - i], "");
		assert_int_equal(ann.last.status, 200);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "id=\"conflict\"");
		assert_holds(ann.last.body, "eve saved version 2 at ");
		assert_string_equal(ann.was, was);
	}
	send(&ann, "save", "{\"grants\": 1}", "");
	assert_int_equal(ann.last.status, 409);
	tab_get(&ann, PAGE);
	ann.was = was;
	assert_int_equal(send(&ann, "save", "// ann\n" OPEN, "").status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"conflict\"");
	assert_string_equal(newest(s).text, "{\"grants\": []}");
	assert_string_equal(ann.was, newest(s).hash);
	assert_int_equal(send(&ann, "save", "// ann\n" OPEN, "").status, 303);
}

static void
a_draft_that_was_asked_goes_back_to_the_editor(void **state)
{
	static const char text[] = "\n// \t\"mine\" &amp; \xc3\xbc\n" OPEN "\n";
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	const char *was;

	store(s, OPEN);
	was = newest(s).hash;
	tab_get(&ann, PAGE);
	tab_post(&ann, "/admin/access",
		arena_printf(
			s->mem, "text=%s&note=why", encoded(s, crlf(s, text))));
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"formaction=\"" PAGE "\" name=\"do\" value=\"edit\"");
	assert_string_equal(ann.was, was);
	store(s, "{\"grants\": []}");
	send(&ann, "edit", crlf(s, in_field(&ann)), tab_value(&ann, "note"));
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy\"");
	assert_holds(ann.last.body, "cli saved version 2 at ");
	assert_string_equal(in_field(&ann), text);
	assert_string_equal(ann.was, was);
	assert_holds(ann.last.body, "name=\"note\" value=\"why\"");
	/* One that was begun there. */
	tab_get(&ann, "/admin/access");
	send(&ann, "edit", text, "");
	assert_lacks(ann.last.body, "id=\"conflict\"");
	assert_string_equal(ann.was, newest(s).hash);
	assert_int_equal(newest(s).id, 2);
	assert_lacks(tab_get(&eve, "/admin/access").body, "value=\"edit\"");
}

static void
a_line_is_shown_that_a_link_names(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	store(s, "// one\n// two\n// three\n// four\n" OPEN);
	tab_get(&ann, PAGE "?line=3");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"   2  // two\n   3  // three\n   4  // four\n</pre>");
	assert_lacks(tab_get(&ann, PAGE "?line=99").body, "class=\"excerpt\"");
	assert_lacks(tab_get(&ann, PAGE "?line=x").body, "class=\"excerpt\"");
}

static void
who_only_reads_sees_the_text_and_no_button(void **state)
{
	static const enum role readers[] = { ROLE_IT_ADMIN, ROLE_AUDITOR };
	struct site *s = *state;

	store(s, "// old\n" OPEN);
	store(s, OPEN);
	for (size_t i = 0; i < 2; i++) {
		struct tab t =
			tab_of(s, arena_printf(s->mem, "r%zu", i), readers[i]);

		tab_get(&t, PAGE);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body, " readonly=\"\"");
		assert_lacks(t.last.body, "form-policy");
		assert_lacks(t.last.body, "value=\"save\"");
		assert_string_equal(in_field(&t), OPEN);
		tab_get(&t, PAGE "/history/1");
		assert_int_equal(t.last.status, 200);
		assert_lacks(t.last.body, "form-restore");
	}
}

static void
versions_are_listed_compared_and_put_back(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	assert_holds(tab_get(&ann, PAGE "/history").body, "id=\"empty\"");
	store(s, "// one\n" OPEN);
	store(s, "// two\n" OPEN);
	store(s, "// three\n" OPEN);
	tab_get(&ann, PAGE "/history");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy-history\"");
	assert_holds(ann.last.body, "3 versions");
	assert_holds(ann.last.body, "<tr id=\"version-3\" data-id=\"3\" "
				    "data-state=\"current\">");
	assert_holds(ann.last.body, "+1 −1");
	assert_holds(ann.last.body,
		"data-exact=\"\">2026-11-02 06:13:20 UTC</time>");
	tab_get(&ann, PAGE "/history/2");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy-version\"");
	assert_holds(ann.last.body, "Against version 1");
	assert_holds(ann.last.body, "<span class=\"add\">+// two</span>");
	tab_get(&ann, PAGE "/history/1?with=3");
	assert_holds(ann.last.body, "Against version 3");
	assert_holds(ann.last.body, "<span class=\"del\">−// three</span>");
	tab_post(&ann, PAGE "/history/1/restore", "");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, PAGE);
	assert_string_equal(newest(s).text, "// one\n" OPEN);
	assert_int_equal(newest(s).restored, 1);
	assert_holds(audit_last(s).after, "\"restored\":1");
	tab_get(&ann, PAGE);
	assert_holds(ann.last.body, "Restored as version 4.");
	assert_holds(tab_get(&ann, PAGE "/history").body,
		"href=\"/admin/policy/history/1\">version 1</a>");
	assert_int_equal(tab_get(&ann, PAGE "/history/9").status, 404);
	assert_int_equal(tab_get(&ann, PAGE "/history/x").status, 404);
	assert_lacks(tab_get(&ann, PAGE "/history/4").body, "form-restore");
}

static void
a_version_is_shown_line_by_line_whatever_ends_them(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *at;

	store(s, "\r\n// one\r\n// two\n// a\rb\r\n{}");
	at = strstr(tab_get(&ann, PAGE "/history/1").body, "<pre id=\"text\"");
	assert_non_null(at);
	at = strchr(at, '>') + 1;
	assert_string_equal(browser_text(s->mem, at, strstr(at, "</pre>")),
		"\n\n// one\n// two\n// a\nb\n{}");
}

static void
a_restore_that_comes_late_is_shown_in_the_editor(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "// one\n" OPEN);
	store(s, "// two\n" OPEN);
	tab_get(&ann, PAGE "/history/1");
	store(s, "// three\n" OPEN);
	tab_post(&ann, PAGE "/history/1/restore", "");
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"policy\"");
	assert_holds(ann.last.body, "cli saved version 3");
	assert_string_equal(in_field(&ann), "// one\n" OPEN);
	assert_int_equal(newest(s).id, 3);
}

/* A comment that makes the text exactly so long. */
static const char *
as_long_as(struct site *s, size_t len)
{
	char *text = arena_alloc(s->mem, len + 1);

	memset(text, '"', len);
	memcpy(text, OPEN "//", sizeof(OPEN) + 1);
	return text;
}

static void
a_megabyte_is_taken_and_a_byte_more_is_not(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *text = as_long_as(s, POLICY_TEXT_MAX);

	tab_get(&ann, PAGE);
	assert_int_equal(send(&ann, "save", text, "").status, 303);
	assert_string_equal(newest(s).text, text);
	tab_get(&ann, PAGE);
	assert_int_equal(ann.last.status, 200);
	assert_string_equal(in_field(&ann), text);
	assert_int_equal(
		send(&ann, "check", as_long_as(s, POLICY_TEXT_MAX + 1), "")
			.status,
		413);
	assert_holds(ann.last.body, "at most 1048576 bytes");
	assert_int_equal(tab_get(&ann, PAGE "/history/1").status, 200);
}

static void
a_session_that_ends_keeps_what_was_typed(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *text = as_long_as(s, POLICY_TEXT_MAX);

	tab_get(&ann, PAGE);
	ann.count = 0;
	send(&ann, "save", text, "");
	assert_int_equal(ann.last.status, 401);
	assert_holds(ann.last.body, "id=\"resend\"");
	assert_holds(ann.last.body, "bytes more");
	assert_string_equal(newest(s).text, "");
}

static void
what_was_typed_in_a_session_that_ended_is_stored_when_sent_again(void **state)
{
	static const char text[] =
		"\r\n// \xe2\x80\xae turned \xc2\x85 \xef\xbf\xbe\t\"&quot;\"\r\n" OPEN
		"\r\n";
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER), out = ann;
	const char *form;

	tab_get(&ann, PAGE);
	form = tab_form(&ann, arena_printf(s->mem, "do=save&note=&text=%s",
				      encoded(s, text)));
	out.count = 0;
	assert_int_equal(tab_ask(&out, "POST", PAGE, form).status, 401);
	assert_string_equal(tab_value(&out, "text"), text);
	tab_get(&ann, PAGE); /* signed in again, with a form of that session */
	send(&ann, "save", tab_value(&out, "text"), "");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(
		newest(s).text, policy_lines_taken(s->mem, text, ""));
}

static void
a_text_of_no_bytes_is_asked_for_before_it_opens_all(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "{\"grants\": []}");
	tab_get(&ann, PAGE);
	send(&ann, "save", "", "by mistake");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body, "<h1>Save an empty policy?</h1>");
	assert_holds(ann.last.body, "every machine then reaches every other");
	assert_string_equal(tab_value(&ann, "confirm"), "1");
	assert_string_equal(tab_value(&ann, "do"), "save");
	assert_string_equal(tab_value(&ann, "note"), "by mistake");
	assert_int_equal(newest(s).id, 1);
	tab_post(&ann, PAGE, "text=&note=meant&do=save&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(newest(s).id, 2);
	assert_string_equal(newest(s).text, "");
	assert_string_equal(audit_last(s).action, "policy.saved");
	assert_holds(audit_last(s).after, "\"note\":\"meant\"");
}

static void
a_policy_without_rules_is_checked_with_a_warning(void **state)
{
	static const char warns[] = "lets every machine reach every other.";
	static const char *const cases[][2] = {
		{ "", ">An empty policy " },
		{ "// nothing\n{}", ">An empty policy " },
		{ "{\"groups\": {}}",
			">A policy with neither grants nor acls " },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "{\"grants\": []}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ann, PAGE);
		send(&ann, "check", cases[i][0], "");
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body,
			arena_printf(s->mem, "%s%s", cases[i][1], warns));
	}
	send(&ann, "check", "{\"grants\": []}", "");
	assert_lacks(ann.last.body, "check-empty");
}

static void
a_version_of_no_bytes_is_asked_for_before_it_comes_back(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, "");
	store(s, "{\"grants\": []}");
	tab_get(&ann, PAGE "/history/1");
	tab_post(&ann, PAGE "/history/1/restore", "");
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_int_equal(newest(s).id, 2);
	tab_post(&ann, PAGE "/history/1/restore", "confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(newest(s).text, "");
	assert_int_equal(newest(s).restored, 1);
}

static void
a_form_that_names_no_button_does_nothing(void **state)
{
	static const char *const acts[] = { "", "&do=", "&do=zzz", "&do=Save" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	store(s, OPEN);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		tab_get(&ann, PAGE);
		tab_post(&ann, PAGE,
			arena_printf(s->mem, "text=%%2F%%2F+mine&note=why%s",
				acts[i]));
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "Choose one of the list.");
		assert_string_equal(in_field(&ann), "// mine");
		assert_holds(ann.last.body, "name=\"note\" value=\"why\"");
		assert_int_equal(newest(s).id, 1);
	}
}

/* In a process of its own, with a connection of its own. */
static pid_t
send_beside(struct tab *t, const char *form)
{
	pid_t pid = fork();
	struct site *s = t->s;

	if (pid)
		return pid;
	assert_int_equal(db_open(s->home, &s->db), ERR_OK);
	tab_ask(t, "POST", PAGE, form);
	_exit(t->last.status != 303 ||
		strcmp(t->last.reply.location, PAGE) != 0);
}

static void
who_clicks_many_times_saves_once_and_hears_of_no_conflict(void **state)
{
	enum {
		TIMES = 6
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	pid_t pids[TIMES];
	const char *form;

	store(s, OPEN);
	tab_get(&ann, PAGE);
	form = tab_form(&ann, "text=%7B%22grants%22%3A+%5B%5D%7D&do=save");
	db_close(s->db); /* none is carried over a fork */
	for (int i = 0; i < TIMES; i++)
		pids[i] = send_beside(&ann, form);
	for (int i = 0; i < TIMES; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(db_open(s->home, &s->db), ERR_OK);
	assert_int_equal(newest(s).id, 2);
	assert_string_equal(newest(s).text, "{\"grants\": []}");
}

static void
hostile_text_stays_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *text = "// </textarea></pre></script>" HOSTILE "\n" OPEN;

	tab_get(&ann, PAGE);
	send(&ann, "check", text, HOSTILE);
	assert_harmless(s, ann.last.body);
	send(&ann, "check", HOSTILE, HOSTILE);
	assert_harmless(s, ann.last.body);
	send(&ann, "save", text, HOSTILE);
	assert_int_equal(ann.last.status, 303);
	assert_harmless(s, tab_get(&ann, PAGE).body);
	assert_harmless(s, tab_get(&ann, PAGE "?line=1").body);
	assert_harmless(s, tab_get(&ann, PAGE "/history").body);
	assert_harmless(s, tab_get(&ann, PAGE "/history/1").body);
	assert_harmless(s, tab_get(&ann, "/admin/audit").body);
}

static void
a_note_is_one_line_of_two_hundred_characters(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	char note[POLICY_NOTE_MAX + 2];

	memset(note, 'a', sizeof(note));
	note[POLICY_NOTE_MAX + 1] = '\0';
	tab_get(&ann, PAGE);
	send(&ann, "save", OPEN, note);
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"policy-note-error\"");
	assert_string_equal(in_field(&ann), OPEN);
	note[POLICY_NOTE_MAX] = '\0';
	assert_int_equal(send(&ann, "save", OPEN, note).status, 303);
	assert_string_equal(newest(s).note, note);
}

static void
a_note_that_does_not_show_is_refused_and_the_text_kept(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, PAGE);
	send(&ann, "save", OPEN, "why\033[31m");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"policy-note-error\"");
	assert_holds(ann.last.body, "characters that do not show");
	assert_string_equal(in_field(&ann), OPEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_policy_there_are_texts_to_begin_with),
		TEST(a_save_is_a_version_with_its_note_and_is_in_the_log),
		TEST(what_was_not_changed_keeps_every_byte),
		TEST(the_first_line_end_of_what_was_edited_decides),
		TEST(a_check_tells_and_stores_nothing),
		TEST(what_is_refused_is_told_and_kept),
		TEST(an_error_is_told_at_its_line_with_what_may_help),
		TEST(no_hint_is_given_that_would_be_refused_too),
		TEST(each_test_of_a_policy_is_a_row),
		TEST(a_login_that_a_test_wants_otherwise_is_told_with_its_rule),
		TEST(a_stored_text_that_cannot_be_loaded_is_told_everywhere),
		TEST(a_check_says_what_opens_and_closes),
		TEST(two_who_edit_at_once_hear_of_each_other),
		TEST(a_check_does_not_hide_what_another_saved_meanwhile),
		TEST(a_draft_that_was_asked_goes_back_to_the_editor),
		TEST(what_matters_of_a_check_stands_first_and_can_be_saved_there),
		TEST(the_mark_of_an_error_is_seen_on_a_narrow_screen),
		TEST(a_line_is_shown_that_a_link_names),
		TEST(who_only_reads_sees_the_text_and_no_button),
		TEST(versions_are_listed_compared_and_put_back),
		TEST(a_version_is_shown_line_by_line_whatever_ends_them),
		TEST(a_restore_that_comes_late_is_shown_in_the_editor),
		TEST(a_megabyte_is_taken_and_a_byte_more_is_not),
		TEST(a_session_that_ends_keeps_what_was_typed),
		TEST(what_was_typed_in_a_session_that_ended_is_stored_when_sent_again),
		TEST(a_text_of_no_bytes_is_asked_for_before_it_opens_all),
		TEST(a_policy_without_rules_is_checked_with_a_warning),
		TEST(a_version_of_no_bytes_is_asked_for_before_it_comes_back),
		TEST(a_form_that_names_no_button_does_nothing),
		TEST(who_clicks_many_times_saves_once_and_hears_of_no_conflict),
		TEST(hostile_text_stays_text),
		TEST(a_note_is_one_line_of_two_hundred_characters),
		TEST(a_note_that_does_not_show_is_refused_and_the_text_kept),
	};

	return cmocka_run_group_tests_name(
		"fcgi/policy_page", tests, NULL, NULL);
}
