#include "db/node.h"
#include "tailnet/policy_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/node.h"
#include "db/user.h"
#include "tailnet/attribute.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_trouble.h"

#define RULE "{\"action\":\"accept\",\"src\":[\"*\"],\"dst\":[\"*:*\"]}"

static enum err
check(const char *text, struct arena *mem, const char **why)
{
	struct policy_trial trial;
	struct db *db;
	enum err e;

	assert_int_equal(db_open_memory(&db), ERR_OK);
	e = policy_try(db, text, 0, mem, &trial);
	db_close(db);
	*why = trial.error.text;
	return e;
}

/* In the transaction that stores it. */
static void
a_saved_policy_approves_routes(void **state)
{
	static const char text[] =
		"{\"autoApprovers\":{\"routes\":{\"10.0.0.0/8\":[\"tag:a\"]}},"
		"\"tagOwners\":{\"tag:a\":[]},\"acls\":[" RULE "]}";
	struct arena *mem = arena_new();
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "gate",
		.hostname = "gate",
		.ipv4 = "100.64.0.1",
		.routes = "[\"10.1.0.0/16\",\"192.168.0.0/24\"]",
		.register_method = "cli",
		.created_at = 5 };
	const char *why = "";
	struct db *db;
	int64_t id;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_node_add(db, &n, &id), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	assert_int_equal(
		tailnet_policy_set(db, text, "user:1", 6, mem, &why), ERR_OK);
	assert_int_equal(db_node_by_id(db, id, mem, &n), ERR_OK);
	assert_string_equal(n.approved_routes, "[\"10.1.0.0/16\"]");
	db_close(db);
	arena_free(mem);
}

static void
what_is_no_policy_is_refused_with_line_and_column(void **state)
{
	static const char *const cases[][2] = {
		{ "{\n\"acls\": [1 2]}",
			"hujson: line 2, column 12: invalid character '2'" },
		{ "{\n \"acls\": [\n  {\"action\": \"deny\", \"src\": [], "
		  "\"dst\": []}]}",
			"line 3, column " },
		{ "{\"groups\": 1}", "groups: must be object" },
		{ "hello", "hujson: line 1, column 1: invalid literal: hello" },
	};
	struct arena *mem = arena_new();
	struct policy_trial trial;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words;

		assert_int_equal(policy_try(db, cases[i][0], 0, mem, &trial),
			ERR_POLICY);
		words = policy_error_words(mem, &trial.error);
		if (!strstr(words, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], words);
	}
	db_close(db);
	arena_free(mem);
}

/* What the service refuses by the domains of the tailnet. */
static void
a_policy_is_read_with_the_domains_of_the_people(void **state)
{
	static const char text[] =
		"{\"ssh\": [{\"action\": \"accept\", \"src\": "
		"[\"user:*@a.example\"], \"dst\": [\"autogroup:self\"], "
		"\"users\": [\"root\"]}]}";
	struct user u = { .name = "ann", .email = "ann@a.example" };
	struct arena *mem = arena_new();
	struct policy_trial trial;
	struct db *db;
	int64_t id;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(policy_try(db, text, 0, mem, &trial), ERR_POLICY);
	assert_non_null(strstr(trial.error.text, "is not associated with"));
	assert_int_equal(db_user_add(db, &u, &id), ERR_OK);
	(void)policy_try(db, text, 0, mem, &trial);
	assert_int_equal(trial.domains.count, 1);
	assert_true(!trial.error.text ||
		    !strstr(trial.error.text, "is not associated with"));
	db_close(db);
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
	assert_int_equal(check(big, mem, &why), ERR_OK);
	big[POLICY_TEXT_MAX] = ' ';
	assert_int_equal(check(big, mem, &why), ERR_TOO_BIG);
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
		tailnet_policy_set(db, "{", "cli", 5, mem, &why), ERR_POLICY);
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

static int64_t
machine(struct db *db, int64_t user_id, const char *tags, int number)
{
	struct arena *mem = arena_new();
	struct node n = { .user_id = user_id,
		.tags = tags,
		.name = arena_printf(mem, "m%d", number),
		.hostname = "m",
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.ipv4 = arena_printf(mem, "100.64.0.%d", number),
		.register_method = "cli",
		.created_at = 1 };
	int64_t id = 0;

	n.machine_key.bytes[0] = n.node_key.bytes[0] = (uint8_t)number;
	assert_int_equal(db_node_add(db, &n, &id), ERR_OK);
	arena_free(mem);
	return id;
}

