#include "policy/hujson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define REPEAT_10(x)  x x x x x x x x x x
#define REPEAT_100(x) REPEAT_10(REPEAT_10(x))

static enum err
parse(struct arena *mem, struct bytes text, struct hujson *out,
	struct policy_error *error)
{
	*error = (struct policy_error){ "", { 0, 0 } };
	return hujson_parse(text, mem, out, error);
}

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static void
comments_and_trailing_commas_become_blanks(void **state)
{
	static const char *const cases[][2] = {
		{ "{}", "{}" },
		{ " 1 ", " 1 " },
		{ "{/*a*/}", "{     }" },
		{ "1//a\n", "1   \n" },
		{ "1//a", "1   " },
		{ "/*a\nb*/1", "   \n   1" },
		{ "/*a\r\nb*/1", "   \r\n   1" },
		{ "/*/**/1", "      1" },
		{ "/***/1", "     1" },
		{ "[1,]", "[1 ]" },
		{ "[1, // x\n]", "[1      \n]" },
		{ "[1/**/,/**/]", "[1         ]" },
		{ "{\"a\":1,\n}", "{\"a\":1 \n}" },
		{ "[\"a,]//\",]", "[\"a,]//\" ]" },
		{ "[\"\\\"//\",]", "[\"\\\"//\" ]" },
		{ "[\"/*\",\"*/\"]", "[\"/*\",\"*/\"]" },
		{ "[[1,],]", "[[1 ] ]" },
		{ "// \u20ac\n[]", "      \n[]" },
	};
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			parse(mem, bytes(cases[i][0]), &h, &error), ERR_OK);
		assert_string_equal(h.json, cases[i][1]);
	}
	arena_free(mem);
}

struct fault {
	const char *text, *reason;
};

