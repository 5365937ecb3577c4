#include "tailnet/policy_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RULE  "{\"action\":\"accept\",\"src\":[\"*\"],\"dst\":[\"*:*\"]}"
#define GRANT "{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}"

static void
every_spelling_of_allow_all_is_accepted(void **state)
{
	static const char *const texts[] = {
		"{\"acls\":[" RULE "]}",
		"{\"acls\":[" RULE "," RULE "]}",
		"{\"grants\":[" GRANT "]}",
		"{\"acls\":[" RULE "],\"grants\":[" GRANT "]}",
		"// all\n{\n  /* the */ \"acls\": [\n    " RULE ",\n  ],\n}\n",
		"{\"acls\":[{\"dst\":[\"*:*\",],\"action\":\"accept\","
		"\"src\":[\"\\u002a\"],}]}",
		"\t{ \"grants\" : [ {\"ip\":[\"*\"], // any\n"
		"\"dst\":[\"*\"],\"src\":[\"*\"]} ] } // end",
	};
	struct arena *mem = arena_new();
	const char *why = "";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (policy_check(texts[i], mem, &why) != ERR_OK)
			fail_msg("%s: %s", texts[i], why);
	arena_free(mem);
}

static void
anything_else_is_refused_and_named(void **state)
{
	static const char *const cases[][2] = {
		{ "", "one JSON object" },
		{ "{", "one JSON object" },
		{ "{}", "empty policy" },
		{ "[]", "one JSON object" },
		{ "null", "one JSON object" },
		{ "{\"acls\":[" RULE "]},\"b\":2", "one JSON object" },
		{ "{\"acls\":[" RULE "]} x", "one JSON object" },
		{ "{\"acls\":[" RULE "],,}", "not valid JSON" },
		{ "{\"acls\":[" RULE "]/*", "line 1" },
		{ "{\"acls\":[]}", "empty \"acls\"" },
		{ "{\"acls\":{}}", "\"acls\" is not a list" },
		{ "{\"acls\":null}", "\"acls\" is not a list" },
		{ "{\"acls\":[1]}", "each rule" },
		{ "{\"acls\":[" RULE ",{}]}", "lacks a member" },
		{ "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"]}]}",
			"lacks a member" },
		{ "{\"acls\":[{\"action\":\"accept\",\"src\":[\"a\"],"
		  "\"dst\":[\"*:*\"]}]}",
			"\"src\": [\"a\"] in \"acls\" is not supported" },
		{ "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
		  "\"dst\":[\"*:22\"]}]}",
			"\"dst\": [\"*:22\"]" },
		{ "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
		  "\"dst\":[\"*:*\"],\"proto\":\"tcp\"}]}",
			"\"proto\"" },
		{ "{\"acls\":[" RULE "],\"acls\":[" RULE "]}", "twice" },
		{ "{\"acls\":[" RULE "],\"ssh\":[]}",
			"\"ssh\" is not supported" },
		{ "{\"groups\":{}}", "\"groups\" is not supported" },
		{ "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],"
		  "\"app\":{}}]}",
			"\"app\"" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = "";

		assert_int_equal(
			policy_check(cases[i][0], mem, &why), ERR_POLICY);
		if (!strstr(why, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], why);
	}
	arena_free(mem);
}

static void
a_text_past_its_limit_is_refused(void **state)
{
	static const char text[] = "{\"acls\":[" RULE "]}";
	struct arena *mem = arena_new();
	char *big = arena_alloc(mem, POLICY_TEXT_MAX + 2);
	const char *why;

	(void)state;
	memset(big, ' ', POLICY_TEXT_MAX);
	memcpy(big, text, sizeof(text) - 1);
	assert_int_equal(policy_check(big, mem, &why), ERR_OK);
	big[POLICY_TEXT_MAX] = ' ';
	assert_int_equal(policy_check(big, mem, &why), ERR_TOO_BIG);
	arena_free(mem);
}

static void
only_an_accepted_text_is_stored(void **state)
{
	static const char text[] = "// mine\n{\"acls\":[" RULE "]}";
	struct arena *mem = arena_new();
	struct policy_text p;
	const char *why;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(
		tailnet_policy_set(db, "{}", "cli", 5, mem, &why), ERR_POLICY);
	assert_int_equal(db_policy_current(db, mem, &p), ERR_NOT_FOUND);
	assert_int_equal(
		tailnet_policy_set(db, text, "cli", 5, mem, &why), ERR_OK);
	assert_int_equal(db_policy_current(db, mem, &p), ERR_OK);
	assert_string_equal(p.text, text);
	assert_string_equal(p.author, "cli");
	assert_int_equal(p.created_at, 5);
	db_close(db);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_allow_all_is_accepted),
		cmocka_unit_test(anything_else_is_refused_and_named),
		cmocka_unit_test(a_text_past_its_limit_is_refused),
		cmocka_unit_test(only_an_accepted_text_is_stored),
	};

	return cmocka_run_group_tests_name(
		"tailnet/policy_store", tests, NULL, NULL);
}