#define TESTED                                                           \
	"{\"tagOwners\": {\"tag:web\": []},\n"                           \
	"\"grants\": [{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], "    \
	"\"ip\": [\"tcp:443\"]}],\n"                                     \
	"\"tests\": [{\"src\": \"ann@\", \"accept\": [\"tag:web:443\", " \
	"\"tag:web:80\"], \"deny\": [\"tag:web:22\"]}, {\"src\": "       \
	"\"ann@\", \"deny\": [\"tag:web:443\"]}]}"

static void
tests_of_a_policy_are_run_on_the_machines_of_the_moment(void **state)
{
	struct arena *mem = arena_new();
	struct user u = { .name = "ann" };
	struct policy_trial t;
	const char *words;
	struct db *db;
	int64_t id;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_user_add(db, &u, &id), ERR_OK);
	machine(db, id, "[]", 1);
	machine(db, 0, "[\"tag:web\"]", 2);
	assert_int_equal(policy_try(db, TESTED, TRY_ROWS, mem, &t), ERR_POLICY);
	assert_string_equal(t.error.text, "test(s) failed");
	assert_int_equal(t.failures.count, 2);
	assert_int_equal(t.rows.count, 4);
	assert_null(t.rows.at[0].error);
	assert_string_equal(t.rows.at[1].to, "tag:web:80");
	assert_non_null(strstr(t.rows.at[1].error, "got: Drop"));
	assert_null(t.rows.at[2].error);
	assert_string_equal(t.rows.at[3].wants, "deny");
	assert_non_null(strstr(t.rows.at[3].error, "got: Accept"));
	assert_string_equal(t.rows.at[3].rule, "grants[0]");
	assert_int_equal(t.rows.at[3].rule_place.line, 2);
	words = policy_trial_words(mem, &t);
	assert_non_null(strstr(words, "line 3, column "));
	assert_non_null(strstr(words, "test(s) failed\nline 3, from \"ann@\": "
				      "address \"tag:web:80\": want: Accept, "
				      "got: Drop"));
	db_close(db);
	arena_free(mem);
}

/* They are in the trial of the command line, of the pages and of a save. */
static void
a_trial_goes_by_what_people_set_of_machines(void **state)
{
	static const char text[] =
		"{\"tagOwners\": {\"tag:web\": []}, \"postures\": {"
		"\"posture:p\": [\"custom:tier == 'prod'\"]}, \"grants\": "
		"[{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:443\"], \"srcPosture\": [\"posture:p\"]}], "
		"\"tests\": [{\"src\": \"ann@\", \"accept\": "
		"[\"tag:web:443\"]}]}";
	struct attribute a = { .name = "custom:tier", .value = "prod" };
	struct arena *mem = arena_new();
	struct user u = { .name = "ann" };
	struct policy_trial t;
	struct db *db;
	int64_t id;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_user_add(db, &u, &id), ERR_OK);
	a.node_id = machine(db, id, "[]", 1);
	machine(db, 0, "[\"tag:web\"]", 2);
	assert_int_equal(policy_try(db, text, TRY_IMPACT, mem, &t), ERR_POLICY);
	assert_int_equal(t.failures.count, 1);
	assert_int_equal(tailnet_attribute_set(db, &a, "cli", 1), ERR_OK);
	assert_int_equal(policy_try(db, text, TRY_IMPACT, mem, &t), ERR_OK);
	assert_true(t.compared);
	db_close(db);
	arena_free(mem);
}

static void
a_version_that_cannot_be_loaded_is_named(void **state)
{
	struct arena *mem = arena_new();
	struct policy_text p = { .text = "{}", .author = "cli" };
	const char *words;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_null(policy_trouble(db, mem));
	assert_int_equal(db_policy_add(db, &p, &p.id), ERR_OK);
	assert_null(policy_trouble(db, mem));
	p.text = "{\"fromTheFuture\": 1}";
	assert_int_equal(db_policy_add(db, &p, &p.id), ERR_OK);
	words = policy_trouble(db, mem);
	assert_non_null(words);
	assert_non_null(strstr(words, "version 2 of the policy cannot be "
				      "loaded, so version 1 is in force: "));
	assert_non_null(strstr(words, "unknown field \"fromTheFuture\""));
	p.text = "{\"acls\": []}";
	assert_int_equal(db_policy_add(db, &p, &p.id), ERR_OK);
	assert_null(policy_trouble(db, mem));
	db_close(db);
	arena_free(mem);
}

/* ---- versions ---- */

#define TEXT(n) "// " n "\n{\"acls\":[" RULE "]}\n"