/* The reason is what follows "hujson: line L, column C: ". */
static const struct fault faults[] = {
	/* it ends early */
	{ "", "1, column 1: parsing value: unexpected EOF" },
	{ " \n ", "2, column 2: parsing value: unexpected EOF" },
	{ "// x", "1, column 5: parsing value: unexpected EOF" },
	{ "[", "1, column 2: parsing value: unexpected EOF" },
	{ "[1,", "1, column 4: parsing value: unexpected EOF" },
	{ "{", "1, column 2: parsing value: unexpected EOF" },
	{ "{\"a\"", "1, column 5: parsing object after name: unexpected EOF" },
	{ "{\"a\":", "1, column 6: parsing value: unexpected EOF" },
	{ "{\"a\":1",
		"1, column 7: parsing object after value: unexpected EOF" },
	{ "[1", "1, column 3: parsing array after value: unexpected EOF" },
	{ "[\n\"a", "2, column 3: parsing string: unexpected EOF" },
	{ "\"a\\", "1, column 4: parsing string: unexpected EOF" },
	{ "\"a\\\"", "1, column 5: parsing string: unexpected EOF" },
	{ "[ /* x", "1, column 3: parsing comment: unexpected EOF" },
	{ "/*/", "1, column 1: parsing comment: unexpected EOF" },
	/* a wrong byte */
	{ "[,]", "1, column 2: invalid character ',' at start of value" },
	{ "[1,,]", "1, column 4: invalid character ',' at start of value" },
	{ "[/**/,]", "1, column 6: invalid character ',' at start of value" },
	{ "{,}", "1, column 2: invalid character ',' at start of value" },
	{ "]", "1, column 1: invalid character ']' at start of value" },
	{ "[}", "1, column 2: invalid character '}' at start of value" },
	{ "{\"a\":}", "1, column 6: invalid character '}' at start of value" },
	{ "/ 1", "1, column 1: invalid character '/' at start of value" },
	{ "'a'", "1, column 1: invalid character '\\'' at start of value" },
	{ "\\", "1, column 1: invalid character '\\\\' at start of value" },
	{ "\u20ac",
		"1, column 1: invalid character '\u20ac' at start of value" },
	{ "\xef\xbb\xbf{}",
		"1, column 1: invalid character '\\ufeff' at start of value" },
	{ "\xc2\xa0{}",
		"1, column 1: invalid character '\\u00a0' at start of value" },
	{ "\xf3\xa0\x80\x81",
		"1, column 1: invalid character '\\U000e0001' at start of "
		"value" },
	{ "\x01", "1, column 1: invalid character '\\u0001' at start of "
		  "value" },
	{ "\xff", "1, column 1: invalid character '\\xff' at start of value" },
	{ "\xe2\x82",
		"1, column 1: invalid character '\\xe2' at start of value" },
	{ "\xed\xa0\x80",
		"1, column 1: invalid character '\\xed' at start of value" },
	{ "{1:2}",
		"1, column 2: invalid character '1' at start of object name" },
	{ "{[1]:2}",
		"1, column 2: invalid character '[' at start of object name" },
	{ "{\"a\" 1}", "1, column 6: invalid character '1' after object name" },
	{ "{\"a\",1}", "1, column 5: invalid character ',' after object name" },
	{ "{\"a\":1 \"b\":2}",
		"1, column 8: invalid character '\"' after object value "
		"(expecting ',' or '}')" },
	{ "{\"a\":1]", "1, column 7: invalid character ']' after object value "
		       "(expecting ',' or '}')" },
	{ "[1 2]", "1, column 4: invalid character '2' after array value "
		   "(expecting ',' or ']')" },
	{ "[1}", "1, column 3: invalid character '}' after array value "
		 "(expecting ',' or ']')" },
	{ "{}\n{}",
		"2, column 1: invalid character '{' after top-level value" },
	{ "{},", "1, column 3: invalid character ',' after top-level value" },
	/* a bad number, word or string */
	{ "nul", "1, column 1: invalid literal: nul" },
	{ "True", "1, column 1: invalid literal: True" },
	{ "{acls:1}", "1, column 2: invalid literal: acls" },
	{ "01", "1, column 1: invalid literal: 01" },
	{ "+1", "1, column 1: invalid literal: +1" },
	{ "-", "1, column 1: invalid literal: -" },
	{ "1.", "1, column 1: invalid literal: 1." },
	{ ".5", "1, column 1: invalid literal: .5" },
	{ "1e", "1, column 1: invalid literal: 1e" },
	{ "1e+", "1, column 1: invalid literal: 1e+" },
	{ "0x1F", "1, column 1: invalid literal: 0x1F" },
	{ "NaN", "1, column 1: invalid literal: NaN" },
	{ "1 /*\n*/ x", "2, column 4: invalid character 'x' after top-level "
			"value" },
	{ "\"\\x\"", "1, column 1: invalid literal: \"\\x\"" },
	{ "\"\\u12g4\"", "1, column 1: invalid literal: \"\\u12g4\"" },
	{ "\"\\u12\"", "1, column 1: invalid literal: \"\\u12\"" },
	{ "[\"a\nb\"]", "1, column 2: invalid literal: \"a\nb\"" },
	{ "[\"a\tb\"]", "1, column 2: invalid literal: \"a\tb\"" },
	{ REPEAT_10("abcdefgh"),
		"1, column 1: invalid literal: abcdefghabcdefghabcdefgh"
		"abcdefghabcdefghabcdefghabcdefghabcdefgh" },
	{ "\"\x01" REPEAT_10("\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac") "\"",
		"1, column 1: invalid literal: \"\x01" REPEAT_10(
			"\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac") "\u20ac\u20ac" },
	/* not UTF-8 */
	{ "1 // \xff", "1, column 3: invalid UTF-8 in comment" },
	{ "/*\xc0\x80*/", "1, column 1: invalid UTF-8 in comment" },
	{ "[\"\xff\"]", "1, column 2: invalid UTF-8 in string" },
	{ "\"\xc0\xaf\"", "1, column 1: invalid UTF-8 in string" },
	{ "\"\xed\xa0\x80\"", "1, column 1: invalid UTF-8 in string" },
	{ "\"\xf4\x90\x80\x80\"", "1, column 1: invalid UTF-8 in string" },
	/* a name twice */
	{ "{\"a\":1,\n \"a\":2}",
		"2, column 2: duplicate object member name \"a\"" },
	{ "{\"a\":1,\"\\u0061\":2}",
		"1, column 8: duplicate object member name \"a\"" },
	{ "{\"a\":{\"b\":1,\"b\":2},\"a\":3}",
		"1, column 13: duplicate object member name \"b\"" },
	{ "{\"a\":1,\"a\" x",
		"1, column 8: duplicate object member name \"a\"" },
	{ "{\"\":1,\"\":2}", "1, column 7: duplicate object member name \"\"" },
	/* columns count bytes */
	{ "[\"\u20ac\",x]", "1, column 8: invalid literal: x" },
	{ "[1,\r\n\r\n  x]", "3, column 3: invalid literal: x" },
};

