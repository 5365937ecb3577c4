/*
 * policy_rules_test.c: cairn policy rules: entries of the policy one by one,
 * without the pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/cli/run.h"

static const char policy[] =
	"// Ours.\n"
	"{\n"
	"\t\"groups\": {\"group:dev\": [\"bob@\", \"ann@\"]}, // few\n"
	"\t\"tagOwners\": {\"tag:web\": []},\n"
	"\t\"grants\": [\n"
	"\t\t// The web.\n"
	"\t\t{\"src\": [\"group:dev\"], \"dst\": [\"tag:web\"], \"ip\": "
	"[\"443\"]}, // as agreed\n"
	"\t],\n"
	"}\n";

static int
set_up(void **state)
{
	(void)state;
	mem = arena_new();
	(void)strcpy(home + strlen(home) - 6, "XXXXXX");
	return mkdtemp(home) && !run("init").status &&
			       !run_typed(policy, "policy set -f -").status
		       ? 0
		       : -1;
}

static int
tear_down(void **state)
{
	int status = system(arena_printf(mem, "rm -rf '%s'", home));

	(void)state;
	arena_free(mem);
	return status;
}

static void
assert_stored(const char *text)
{
	assert_string_equal(run("policy get").out, text);
}

static void
entries_are_listed_with_their_lines(void **state)
{
	(void)state;
	assert_has(run("policy rules").out,
		"\ngroup:dev | 3    | [\"bob@\",\"ann@\"] ");
	assert_has(run("policy rules").out, "\ntag:web   | 4    | [] ");
	assert_has(run("policy rules").out,
		"\ngrants[0] | 7    | {\"src\":[\"group:dev\"],\"dst\":[\"tag:web"
		"\"],\"ip\":[\"443\"]}\n");
	assert_has(run("policy rules list -o json-line").out,
		"{\"place\":\"group:dev\",\"line\":3,\"entry\":\"[\\\"bob@\\\","
		"\\\"ann@\\\"]\"}");
}

static void
an_entry_comes_and_goes_and_no_other_byte_differs(void **state)
{
	static const struct {
		const char *in, *entry, *out;
	} rows[] = {
		{ "policy rules add grants --src bob@,ann@ --dst tag:web "
		  "--ports tcp:22,80",
			"// as agreed\n\t\t{\"src\": [\"bob@\", \"ann@\"], "
			"\"dst\": [\"tag:web\"], \"ip\": [\"tcp:22\", "
			"\"80\"]},\n\t],\n",
			"policy rules remove grants[1]" },
		{ "policy rules add group:dev eve@",
			"[\"bob@\", \"ann@\", \"eve@\"]}, // few",
			"policy rules remove group:dev eve@" },
		{ "policy rules add tag:db group:dev",
			"{\"tag:web\": [], \"tag:db\": [\"group:dev\"]},",
			"policy rules remove tag:db" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(run(rows[i].in).status, 0);
		assert_has(run("policy get").out, rows[i].entry);
		assert_int_equal(run(rows[i].out).status, 0);
		assert_stored(policy);
	}
	assert_has(run("policy history").out, "Removed tag:db");
}

static void
ssh_rules_and_tests_make_their_section(void **state)
{
	(void)state;
	assert_has(run("policy rules add ssh --src group:dev --dst tag:web "
		       "--users root --action check --period 1h -m why -o json")
			   .out,
		"\"version\": 2");
	assert_has(run("policy get").out,
		"\t\"ssh\": [\n\t\t{\"action\": \"check\", \"src\": "
		"[\"group:dev\"], \"dst\": [\"tag:web\"], \"users\": "
		"[\"root\"], \"checkPeriod\": \"1h\"},\n\t],\n}\n");
	assert_has(run("policy history").out, "why");
	assert_int_equal(run("policy rules add tests --src 192.0.2.1 --deny "
			     "192.0.2.2:22 --proto tcp")
				 .status,
		0);
	assert_has(run("policy get").out,
		"{\"src\": \"192.0.2.1\", \"proto\": \"tcp\", \"deny\": "
		"[\"192.0.2.2:22\"]},");
}

static void
what_would_be_refused_changes_nothing(void **state)
{
	static const char *const rows[][2] = {
		{ "policy rules add grants --src bob@ --dst tag:web",
			"grants needs --ports" },
		{ "policy rules add grants --src group:x --dst tag:web --ports "
		  "1",
			"group not found" },
		{ "policy rules add group:dev bob@", "listed there already" },
		{ "policy rules add group:dev", "missing parameters" },
		{ "policy rules add derpMap", "is neither grants" },
		{ "policy rules add acls --src * --dst * --ports *",
			"is neither grants" },
		{ "policy rules add tests --src bob@ --accept tag:web:443",
			"test(s) failed" },
		{ "policy rules remove grants[1]", "it is not there" },
		{ "policy rules remove grants[-1]", "is no place" },
		{ "policy rules remove grants[0]x", "is no place" },
		{ "policy rules remove grants[", "is no place" },
		{ "policy rules remove ]grants[0", "is no place" },
		{ "policy rules remove hosts[0]", "it is not there" },
		{ "policy rules remove group:dev eve@", "does not list eve@" },
		{ "policy rules remove group:ops", "it is not there" },
		{ "policy rules remove", "missing parameters" },
		{ "policy rules turn grants[0]", "neither list, add nor" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ran r = run(rows[i][0]);

		assert_int_equal(r.status, 1);
		assert_has(r.err, rows[i][1]);
		assert_stored(policy);
	}
}

static void
a_dry_run_says_what_would_differ(void **state)
{
	(void)state;
	assert_has(run("policy rules remove group:dev bob@ --dry-run").out,
		"-\t\"groups\": {\"group:dev\": [\"bob@\", \"ann@\"]}, // few\n"
		"+\t\"groups\": {\"group:dev\": [\"ann@\"]}, // few\n");
	assert_int_equal(
		run("policy rules remove tag:web --dry-run").status, 1);
	assert_stored(policy);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_are_listed_with_their_lines),
		TEST(an_entry_comes_and_goes_and_no_other_byte_differs),
		TEST(ssh_rules_and_tests_make_their_section),
		TEST(what_would_be_refused_changes_nothing),
		TEST(a_dry_run_says_what_would_differ),
	};

	return cmocka_run_group_tests_name(
		"cli/policy_rules", tests, NULL, NULL);
}
