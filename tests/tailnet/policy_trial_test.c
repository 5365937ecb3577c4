#include "tailnet/policy_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/node.h"

static size_t
count_lines(const char *text)
{
	size_t count = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

/* One test with so many addresses, none of which lets anything through. */
static const char *
failing(struct arena *mem, int count)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"grants\":[],\"tests\":[{\"src\":\"100.64.0.1\","
		     "\"accept\":[");
	for (int i = 1; i <= count; i++)
		buf_putf(&b, "%s\"100.64.0.2:%d\"", i == 1 ? "" : ",", i);
	buf_put(&b, "]}]}", 5);
	return (const char *)b.bytes;
}

static void
a_few_hundred_failures_are_told_by_the_first_and_how_many_more(void **state)
{
	struct arena *mem = arena_new();
	struct policy_trial trial;
	const char *words;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(
		policy_try(db, failing(mem, 300), 0, mem, &trial), ERR_POLICY);
	words = policy_trial_words(mem, &trial);
	assert_non_null(strstr(words,
		"\nline 1, from \"100.64.0.1\": address \"100.64.0.2:100\": "
		"want: Accept, got: Drop\nand 200 more"));
	assert_int_equal(count_lines(words), 1 + POLICY_FAILURES_TOLD + 1);
	assert_int_equal(
		policy_try(db, failing(mem, 100), 0, mem, &trial), ERR_POLICY);
	words = policy_trial_words(mem, &trial);
	assert_null(strstr(words, "more"));
	db_close(db);
	arena_free(mem);
}

/* ---- a save ---- */

static const char tested[] =
	"{\"tagOwners\":{\"tag:a\":[]},\"grants\":[{\"src\":[\"100.64.0.1\"],"
	"\"dst\":[\"100.64.0.2\"],\"ip\":[\"*\"]}],\"tests\":[{\"src\":"
	"\"tag:a\",\"accept\":[\"100.64.0.2:22\"]}]}";

struct saving {
	struct policy_saved out;
	bool comes;       /* a machine that the test does not hold for */
	size_t rows_then; /* that were known when the transaction began */
};

static enum err
add_machine(struct db *db, const char *name, const char *ipv4)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.ipv4 = ipv4,
		.register_method = "cli",
		.created_at = 5 };
	int64_t id;

	n.machine_key.bytes[0] = n.node_key.bytes[0] = (unsigned char)*name;
	return db_node_add(db, &n, &id);
}

static enum err
begun(struct db *db, void *arg)
{
	struct saving *s = arg;

	s->rows_then = s->out.trial.rows.count;
	return s->comes ? add_machine(db, "late", "100.64.0.3") : ERR_OK;
}

static enum err
save_while(struct saving *s, struct arena *mem)
{
	const struct policy_save in = { .text = tested, .actor = "cli" };
	struct db *db;
	enum err e;

	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(add_machine(db, "first", "100.64.0.1"), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_after_begin(db, begun, s);
	e = tailnet_policy_save(db, &in, 6, mem, &s->out);
	db_close(db);
	return e;
}

static void
tests_of_a_text_run_before_others_have_to_wait(void **state)
{
	struct arena *mem = arena_new();
	struct saving s = { .comes = false };

	(void)state;
	assert_int_equal(save_while(&s, mem), ERR_OK);
	assert_int_equal(s.rows_then, 1);
	assert_int_equal(s.out.trial.rows.count, 1);
	assert_true(s.out.version > 0);
	arena_free(mem);
}

static void
who_comes_while_tests_run_is_tested_too(void **state)
{
	struct arena *mem = arena_new();
	struct saving s = { .comes = true };

	(void)state;
	assert_int_equal(save_while(&s, mem), ERR_POLICY);
	assert_string_equal(s.out.trial.error.text, "test(s) failed");
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_few_hundred_failures_are_told_by_the_first_and_how_many_more),
		cmocka_unit_test(
			tests_of_a_text_run_before_others_have_to_wait),
		cmocka_unit_test(who_comes_while_tests_run_is_tested_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
