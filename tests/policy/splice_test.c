/*
 * splice_test.c: entries into texts of policies and out again: every byte
 * beside them stays.
 */
#include "policy/splice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/edit.h"
#include "tailnet/policy_template.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct hujson
parse(struct arena *mem, const char *text)
{
	struct policy_error error = { "", { 0, 0 } };
	struct hujson h;

	if (hujson_parse((struct bytes){ (const void *)text, strlen(text) },
		    mem, &h, &error))
		fail_msg("%s\n%s", error.text, text);
	return h;
}

/* Into value 0, and out again. */
static void
entries_follow_their_neighbours(void **state)
{
	static const char *const cases[][3] = {
		{ "[]", "9", "[9]" },
		{ "[ ]", "9", "[ 9]" },
		{ "[1]", "9", "[1, 9]" },
		{ "[1,]", "9", "[1, 9,]" },
		{ "[1,2]", "9", "[1,2,9]" },
		{ "[1,  2,]", "9", "[1,  2,  9,]" },
		{ "[1 /*a*/]", "9", "[1, 9 /*a*/]" },
		{ "[1, /*a*/ 2]", "9", "[1, /*a*/ 2, 9]" },
		{ "[\n\t1,\n]", "9", "[\n\t1,\n\t9,\n]" },
		{ "[\n\t1\n]", "9", "[\n\t1,\n\t9\n]" },
		{ "[\r\n  1,\r\n]", "9", "[\r\n  1,\r\n  9,\r\n]" },
		{ "[\r\n  1 // a\r\n]", "9", "[\r\n  1, // a\r\n  9\r\n]" },
		{ "[\n\t1, // a\n\t// b\n]", "9",
			"[\n\t1, // a\n\t9,\n\t// b\n]" },
		{ "[\n\t1]", "9", "[\n\t1,\n\t9]" },
		{ "[\n\t1,]", "9", "[\n\t1,\n\t9,]" },
		{ "[\n\t1, 2,\n]", "9", "[\n\t1, 2, 9,\n]" },
		{ "[1,\n\t2]", "9", "[1,\n\t2,\n\t9]" },
		{ "[\n\t1\n\t, 2\n]", "9", "[\n\t1\n\t, 2, 9\n]" },
		{ "[\n\t// none yet\n]", "9", "[\n\t// none yet\n\t9\n]" },
		{ "[\n]", "9", "[\n\t9\n]" },
		{ "{\"a\": 1}", "\"b\": 9", "{\"a\": 1, \"b\": 9}" },
		{ "{\n  \"a\": 1,\n}", "\"b\": [\n\t9,\n]",
			"{\n  \"a\": 1,\n  \"b\": [\n    9,\n  ],\n}" },
		{ "[\n\t[1], /* c\n\td */ // e\n]", "9",
			"[\n\t[1], /* c\n\td */ // e\n\t9,\n]" },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct hujson h = parse(mem, cases[i][0]);
		size_t n = h.values[0].count;
		const char *text = splice_in(&h, 0, cases[i][1], mem);

		assert_string_equal(text, cases[i][2]);
		h = parse(mem, text);
		assert_string_equal(splice_out(&h, 0, n, mem), cases[i][0]);
	}
}

static void
what_goes_out_takes_its_line_and_no_more(void **state)
{
	static const struct {
		const char *before;
		size_t n;
		const char *after;
	} cases[] = {
		{ "[1, 2, 3]", 0, "[2, 3]" },
		{ "[1, 2, 3]", 1, "[1, 3]" },
		{ "[1, 2, 3]", 2, "[1, 2]" },
		{ "[1,]", 0, "[]" },
		{ "[\n\t// of 1\n\t1, // x\n\t2,\n]", 0,
			"[\n\t// of 1\n\t2,\n]" },
		{ "[\n\t1, // x\n\t2 // y\n]", 1, "[\n\t1 // x\n]" },
		{ "[\n\t1, // x\n\t2]", 1, "[\n\t1 // x\n]" },
		{ "[\n\t1, 2,\n\t3,\n]", 0, "[\n\t2,\n\t3,\n]" },
		{ "[\r\n\t1,\r\n\t2\r\n]", 1, "[\r\n\t1\r\n]" },
		{ "{\"a\": {\n\t\"b\": 1\n}, \"c\": 2}", 0, "{\"c\": 2}" },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct hujson h = parse(mem, cases[i].before);
		const char *text = splice_out(&h, 0, cases[i].n, mem);

		parse(mem, text);
		/* Where a comment ends before it the line end stays. */
		if (i != 6)
			assert_string_equal(text, cases[i].after);
	}
}

