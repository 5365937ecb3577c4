#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

struct inner {
	int64_t a;
};

struct pair {
	const char *name;
	int64_t value;
};

struct numbered {
	int64_t id;
	const char *word;
};

struct all {
	bool flag;
	int64_t whole;
	double real;
	enum opt_bool opt;
	const char *text;
	struct json_texts texts;
	struct json_ints ints;
	struct inner *object;
	struct inner inside;
	struct json_objects objects;
	struct json_map pairs;
	struct json_map numbered;
	struct json_raw raw;
	struct json_raws raws;
};

/* clang-format off */
static const struct json_field inner_fields[] = {
	JSON_FIELD(struct inner, a, "A", KEEP_EMPTY),
};
static const struct json_table inner = JSON_TABLE(struct inner, inner_fields);

static const struct json_field pair_fields[] = {
	JSON_FIELD(struct pair, name, NULL, KEEP_EMPTY),
	JSON_VALUE(struct pair, value),
};
static const struct json_table pair = JSON_TABLE(struct pair, pair_fields);

static const struct json_field numbered_fields[] = {
	JSON_FIELD(struct numbered, id, "ID", KEEP_EMPTY),
	JSON_FIELD(struct numbered, word, "Word", KEEP_EMPTY),
};
static const struct json_table numbered =
	JSON_TABLE(struct numbered, numbered_fields);

#define THIS struct all
static const struct json_field all_fields[] = {
	JSON_FIELD(THIS, flag, "Flag", OMIT_EMPTY),
	JSON_FIELD(THIS, whole, "Whole", OMIT_EMPTY),
	JSON_FIELD(THIS, real, "Real", OMIT_EMPTY),
	JSON_FIELD(THIS, opt, "Opt", OMIT_EMPTY),
	JSON_FIELD(THIS, text, "Text", OMIT_EMPTY),
	JSON_FIELD(THIS, texts, "Texts", OMIT_NULL),
	JSON_FIELD(THIS, ints, "Ints", OMIT_EMPTY),
	JSON_STRUCT(THIS, object, "Object", OMIT_EMPTY, inner),
	JSON_INSIDE_STRUCT(THIS, inside, "Inside", inner),
	JSON_STRUCT(THIS, objects, "Objects", OMIT_EMPTY, inner),
	JSON_STRUCT(THIS, pairs, "Pairs", OMIT_EMPTY, pair),
	JSON_STRUCT(THIS, numbered, "Numbered", OMIT_EMPTY, numbered),
	JSON_FIELD(THIS, raw, "Raw", OMIT_EMPTY),
	JSON_FIELD(THIS, raws, "Raws", OMIT_EMPTY),
};
static const struct json_table all = JSON_TABLE(THIS, all_fields);
#undef THIS
/* clang-format on */

static struct bytes
bytes_of(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static enum err
decode(struct arena *mem, const char *text, struct all *out)
{
	*out = (struct all){ .flag = false };
	return json_decode(bytes_of(text), &all, mem, out);
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

static void
every_kind_comes_back_as_the_same_bytes(void **state)
{
	static const char wire[] =
		"{\"Flag\":true,\"Whole\":-9223372036854775808,\"Real\":0.0375,"
		"\"Opt\":false,\"Text\":\"a\\\"\\\\\\u0001é\","
		"\"Texts\":[\"x\",\"\"],\"Ints\":[1,-2],\"Object\":{\"A\":1},"
		"\"Inside\":{\"A\":2},\"Objects\":[{\"A\":3},{\"A\":4}],"
		"\"Pairs\":{\"k\":1,\"l\":2},"
		"\"Numbered\":{\"900\":{\"ID\":900,\"Word\":\"w\"}},"
		"\"Raw\":{\"x\":[1,2.50,null,\"a/b\"]},\"Raws\":[1,{\"y\":2}]}";
	struct all a;

	assert_int_equal(decode(*state, wire, &a), ERR_OK);
	assert_int_equal(a.opt, OPT_FALSE);
	assert_int_equal(((struct pair *)a.pairs.at)[1].value, 2);
	assert_int_equal(((struct numbered *)a.numbered.at)[0].id, 900);
	assert_string_equal(json_print(*state, &all, &a), wire);
}

static void
empty_members_are_left_out_as_the_table_says(void **state)
{
	struct all a = { .flag = false };

	assert_string_equal(
		json_print(*state, &all, &a), "{\"Inside\":{\"A\":0}}");
	a.texts.at = (const char *[]){ NULL };
	assert_string_equal(json_print(*state, &all, &a),
		"{\"Texts\":[],\"Inside\":{\"A\":0}}");
}

static void
null_is_the_same_as_absent(void **state)
{
	struct all a;

	assert_int_equal(
		decode(*state,
			"{\"Flag\":null,\"Whole\":null,\"Text\":null,"
			"\"Texts\":null,\"Object\":null,\"Inside\":null,"
			"\"Raw\":null,\"Opt\":null,"
			"\"Numbered\":{\"1\":null}}",
			&a),
		ERR_OK);
	assert_null(a.text);
	assert_null(a.texts.at);
	assert_null(a.object);
	assert_null(a.raw.text);
	assert_int_equal(a.numbered.count, 0);
}

static void
names_match_in_any_case(void **state)
{
	struct all a;

	assert_int_equal(decode(*state, "{\"wHOLE\":7,\"x\":[]}", &a), ERR_OK);
	assert_int_equal(a.whole, 7);
}

static void
what_no_client_sends_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "x", "[]", "{", "{}}",
		"{} {}", "{\"Whole\":\"7\"}", "{\"Whole\":1.5}",
		"{\"Whole\":9223372036854775808}", "{\"x\":1e999}",
		"{\"x\":99999999999999999999}", "{\"Flag\":1}",
		"{\"Texts\":[1]}", "{\"Texts\":[null]}", "{\"Ints\":[\"1\"]}",
		"{\"Objects\":[1]}", "{\"Object\":[]}", "{\"Opt\":\"true\"}",
		"{\"Whole\":1,\"Whole\":1}", "{\"Whole\":1,\"whole\":1}",
		"{\"x\":{\"y\":1,\"y\":2}}", "{\"Raw\":[{\"y\":1,\"y\":2}]}",
		"{\"Text\":\"a\\u0000b\"}", "{\"x\\u0000\":1}",
		"{\"Text\":\"\xff\"}", "{\"Text\":\"\xed\xa0\x80\"}",
		"{\"Text\":\"\n\"}", "{'Text':1}", "{\"x\":NaN}",
		"{\"x\":Infinity}", "{\"x\":TRUE}", "{\"x\":truefalse}",
		"{/**/}", "{\"x\":1,}", "{\"x\" 1}", "{\"x\":01}", "{\"x\":-}",
		"{\"x\":1.}", "{\"x\":\"\\q\"}", "{\"Numbered\":{\"one\":{}}}",
		"]", "}" };
	struct all a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (decode(*state, bad[i], &a) != ERR_BAD_INPUT)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(
		json_decode((struct bytes){ (const unsigned char *)"{\"x\":\0}",
				    7 },
			&all, *state, &a),
		ERR_BAD_INPUT);
}