static void
each_fault_is_told_with_its_place(void **state)
{
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		const char *expected =
			arena_printf(mem, "hujson: line %s", faults[i].reason);

		assert_int_equal(parse(mem, bytes(faults[i].text), &h, &error),
			ERR_POLICY);
		assert_string_equal(error.text, expected);
		assert_string_equal(
			arena_printf(mem, "hujson: line %u, column %u: %s",
				error.place.line, error.place.column,
				strstr(strstr(expected, "column"), ": ") + 2),
			expected);
	}
	arena_free(mem);
}

static void
nul_is_refused_everywhere(void **state)
{
	static const struct {
		struct bytes text;
		const char *reason;
	} cases[] = {
		{ { (const unsigned char *)"\0", 1 },
			"hujson: line 1, column 1: invalid character "
			"'\\u0000' at start of value" },
		{ { (const unsigned char *)"1\0", 2 },
			"hujson: line 1, column 2: invalid character "
			"'\\u0000' after top-level value" },
		{ { (const unsigned char *)"//\0\n1", 5 },
			"hujson: line 1, column 3: invalid character "
			"'\\u0000' in comment" },
		{ { (const unsigned char *)"\"a\0b\"", 5 },
			"hujson: line 1, column 1: invalid literal: \"a" },
		{ { (const unsigned char *)"\"\0\xff\"", 4 },
			"hujson: line 1, column 1: invalid UTF-8 in string" },
	};
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			parse(mem, cases[i].text, &h, &error), ERR_POLICY);
		assert_string_equal(error.text, cases[i].reason);
	}
	arena_free(mem);
}

static void
names_may_repeat_in_different_objects(void **state)
{
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	assert_int_equal(
		parse(mem, bytes("[{\"a\":{\"a\":1},\"A\":2},{\"a\":3}]"), &h,
			&error),
		ERR_OK);
	arena_free(mem);
}

static void
escapes_are_undone(void **state)
{
	static const struct {
		const char *text, *is;
		size_t len;
	} cases[] = {
		{ "\"\"", "", 0 },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\u00e9\u20ac", 6 },
		{ "\"\\ud83d\\ude00\"", "\U0001f600", 4 },
		{ "\"\\ud83d\"", "\ufffd", 3 },
		{ "\"\\ude00x\"", "\ufffdx", 4 },
		{ "\"\\ud83d\\u0041\"", "\ufffdA", 4 },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\ufffd\U0001f600", 7 },
		{ "\"a\\u0000b\"", "a\0b", 3 },
	};
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			parse(mem, bytes(cases[i].text), &h, &error), ERR_OK);
		assert_int_equal(h.values->len, cases[i].len);
		assert_memory_equal(
			h.values->text, cases[i].is, cases[i].len + 1);
	}
	arena_free(mem);
}