/* ---- any text ---- */

/* The trees are equal but for values `from` to `to` of the longer one. */
static void
assert_same_but(const struct hujson *more, const struct hujson *less,
	size_t from, size_t to)
{
	assert_int_equal(more->count - (to - from), less->count);
	for (size_t i = 0, k = 0; i < more->count; i++) {
		const struct hujson_value *a = &more->values[i];
		const struct hujson_value *b;

		if (i >= from && i < to)
			continue;
		b = &less->values[k++];
		assert_int_equal(a->kind, b->kind);
		if (a->name)
			assert_string_equal(a->name, b->name);
		if (a->kind == HUJSON_TEXT)
			assert_string_equal(a->text, b->text);
		if (a->kind == HUJSON_NUMBER) {
			assert_int_equal(a->end - a->at, b->end - b->at);
			assert_memory_equal(more->text.at + a->at,
				less->text.at + b->at, a->end - a->at);
		}
	}
}

static void
try_in(struct arena *mem, const char *text, const struct hujson *h, uint32_t i)
{
	const char *entry = h->values[i].kind == HUJSON_LIST
				    ? "\"new@example.com\""
				    : "\"new name\": [\n\t\"a\",\n]";
	const char *with = splice_in(h, i, entry, mem);
	const struct hujson more = parse(mem, with);
	size_t n = h->values[i].count, at = h->values[i].next;

	assert_int_equal(more.values[i].count, n + 1);
	assert_same_but(
		&more, h, at, at + (h->values[i].kind == HUJSON_LIST ? 1 : 2));
	if (strcmp(splice_out(&more, i, n, mem), text) != 0)
		fail_msg("%s\n-> %s\n-> %s", text, with,
			splice_out(&more, i, n, mem));
}

static void
try_out(struct arena *mem, const struct hujson *h, uint32_t i, size_t n)
{
	uint32_t child = splice_child(h, i, n);
	const struct hujson less = parse(mem, splice_out(h, i, n, mem));

	assert_same_but(h, &less, child, h->values[child].next);
}

static void
try_text(const char *text)
{
	struct arena *mem = arena_new();
	const struct hujson h = parse(mem, text);

	for (uint32_t i = 0; i < h.count; i++) {
		if (h.values[i].kind != HUJSON_LIST &&
			h.values[i].kind != HUJSON_OBJECT)
			continue;
		try_in(mem, text, &h, i);
		for (size_t n = 0; n < h.values[i].count; n++)
			try_out(mem, &h, i, n);
	}
	arena_free(mem);
}

/* Pieces that a text is made of, between values. */
static void
put_blanks(struct buf *b, unsigned *seed, const char *end)
{
	static const char *const pieces[] = { "", " ", "\t", "/* c */", "  " };
	unsigned x = *seed = *seed * 1103515245 + 12345;

	switch (x >> 16 & 7) {
	case 0:
		buf_puts(b, " // it, [so] {\"it\"} ");
		buf_puts(b, end);
		buf_puts(b, "\t");
		break;
	case 1:
	case 2:
		buf_puts(b, end);
		buf_puts(b, "    ");
		break;
	default:
		buf_puts(b, pieces[(x >> 20) % COUNT(pieces)]);
	}
}