struct fixture {
	struct arena *mem;
	struct db *db;
	struct policy_saved out;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .mem = arena_new() };
	*state = &f;
	return db_open_memory(&f.db);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static enum err
save(struct fixture *f, const char *text, const char *was, const char *note)
{
	struct policy_save in = {
		.text = text, .was = was, .note = note, .actor = "cli"
	};

	return tailnet_policy_save(f->db, &in, 7, f->mem, &f->out);
}

static struct policy_text
newest(struct fixture *f)
{
	struct policy_text p = { .id = 0 };

	assert_int_equal(db_policy_current(f->db, f->mem, &p), ERR_OK);
	return p;
}

static int64_t
rows_of_audit(struct fixture *f)
{
	int64_t n = -1;

	assert_int_equal(db_audit_count(f->db, &n), ERR_OK);
	return n;
}

static void
a_version_says_who_saved_what_and_why(void **state)
{
	struct fixture *f = *state;
	struct policy_text p;
	struct audit a;

	assert_int_equal(save(f, TEXT("one"), "", "begin"), ERR_OK);
	assert_int_equal(
		save(f, TEXT("two") "// more\n", newest(f).hash, "more"),
		ERR_OK);
	p = newest(f);
	assert_int_equal(f->out.version, p.id);
	assert_int_equal(p.id, 2);
	assert_string_equal(p.text, TEXT("two") "// more\n");
	assert_string_equal(p.author_name, "cli");
	assert_string_equal(p.via, "cli");
	assert_string_equal(p.note, "more");
	assert_int_equal(p.added, 2);
	assert_int_equal(p.removed, 1);
	assert_int_equal(
		db_audit_newest(f->db, "policy:2", f->mem, &a), ERR_OK);
	assert_string_equal(a.action, "policy.saved");
	assert_non_null(strstr(a.after, "\"lines_added\":2"));
	assert_non_null(strstr(a.after, p.hash));
	assert_non_null(strstr(a.after, "\"note\":\"more\""));
}

static void
a_text_that_stands_there_already_makes_no_version(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), NULL, NULL), ERR_OK);
	assert_false(f->out.unchanged);
	assert_int_equal(save(f, TEXT("one"), NULL, "again"), ERR_OK);
	assert_true(f->out.unchanged);
	assert_int_equal(f->out.version, 1);
	assert_int_equal(newest(f).id, 1);
	assert_int_equal(rows_of_audit(f), 1);
}

static void
who_edited_an_older_version_is_told(void **state)
{
	struct fixture *f = *state;
	const char *first;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	first = newest(f).hash;
	assert_int_equal(save(f, TEXT("two"), first, NULL), ERR_OK);
	assert_int_equal(save(f, TEXT("three"), first, NULL), ERR_CHANGED);
	assert_int_equal(save(f, TEXT("three"), "", NULL), ERR_CHANGED);
	/* Also with the text that stands there: it is not what was edited. */
	assert_int_equal(save(f, TEXT("two"), first, NULL), ERR_CHANGED);
	assert_string_equal(newest(f).text, TEXT("two"));
	assert_int_equal(save(f, TEXT("three"), newest(f).hash, NULL), ERR_OK);
}

static void
a_refused_text_leaves_everything_as_it_was(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	assert_int_equal(save(f, "{", NULL, NULL), ERR_POLICY);
	assert_non_null(f->out.trial.error.text);
	assert_int_equal(newest(f).id, 1);
	assert_int_equal(rows_of_audit(f), 1);
}

static void
an_older_version_can_be_put_back(void **state)
{
	struct fixture *f = *state;
	struct audit a;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	assert_int_equal(save(f, TEXT("two"), NULL, NULL), ERR_OK);
	assert_int_equal(tailnet_policy_restore(f->db, 1, newest(f).hash, "cli",
				 8, f->mem, &f->out),
		ERR_OK);
	assert_int_equal(newest(f).id, 3);
	assert_string_equal(newest(f).text, TEXT("one"));
	assert_int_equal(newest(f).restored, 1);
	assert_int_equal(
		db_audit_newest(f->db, "policy:3", f->mem, &a), ERR_OK);
	assert_non_null(strstr(a.after, "\"restored\":1"));
	assert_int_equal(tailnet_policy_restore(
				 f->db, 9, NULL, "cli", 8, f->mem, &f->out),
		ERR_NOT_FOUND);
	assert_int_equal(
		tailnet_policy_restore(f->db, 2, "", "cli", 8, f->mem, &f->out),
		ERR_CHANGED);
	assert_int_equal(newest(f).id, 3);
}

static void
damage(struct fixture *f, const char *sql)
{
	assert_int_equal(db_exec(f->db, sql), ERR_OK);
}