static void
a_backslash_before_u0000_is_no_nul(void **state)
{
	struct all a;

	assert_int_equal(
		decode(*state, "{\"Text\":\"\\\\u0000\"}", &a), ERR_OK);
	assert_string_equal(a.text, "\\u0000");
}

static char *
repeat(struct arena *mem, const char *what, size_t count, const char *tail)
{
	struct buf b;

	buf_init(&b, mem, 1024 * 1024);
	for (size_t i = 0; i < count; i++)
		buf_puts(&b, what);
	buf_put(&b, tail, strlen(tail) + 1);
	return (char *)b.bytes;
}

static enum err
deep(struct arena *mem, size_t depth)
{
	struct all a;

	return decode(mem,
		arena_printf(mem, "{\"x\":%s%s}", repeat(mem, "[", depth, ""),
			repeat(mem, "]", depth, "")),
		&a);
}

static void
depth_ends_at_its_limit(void **state)
{
	assert_int_equal(deep(*state, JSON_DEPTH_MAX - 1), ERR_OK);
	assert_int_equal(deep(*state, JSON_DEPTH_MAX), ERR_BAD_INPUT);
}

static void
tokens_end_at_their_limit(void **state)
{
	struct all a;
	char *commas = repeat(*state, "1,", JSON_TOKENS_MAX - 5, "1]}");
	struct buf b;

	for (int more = 0; more < 2; more++) {
		buf_init(&b, *state, 1024 * 1024);
		buf_puts(&b, "{\"x\":[");
		buf_puts(&b, more ? "1," : "");
		buf_put(&b, commas, strlen(commas) + 1);
		assert_int_equal(decode(*state, (char *)b.bytes, &a),
			more ? ERR_BAD_INPUT : ERR_OK);
	}
}

static void
strings_end_at_their_limit(void **state)
{
	struct all a;

	for (int more = 0; more < 2; more++) {
		char *text = repeat(
			*state, "s", (size_t)(JSON_STRING_MAX + more), "\"}");
		struct buf b;

		buf_init(&b, *state, 1024 * 1024);
		buf_puts(&b, "{\"Text\":\"");
		buf_put(&b, text, strlen(text) + 1);
		assert_int_equal(decode(*state, (char *)b.bytes, &a),
			more ? ERR_BAD_INPUT : ERR_OK);
	}
}

static void
lists_of_texts_go_to_the_database_and_back(void **state)
{
	const char *texts[] = { "tag:a", "\"" };
	struct json_texts in = { texts, 2 }, out;
	char *text = json_texts_print(*state, &in);

	assert_string_equal(text, "[\"tag:a\",\"\\\"\"]");
	assert_int_equal(json_texts_parse(text, *state, &out), ERR_OK);
	assert_int_equal(out.count, 2);
	assert_string_equal(out.at[1], "\"");
	assert_int_equal(json_texts_parse("{}", *state, &out), ERR_BAD_INPUT);
	assert_int_equal(json_texts_parse("", *state, &out), ERR_BAD_INPUT);
	assert_string_equal(
		json_texts_print(*state, &(struct json_texts){ NULL, 0 }),
		"[]");
}

static void
reals_keep_their_value(void **state)
{
	static const double values[] = { 0.1, 1.0 / 3, 1e300, -2.5, 3 };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct all a = { .real = values[i] }, b;

		assert_int_equal(
			decode(*state, json_print(*state, &all, &a), &b),
			ERR_OK);
		assert_true(a.real == b.real);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(every_kind_comes_back_as_the_same_bytes),
		TEST(empty_members_are_left_out_as_the_table_says),
		TEST(null_is_the_same_as_absent),
		TEST(names_match_in_any_case),
		TEST(what_no_client_sends_is_refused),
		TEST(a_backslash_before_u0000_is_no_nul),
		TEST(depth_ends_at_its_limit),
		TEST(tokens_end_at_their_limit),
		TEST(strings_end_at_their_limit),
		TEST(lists_of_texts_go_to_the_database_and_back),
		TEST(reals_keep_their_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