static void
put_value(struct buf *b, unsigned *seed, int depth, const char *end)
{
	unsigned x = *seed = *seed * 1103515245 + 12345;
	bool object = x >> 16 & 1;
	unsigned count = (x >> 18) % 4;

	if (!depth) {
		buf_puts(b, x >> 16 & 2 ? "\"a, // b\"" : "12");
		return;
	}
	buf_puts(b, object ? "{" : "[");
	for (unsigned i = 0; i < count; i++) {
		put_blanks(b, seed, end);
		if (object)
			buf_putf(b, "\"k%u\":", i);
		put_value(b, seed, depth - 1, end);
		put_blanks(b, seed, end);
		buf_puts(b, i + 1 < count || (x >> 22 & 1) ? "," : "");
	}
	put_blanks(b, seed, end);
	buf_puts(b, object ? "}" : "]");
}

static void
any_text_is_the_same_after_in_and_out(void **state)
{
	struct arena *mem = *state;

	for (unsigned i = 0; i < 2000; i++) {
		unsigned seed = i;
		struct buf b;

		buf_init(&b, mem, SIZE_MAX);
		put_value(&b, &seed, 3, i & 1 ? "\r\n" : "\n");
		buf_put(&b, "", 1);
		try_text((const char *)b.bytes);
		arena_reset(mem);
	}
}

static void
the_templates_are_the_same_after_in_and_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < policy_template_count; i++)
		try_text(policy_templates[i].text);
}

/* ---- what forms do ---- */

#define WORDS(...)                                               \
	{                                                        \
		(const char *[]){ __VA_ARGS__ },                 \
			COUNT(((const char *[]){ __VA_ARGS__ })) \
	}

static const char *
edited(struct arena *mem, const char *text, const struct policy_edit *edit,
	enum err want)
{
	struct policy_error error;
	const char *out = NULL;

	assert_int_equal(policy_edit(text, edit, mem, &out, &error), want);
	return out;
}

static void
a_rule_goes_where_the_rules_are(void **state)
{
	const struct policy_edit rule = { .kind = EDIT_RULE_IN,
		.src = WORDS("group:a"),
		.dst = WORDS("tag:b", "c"),
		.ports = WORDS("tcp:443", "tcp:80-90") };
	const char *const grant = "{\"src\": [\"group:a\"], \"dst\": "
				  "[\"tag:b\", \"c\"], \"ip\": "
				  "[\"tcp:443\", \"tcp:80-90\"]}";
	const char *const acl =
		"{\"action\": \"accept\", \"src\": [\"group:a\"], \"proto\": "
		"\"tcp\", \"dst\": [\"tag:b:443,80-90\", \"c:443,80-90\"]}";
	struct arena *mem = *state;

	assert_string_equal(
		edited(mem, "{\"grants\": [], \"acls\": []}", &rule, ERR_OK),
		arena_printf(mem, "{\"grants\": [%s], \"acls\": []}", grant));
	assert_string_equal(edited(mem, "{\"ACLs\": []}", &rule, ERR_OK),
		arena_printf(mem, "{\"ACLs\": [%s]}", acl));
	assert_string_equal(
		edited(mem, "{\n  \"hosts\": {},\n}\n", &rule, ERR_OK),
		arena_printf(mem,
			"{\n  \"hosts\": {},\n  \"grants\": [\n    %s,\n  "
			"],\n}\n",
			grant));
	assert_string_equal(edited(mem, "", &rule, ERR_OK),
		arena_printf(
			mem, "{\n\t\"grants\": [\n\t\t%s,\n\t]\n}\n", grant));
}

static void
an_acl_has_one_protocol(void **state)
{
	const struct policy_edit rule = { .kind = EDIT_RULE_IN,
		.src = WORDS("*"),
		.dst = WORDS("*"),
		.ports = WORDS("tcp:443", "udp:53") };

	(void)edited(*state, "{\"acls\": []}", &rule, ERR_BAD_INPUT);
}