static struct policy_force
in_force(struct fixture *f)
{
	struct policy_force force;

	assert_int_equal(policy_in_force(f->db, f->mem, &force), ERR_OK);
	policy_free(force.policy);
	return force;
}

static void
a_damaged_text_is_mended_by_saving_it_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	damage(f, "UPDATE policy_text SET text = '{}'");
	assert_int_equal(in_force(f).broken, 1);
	assert_int_equal(save(f, TEXT("one"), NULL, NULL), ERR_OK);
	assert_false(f->out.unchanged);
	assert_string_equal(newest(f).text, TEXT("one"));
	assert_int_equal(in_force(f).version, 2);
	assert_int_equal(in_force(f).broken, 0);
}

static void
what_a_damaged_row_says_can_be_saved_as_what_is_meant(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	damage(f, "UPDATE policy_text SET text = '{\"acls\": []}'");
	assert_int_equal(save(f, "{\"acls\": []}", NULL, NULL), ERR_OK);
	assert_false(f->out.unchanged);
	assert_int_equal(in_force(f).version, 2);
}

static void
a_damaged_version_is_not_put_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	damage(f, "UPDATE policy_text SET text = '{}'");
	assert_int_equal(save(f, TEXT("two"), NULL, NULL), ERR_OK);
	assert_int_equal(tailnet_policy_restore(
				 f->db, 1, NULL, "cli", 8, f->mem, &f->out),
		ERR_POLICY_DAMAGED);
	assert_int_equal(newest(f).id, 2);
}

/* Not the same as none, which opens the network. */
static void
a_version_whose_text_is_gone_is_a_broken_one(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(save(f, TEXT("one"), "", NULL), ERR_OK);
	damage(f, "PRAGMA foreign_keys = OFF; DELETE FROM policy_text");
	assert_int_equal(in_force(f).broken, 1);
	assert_non_null(in_force(f).policy);
	assert_int_equal(in_force(f).version, 0);
	assert_non_null(policy_trouble(f->db, f->mem));
}

static void
a_damaged_address_of_a_person_stops_no_trial(void **state)
{
	struct fixture *f = *state;
	const struct user ann = { .name = "ann",
		.display_name = "",
		.email = "ann@example.com",
		.picture_url = "" };
	int64_t id;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_user_add(f->db, &ann, &id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	damage(f, "UPDATE user SET email = 'no address'");
	assert_int_equal(save(f, TEXT("one"), NULL, NULL), ERR_OK);
}

static void
a_note_has_at_most_two_hundred_characters(void **state)
{
	struct fixture *f = *state;
	char note[2 * POLICY_NOTE_MAX + 3];

	for (size_t i = 0; i < POLICY_NOTE_MAX + 1; i++)
		memcpy(note + 2 * i, "ü", 3);
	assert_int_equal(save(f, TEXT("one"), NULL, note), ERR_BAD_INPUT);
	note[2 * POLICY_NOTE_MAX] = '\0';
	assert_int_equal(save(f, TEXT("one"), NULL, note), ERR_OK);
	assert_string_equal(newest(f).note, note);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_policy_approves_routes),
		cmocka_unit_test(
			what_is_no_policy_is_refused_with_line_and_column),
		cmocka_unit_test(
			a_policy_is_read_with_the_domains_of_the_people),
		cmocka_unit_test(a_text_past_its_limit_is_refused),
		cmocka_unit_test(only_an_accepted_text_is_stored),
		cmocka_unit_test(
			tests_of_a_policy_are_run_on_the_machines_of_the_moment),
		cmocka_unit_test(a_trial_goes_by_what_people_set_of_machines),
		cmocka_unit_test(a_version_that_cannot_be_loaded_is_named),
		TEST(a_version_says_who_saved_what_and_why),
		TEST(a_text_that_stands_there_already_makes_no_version),
		TEST(who_edited_an_older_version_is_told),
		TEST(a_refused_text_leaves_everything_as_it_was),
		TEST(an_older_version_can_be_put_back),
		TEST(a_damaged_text_is_mended_by_saving_it_again),
		TEST(what_a_damaged_row_says_can_be_saved_as_what_is_meant),
		TEST(a_damaged_version_is_not_put_back),
		TEST(a_version_whose_text_is_gone_is_a_broken_one),
		TEST(a_damaged_address_of_a_person_stops_no_trial),
		TEST(a_note_has_at_most_two_hundred_characters),
	};

	return cmocka_run_group_tests_name(
		"tailnet/policy_store", tests, NULL, NULL);
}
