/* What texts of allowed size cost that somebody wrote to cost much.  The bounds
 * are far above what is needed and far below what growth by squares takes. */
#include "policy/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/policy_case.h"

static struct arena *mem;
static struct engine *e;

static int
begin(void **state)
{
	(void)state;
	mem = arena_new();
	e = engine_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	engine_free(e);
	arena_free(mem);
	return 0;
}

/* Of this process, so that a busy machine does not count. */
static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct policy *
load(struct buf *text)
{
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy *p;

	buf_put(text, "", 1);
	assert_int_equal(buf_error(text), ERR_OK);
	p = policy_case_load(mem, (const char *)text->bytes, &error);
	if (!p)
		fail_msg("%s", error.text);
	return p;
}

/* Each tag is owned by the next, the last by a person. */
static void
a_long_chain_of_tag_owners_costs_its_links(void **state)
{
	enum {
		LINKS = 30 * 1000,
		TIMES = 20,
	};
	const struct json_texts none = { NULL, 0 };
	double before;
	struct buf b;

	(void)state;
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{'tagOwners':{");
	for (int i = 0; i < LINKS; i++)
		buf_putf(&b, "'tag:a%d':['tag:a%d'],", i, i + 1);
	buf_putf(&b, "'tag:a%d':['ann@example.com']}}", LINKS);
	engine_set_policy(e, load(&b));
	assert_int_equal(
		engine_put_person(e, &(struct engine_person){ .id = 1,
					     .login = "ann@example.com",
					     .role = POLICY_ROLE_MEMBER }),
		ERR_OK);
	before = cpu_seconds();
	for (int i = 0; i < TIMES; i++)
		assert_true(engine_owns_tag(e, 1, &none, "tag:a0"));
	assert_true(cpu_seconds() - before < 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_chain_of_tag_owners_costs_its_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