static void
members_come_and_go_under_their_name(void **state)
{
	static const char text[] =
		"{\n\t\"groups\": {\n\t\t\"group:a\": [\"x@\"], // them\n\t},\n}";
	struct policy_edit e = { .kind = EDIT_LISTED_IN,
		.section = "groups",
		.name = "group:a",
		.value = "y\"@" };
	struct arena *mem = *state;

	assert_string_equal(edited(mem, text, &e, ERR_OK),
		"{\n\t\"groups\": {\n\t\t\"group:a\": [\"x@\", \"y\\\"@\"], "
		"// them\n\t},\n}");
	e.value = "x@";
	(void)edited(mem, text, &e, ERR_EXISTS);
	e.name = "group:b";
	assert_string_equal(edited(mem, text, &e, ERR_OK),
		"{\n\t\"groups\": {\n\t\t\"group:a\": [\"x@\"], // them\n\t\t"
		"\"group:b\": [\"x@\"],\n\t},\n}");
	e.kind = EDIT_LISTED_OUT;
	(void)edited(mem, text, &e, ERR_NOT_FOUND);
	e.name = "group:a";
	assert_string_equal(edited(mem, text, &e, ERR_OK),
		"{\n\t\"groups\": {\n\t\t\"group:a\": [], // them\n\t},\n}");
	e.number = 1;
	(void)edited(mem, text, &e, ERR_NOT_FOUND);
	e.kind = EDIT_NAME_OUT;
	assert_string_equal(
		edited(mem, text, &e, ERR_OK), "{\n\t\"groups\": {\n\t},\n}");
	e = (struct policy_edit){
		.kind = EDIT_RULE_OUT, .section = "grants", .number = 0
	};
	(void)edited(mem, text, &e, ERR_NOT_FOUND);
}

/* One of each kind, and what is written of it. */
static const struct {
	struct policy_edit edit;
	const char *section, *entry;
} entries[] = {
	{ { .kind = EDIT_SSH_IN,
		  .action = "check",
		  .src = WORDS("group:a", "b@"),
		  .dst = WORDS("tag:c"),
		  .users = WORDS("root", "localpart:*@example.com"),
		  .period = "12h",
		  .env = WORDS("LC_*") },
		"ssh",
		"{\"action\": \"check\", \"src\": [\"group:a\", \"b@\"], "
		"\"dst\": [\"tag:c\"], \"users\": [\"root\", "
		"\"localpart:*@example.com\"], \"checkPeriod\": \"12h\", "
		"\"acceptEnv\": [\"LC_*\"]}" },
	{ { .kind = EDIT_SSH_IN,
		  .action = "accept",
		  .src = WORDS("b@"),
		  .dst = WORDS("autogroup:self"),
		  .users = WORDS("autogroup:nonroot"),
		  .period = "" },
		"ssh",
		"{\"action\": \"accept\", \"src\": [\"b@\"], \"dst\": "
		"[\"autogroup:self\"], \"users\": [\"autogroup:nonroot\"]}" },
	{ { .kind = EDIT_TEST_IN,
		  .from = "b@",
		  .proto = "udp",
		  .accept = WORDS("tag:c:53"),
		  .deny = WORDS("tag:c:22", "d@:80") },
		"tests",
		"{\"src\": \"b@\", \"proto\": \"udp\", \"accept\": "
		"[\"tag:c:53\"], \"deny\": [\"tag:c:22\", \"d@:80\"]}" },
	{ { .kind = EDIT_TEST_IN, .from = "\"\\/", .deny = WORDS("//") },
		"tests", "{\"src\": \"\\\"\\\\/\", \"deny\": [\"//\"]}" },
	{ { .kind = EDIT_SSH_TEST_IN,
		  .from = "b@",
		  .dst = WORDS("tag:c"),
		  .check = WORDS("root"),
		  .deny = WORDS("bob") },
		"sshTests",
		"{\"src\": \"b@\", \"dst\": [\"tag:c\"], \"check\": "
		"[\"root\"], \"deny\": [\"bob\"]}" },
};

static void
ssh_rules_and_tests_go_behind_those_of_theirs(void **state)
{
	struct arena *mem = *state;

	for (size_t i = 0; i < COUNT(entries); i++) {
		const char *name = entries[i].section;
		const char *entry = entries[i].entry;
		const struct policy_edit *e = &entries[i].edit;

		assert_string_equal(edited(mem, "", e, ERR_OK),
			arena_printf(mem, "{\n\t\"%s\": [\n\t\t%s,\n\t]\n}\n",
				name, entry));
		assert_string_equal(
			edited(mem,
				arena_printf(mem,
					"{\n\t\"%s\": [\n\t\t{}, // a\n\t\t"
					"// b\n\t],\n\t// c\n}",
					name),
				e, ERR_OK),
			arena_printf(mem,
				"{\n\t\"%s\": [\n\t\t{}, // a\n\t\t%s,\n\t\t"
				"// b\n\t],\n\t// c\n}",
				name, entry));
	}
}

