#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/print.h"

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *
as_json(const struct value *v, bool one_line)
{
	struct buf b;

	buf_init(&b, v->mem, PRINT_MAX);
	print_json(&b, v, one_line);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
as_yaml(const struct value *v)
{
	struct buf b;

	buf_init(&b, v->mem, PRINT_MAX);
	print_yaml(&b, v);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
yaml_text(struct arena *mem, const char *s)
{
	struct buf b;

	buf_init(&b, mem, PRINT_MAX);
	print_yaml_text(&b, s);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* As a user looks in headscale's answers, fixtures users.json 3. */
static struct value *
some_user(struct arena *mem)
{
	struct value *list = value_new_list(mem);
	struct value *v = value_object(list, NULL);

	value_int(v, "id", 1);
	value_text(v, "name", "alice");
	value_time(v, "created_at", 1111111111);
	value_text(v, "display_name", "");
	value_texts(v, "acl_tags", "[\"tag:a\",\"tag:b\"]");
	value_null(v, "pre_auth_key");
	return list;
}

static void
json_leaves_out_what_is_empty(void **state)
{
	assert_string_equal(as_json(some_user(*state), true),
		"[{\"id\":1,\"name\":\"alice\",\"created_at\":{\"seconds\":"
		"1111111111},\"acl_tags\":[\"tag:a\",\"tag:b\"]}]\n");
}

static void
indented_json_has_a_tab_a_level(void **state)
{
	struct value *v = value_new_object(*state);

	value_text(value_object(v, "user"), "name", "bob");
	assert_string_equal(as_json(v, false),
		"{\n\t\"user\": {\n\t\t\"name\": \"bob\"\n\t}\n}\n");
}

static void
yaml_runs_names_together_and_leaves_nothing_out(void **state)
{
	assert_string_equal(as_yaml(some_user(*state)),
		"- id: 1\n"
		"  name: alice\n"
		"  createdat:\n"
		"    seconds: 1111111111\n"
		"    nanos: 0\n"
		"  displayname: \"\"\n"
		"  acltags:\n"
		"    - tag:a\n"
		"    - tag:b\n"
		"  preauthkey: null\n"
		"\n");
}

static void
an_object_within_a_listed_object_stands_four_deeper(void **state)
{
	struct value *list = value_new_list(*state);
	struct value *key =
		value_object(value_object(list, NULL), "pre_auth_key");

	value_time(value_object(key, "user"), "created_at", 5);
	assert_string_equal(as_yaml(list), "- preauthkey:\n"
					   "    user:\n"
					   "        createdat:\n"
					   "            seconds: 5\n"
					   "            nanos: 0\n"
					   "\n");
}

static void
an_empty_list_is_null_in_json_and_brackets_in_yaml(void **state)
{
	struct value *list = value_new_list(*state);

	assert_string_equal(as_json(list, true), "null\n");
	assert_string_equal(as_yaml(list), "[]\n\n");
	list->keep = true;
	assert_string_equal(as_json(list, true), "[]\n");
}

static void
an_empty_object_is_braces(void **state)
{
	assert_string_equal(as_json(value_new_object(*state), false), "{}\n");
	assert_string_equal(as_yaml(value_new_object(*state)), "{}\n\n");
}

static void
names_of_a_plain_object_stay(void **state)
{
	struct value *v = value_new_object(*state);

	v->plain = true;
	value_text(v, "Result", "User not destroyed");
	value_text(v, "private_key", "");
	assert_string_equal(as_yaml(v),
		"Result: User not destroyed\nprivate_key: \"\"\n\n");
	assert_string_equal(as_json(v, true),
		"{\"Result\":\"User not destroyed\",\"private_key\":\"\"}\n");
}

static void
json_escapes_quotes_controls_and_markup(void **state)
{
	struct value *v = value_new_object(*state);

	value_text(v, "error", "a\"b\\c\n\033[1m<&>");
	assert_string_equal(as_json(v, true),
		"{\"error\":\"a\\\"b\\\\c\\n\\u001b[1m"
		"\\u003c\\u0026\\u003e\"}\n");
	v = value_new_object(*state);
	value_text(v, "error",
		"\xc2\x9b"
		"31m\xd8\x9c\xe2\x80\xaegnp\xc2\xa0\xe2\x82\xac");
	assert_string_equal(as_json(v, true),
		"{\"error\":\"\\u009b31m\\u061c\\u202egnp\xc2\xa0\xe2\x82\xac\"}\n");
}

static void
yaml_quotes_what_would_be_read_as_something_else(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
		{ "", "\"\"" },
		{ "alice", "alice" },
		{ "Alice Adams", "Alice Adams" },
		{ "fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1" },
		{ "::/0", "::/0" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "100.64.0.1", "100.64.0.1" },
		{ "true", "\"true\"" },
		{ "No", "\"No\"" },
		{ "null", "\"null\"" },
		{ "~", "\"~\"" },
		{ "12", "\"12\"" },
		{ "-1.5e3", "\"-1.5e3\"" },
		{ "0x1f", "\"0x1f\"" },
		{ "1:20", "\"1:20\"" },
		{ "2026-01-02", "\"2026-01-02\"" },
		{ "a: b", "'a: b'" },
		{ "a #b", "'a #b'" },
		{ "it's: so", "'it''s: so'" },
		{ "- z", "'- z'" },
		{ "@home", "'@home'" },
		{ "*", "'*'" },
		{ "ends:", "'ends:'" },
		{ "blank ", "'blank '" },
		{ "two\nlines", "\"two\\nlines\"" },
		{ "a\u202egnp", "\"a\\u202egnp\"" },
		{ "\xc2\x9b", "\"\\u009b\"" },
		{ "one\u2028two", "\"one\\u2028two\"" },
		{ "\ufeff", "\"\\ufeff\"" },
		{ "no \xef\xbf\xbe", "\"no \\ufffe\"" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			yaml_text(*state, rows[i].text), rows[i].written);
}

static void
no_terminal_escape_gets_through(void **state)
{
	assert_string_equal(
		print_clean(*state, "a\033[31mb\x7f", ""), "a?[31mb?");
	assert_string_equal(
		print_clean(*state, "c1 \xc2\x9b ok", ""), "c1 ?? ok");
	assert_string_equal(
		print_clean(*state, "two\nlines", "\n"), "two\nlines");
	assert_string_equal(print_clean(*state, "two\nlines", ""), "two?lines");
	assert_string_equal(print_clean(*state, "broken \xc3", ""), "broken ?");
	assert_string_equal(
		print_clean(*state, "Zo\xc3\xab", ""), "Zo\xc3\xab");
	assert_string_equal(
		print_clean(*state, "a\xe2\x80\xaegnp\xd8\x9c.exe", ""),
		"a???gnp??.exe");
	assert_string_equal(
		print_clean(*state, "one\u2028two", "\n"), "one???two");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_leaves_out_what_is_empty),
		cmocka_unit_test(indented_json_has_a_tab_a_level),
		cmocka_unit_test(
			yaml_runs_names_together_and_leaves_nothing_out),
		cmocka_unit_test(
			an_object_within_a_listed_object_stands_four_deeper),
		cmocka_unit_test(
			an_empty_list_is_null_in_json_and_brackets_in_yaml),
		cmocka_unit_test(an_empty_object_is_braces),
		cmocka_unit_test(names_of_a_plain_object_stay),
		cmocka_unit_test(json_escapes_quotes_controls_and_markup),
		cmocka_unit_test(
			yaml_quotes_what_would_be_read_as_something_else),
		cmocka_unit_test(no_terminal_escape_gets_through),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
