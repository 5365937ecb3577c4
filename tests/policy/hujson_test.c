#include "policy/hujson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *
json_of(struct arena *mem, const char *text)
{
	size_t line = 0;
	char *json = NULL;

	assert_int_equal(hujson_to_json(mem, text, &json, &line), ERR_OK);
	assert_int_equal(strlen(json), strlen(text));
	return json;
}

static void
comments_and_trailing_commas_become_blanks(void **state)
{
	static const char *const cases[][2] = {
		{ "{}", "{}" },
		{ "{/*a*/}", "{     }" },
		{ "1//a\n2", "1   \n2" },
		{ "/*a\nb*/1", "   \n   1" },
		{ "[1,]", "[1 ]" },
		{ "[1, // x\n]", "[1      \n]" },
		{ "{\"a\":1,\n}", "{\"a\":1 \n}" },
		{ "[\"a,]//\",]", "[\"a,]//\" ]" },
		{ "[\"\\\"//\",]", "[\"\\\"//\" ]" },
		{ "[[1,],]", "[[1 ] ]" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(json_of(mem, cases[i][0]), cases[i][1]);
	arena_free(mem);
}

static void
commas_that_follow_nothing_stay_and_so_stay_wrong(void **state)
{
	static const char *const cases[] = { "[,]", "{,}", "[1,,]", ",]" };
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(strchr(json_of(mem, cases[i]), ','));
	arena_free(mem);
}

static void
what_does_not_end_is_named_by_its_line(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} cases[] = {
		{ "{\n/* a", 2 },
		{ "\n\n\"a", 3 },
		{ "\"a\\\"", 1 },
		{ "\"\\", 1 },
		{ "/*/", 1 },
	};
	struct arena *mem = arena_new();
	size_t line;
	char *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			hujson_to_json(mem, cases[i].text, &json, &line),
			ERR_BAD_INPUT);
		assert_int_equal(line, cases[i].line);
	}
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_trailing_commas_become_blanks),
		cmocka_unit_test(
			commas_that_follow_nothing_stay_and_so_stay_wrong),
		cmocka_unit_test(what_does_not_end_is_named_by_its_line),
	};

	return cmocka_run_group_tests_name("policy/hujson", tests, NULL, NULL);
}