static void
what_is_null_makes_room(void **state)
{
	struct policy_edit member = { .kind = EDIT_LISTED_IN,
		.section = "groups",
		.name = "group:a",
		.value = "x@" };
	struct arena *mem = *state;

	assert_string_equal(
		edited(mem, "{\"SSH\": null /*a*/, \"tests\": null, // b\n}",
			&entries[1].edit, ERR_OK),
		arena_printf(mem,
			"{\"SSH\": [%s] /*a*/, \"tests\": null, // b\n}",
			entries[1].entry));
	assert_string_equal(edited(mem, "{\"groups\": null}", &member, ERR_OK),
		"{\"groups\": {\"group:a\": [\"x@\"]}}");
	assert_string_equal(edited(mem, "{\"groups\": {\"group:a\": null}}",
				    &member, ERR_OK),
		"{\"groups\": {\"group:a\": [\"x@\"]}}");
}

/* A policy of those sections, blank and commented in any way. */
static const char *
any_policy(struct arena *mem, unsigned seed, const char *end)
{
	static const char *const names[] = { "ssh", "tests", "sshTests" };
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{");
	for (size_t i = 0; i < COUNT(names); i++) {
		put_blanks(&b, &seed, end);
		buf_putf(&b, "\"%s\":", names[i]);
		put_blanks(&b, &seed, end);
		buf_puts(&b, "[");
		for (unsigned k = seed >> 25 & 3, n = 0; n < k; n++) {
			put_blanks(&b, &seed, end);
			buf_puts(&b, "{\"src\":");
			put_blanks(&b, &seed, end);
			buf_puts(&b, i ? "\"a@\"}" : "[\"a@\"]}");
			put_blanks(&b, &seed, end);
			buf_puts(&b, n + 1 < k || (seed >> 24 & 1) ? "," : "");
		}
		put_blanks(&b, &seed, end);
		buf_puts(&b, "]");
		buf_puts(&b, i < 2 || (seed >> 23 & 1) ? "," : "");
	}
	put_blanks(&b, &seed, end);
	buf_put(&b, "}", 2);
	return (const char *)b.bytes;
}

static void
an_entry_changes_no_other_byte_of_any_policy(void **state)
{
	struct arena *mem = *state;

	for (unsigned i = 0; i < 2000; i++) {
		const char *text = any_policy(mem, i, i & 1 ? "\r\n" : "\n");
		size_t k = i % COUNT(entries);
		struct policy_edit out = { .kind = EDIT_RULE_OUT,
			.section = entries[k].section };
		const char *with = edited(mem, text, &entries[k].edit, ERR_OK);
		const struct hujson h = parse(mem, text);

		for (uint32_t n = 1; n < h.count; n++)
			if (h.values[n].name &&
				strcmp(h.values[n].name, out.section) == 0)
				out.number = h.values[n].count;
		assert_non_null(strstr(with, entries[k].entry));
		if (strcmp(edited(mem, with, &out, ERR_OK), text) != 0)
			fail_msg("%s\n-> %s", text, with);
		arena_reset(mem);
	}
}

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_follow_their_neighbours),
		TEST(what_goes_out_takes_its_line_and_no_more),
		TEST(any_text_is_the_same_after_in_and_out),
		TEST(the_templates_are_the_same_after_in_and_out),
		TEST(a_rule_goes_where_the_rules_are),
		TEST(an_acl_has_one_protocol),
		TEST(members_come_and_go_under_their_name),
		TEST(ssh_rules_and_tests_go_behind_those_of_theirs),
		TEST(what_is_null_makes_room),
		TEST(an_entry_changes_no_other_byte_of_any_policy),
	};

	return cmocka_run_group_tests_name("policy/splice", tests, NULL, NULL);
}