static void
values_are_kept_in_the_order_in_which_they_begin(void **state)
{
	static const char text[] = "{\"a\": [1, true], /**/ \"b\": {}, "
				   "\"c\": null}";
	static const struct {
		enum hujson_kind kind;
		const char *name;
		size_t count, next;
	} expected[] = {
		{ HUJSON_OBJECT, NULL, 3, 6 },
		{ HUJSON_LIST, "a", 2, 4 },
		{ HUJSON_NUMBER, NULL, 0, 3 },
		{ HUJSON_BOOL, NULL, 0, 4 },
		{ HUJSON_OBJECT, "b", 0, 5 },
		{ HUJSON_NULL, "c", 0, 6 },
	};
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	assert_int_equal(parse(mem, bytes(text), &h, &error), ERR_OK);
	assert_int_equal(h.count, COUNT(expected));
	for (size_t i = 0; i < h.count; i++) {
		const struct hujson_value *v = &h.values[i];

		assert_int_equal(v->kind, expected[i].kind);
		assert_int_equal(v->count, expected[i].count);
		assert_int_equal(v->next, expected[i].next);
		if (expected[i].name)
			assert_string_equal(v->name, expected[i].name);
		else
			assert_null(v->name);
	}
	assert_true(h.values[3].truth);
	assert_int_equal(h.values[4].name_at, strstr(text, "\"b\"") - text);
	assert_int_equal(h.values[1].at, strchr(text, '[') - text);
	assert_int_equal(h.values[1].end, strchr(text, ']') + 1 - text);
	arena_free(mem);
}

static void
values_are_squeezed_as_they_were_written(void **state)
{
	static const char *const cases[][2] = {
		{ "[ 1 , 2.50e+3 ,\n// x\n ]", "[1,2.50e+3]" },
		{ "{ \"a b\" : \" // \" , /* \" */ }", "{\"a b\":\" // \"}" },
		{ "[\"\\\" ] \\\\\", 12345678901234567890]",
			"[\"\\\" ] \\\\\",12345678901234567890]" },
	};
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
			parse(mem, bytes(cases[i][0]), &h, &error), ERR_OK);
		assert_string_equal(
			hujson_squeeze(&h, h.values, mem), cases[i][1]);
	}
	arena_free(mem);
}

static void
a_hundred_brackets_may_be_open(void **state)
{
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	assert_int_equal(
		parse(mem, bytes(REPEAT_100("[") REPEAT_100("]")), &h, &error),
		ERR_OK);
	assert_int_equal(parse(mem, bytes(REPEAT_100("[") "[]" REPEAT_100("]")),
				 &h, &error),
		ERR_POLICY);
	assert_string_equal(
		error.text, "hujson: line 1, column 101: exceeded max depth");
	arena_free(mem);
}

/* "[1,1,…]" with so many values in all, and blanks behind it. */
static struct bytes
many_values(struct arena *mem, size_t values, size_t len)
{
	char *text = arena_alloc(mem, len + 1), *s = text;

	memset(text, ' ', len);
	*s++ = '[';
	for (size_t i = 1; i < values; i++) {
		*s++ = '1';
		*s++ = ',';
	}
	*s = ']';
	return bytes(text);
}

static void
values_are_counted(void **state)
{
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	assert_int_equal(parse(mem, many_values(mem, POLICY_VALUES_MAX, 500000),
				 &h, &error),
		ERR_OK);
	assert_int_equal(h.count, POLICY_VALUES_MAX);
	assert_int_equal(
		parse(mem, many_values(mem, POLICY_VALUES_MAX + 1, 500000), &h,
			&error),
		ERR_TOO_BIG);
	assert_string_equal(error.text, "policy too large");
	arena_free(mem);
}

static void
the_whole_has_a_limit(void **state)
{
	struct arena *mem = arena_new();
	struct policy_error error;
	struct hujson h;

	(void)state;
	assert_int_equal(
		parse(mem, many_values(mem, 2, POLICY_TEXT_MAX), &h, &error),
		ERR_OK);
	assert_int_equal(parse(mem, many_values(mem, 2, POLICY_TEXT_MAX + 1),
				 &h, &error),
		ERR_TOO_BIG);
	assert_string_equal(error.text, "policy too large");
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_trailing_commas_become_blanks),
		cmocka_unit_test(each_fault_is_told_with_its_place),
		cmocka_unit_test(nul_is_refused_everywhere),
		cmocka_unit_test(names_may_repeat_in_different_objects),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(
			values_are_kept_in_the_order_in_which_they_begin),
		cmocka_unit_test(values_are_squeezed_as_they_were_written),
		cmocka_unit_test(a_hundred_brackets_may_be_open),
		cmocka_unit_test(values_are_counted),
		cmocka_unit_test(the_whole_has_a_limit),
	};

	return cmocka_run_group_tests_name("policy/hujson", tests, NULL, NULL);
}
