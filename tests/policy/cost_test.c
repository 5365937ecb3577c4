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

#include "policy/compare.h"
#include "policy/tests.h"
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

/* So many machines of one person, a hundred of another's behind them.  The last
 * two of the first carry routes: 512 of one address each, and all addresses. */
static void
put_machines(size_t count, bool routed)
{
	const char *singles[512], *all[] = { "100.64.0.0/10" };
	char ipv4[32];

	for (int i = 0; i < 512; i++)
		singles[i] =
			arena_printf(mem, "10.0.%d.%d/32", i / 256, i % 256);
	for (size_t i = 0; i < count + 100; i++) {
		struct engine_machine m = {
			.id = (int64_t)i + 1,
			.user_id = i < count ? 1 : 2,
			.ipv4 = ipv4,
			.online = true,
		};

		(void)snprintf(ipv4, sizeof(ipv4), "100.64.%zu.%zu", i / 250,
			i % 250 + 1);
		if (routed && i == count - 1)
			m.routes = (struct json_texts){ all, 1 };
		else if (routed && i == count - 2)
			m.routes = (struct json_texts){ singles, 512 };
		m.approved_routes = m.routes;
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
}

static void
put_people(void)
{
	static const char *const logins[] = { "ann@example.com",
		"bob@example.com" };

	for (int i = 0; i < 2; i++)
		assert_int_equal(engine_put_person(e,
					 &(struct engine_person){ .id = i + 1,
						 .login = logins[i],
						 .role = POLICY_ROLE_MEMBER }),
			ERR_OK);
}

static struct policy *
self_rules(int count)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{'acls':[");
	for (int i = 0; i < count; i++)
		buf_putf(&b,
			"%s{'action':'accept','src':['autogroup:member',"
			"'u%d@example.com'],'dst':['autogroup:self:%d']}",
			i ? "," : "", i, i + 1);
	buf_puts(&b, "]}");
	return load(&b);
}

/* What each of two policies costs that follow each other. */
static double
cost_of_rules(int count)
{
	const struct engine_dirty *list;
	double before;

	put_people();
	engine_set_policy(e, self_rules(1));
	(void)engine_dirty(e, &list);
	engine_clean(e);
	before = cpu_seconds();
	engine_set_policy(e, self_rules(count));
	assert_true(engine_dirty(e, &list) >= 1000);
	engine_set_policy(e, self_rules(count + 1));
	(void)engine_dirty(e, &list);
	return cpu_seconds() - before;
}

static void
self_rules_cost_no_list_of_the_devices_for_each_device(void **state)
{
	(void)state;
	put_machines(1000, false);
	assert_true(cost_of_rules(300) < 3);
}

static void
routes_over_the_devices_of_a_person_are_looked_through_once(void **state)
{
	(void)state;
	put_machines(1000, true);
	assert_true(cost_of_rules(20) < 3);
}

static bool
go_on(void *arg)
{
	(void)arg;
	return true;
}

/* One policy opens everything, the other two thousand ports. */
static void
ports_of_two_policies_are_compared_in_their_order(void **state)
{
	struct engine *first = e, *second = engine_new();
	struct compare c;
	double before;
	struct buf b;

	(void)state;
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{'grants':[{'src':['*'],'dst':['*'],'ip':['*']}]}");
	engine_set_policy(first, load(&b));
	put_people();
	put_machines(1, false);
	e = second;
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{'acls':[{'action':'accept','src':['*'],'dst':['*:1");
	for (int i = 1; i < 2000; i++)
		buf_putf(&b, ",%d", 2 * i + 1);
	buf_puts(&b, "']},{'action':'accept','dst':['*:9999'],'src':[");
	for (int i = 1; i <= 20; i++)
		buf_putf(&b, "%s'100.64.0.%d'", i == 1 ? "" : ",", i);
	buf_puts(&b, "]}]}");
	engine_set_policy(second, load(&b));
	put_people();
	put_machines(1, false);
	e = first;
	before = cpu_seconds();
	policy_compare(first, second, 200, go_on, NULL, mem, &c);
	assert_true(cpu_seconds() - before < 2);
	assert_true(c.removed > 0);
	engine_free(second);
}

/* Each of a thousand machines to each of six hundred ports, which six hundred
 * rules do not open before the last. */
static void
tests_ask_for_classes_of_machines(void **state)
{
	struct policy_failures failures;
	struct policy_error error;
	double before;
	struct buf b;

	(void)state;
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{'acls':[");
	for (int i = 0; i < 600; i++)
		buf_putf(&b,
			"{'action':'accept','src':['u%d@example.com'],"
			"'dst':['*:*']},",
			i);
	buf_puts(&b, "{'action':'accept','src':['*'],'dst':['*:*']}],"
		     "'tests':[{'src':'autogroup:member','accept':[");
	for (int i = 1; i <= 600; i++)
		buf_putf(&b, "%s'100.64.0.1:%d'", i == 1 ? "" : ",", i);
	buf_puts(&b, "]}]}");
	put_people();
	put_machines(1000, false);
	engine_set_policy(e, load(&b));
	before = cpu_seconds();
	assert_int_equal(policy_tests(e, mem, &error, &failures), ERR_OK);
	assert_true(cpu_seconds() - before < 2);
}

static uint32_t
line_of_approver(void)
{
	return engine_auto_approver(e, 1000, "100.64.0.0/10").line;
}

/* Views are numbered anew whenever classes are made. */
static void
a_comment_moves_lines_and_nothing_else(void **state)
{
	static const char *const texts[] = {
		"{'autoApprovers':{'routes':{'100.64.0.0/10':["
		"'ann@example.com']}},'acls':[{'action':'accept','src':['*'],"
		"'dst':['*:22']}]}",
		"// Who approves what:\n{ 'autoApprovers':{\n'routes':{"
		"'100.64.0.0/10':['ann@example.com']}},'acls':[{'action':"
		"'accept', 'src':['*'], 'dst':['*:22']}]}",
	};
	const struct engine_dirty *list;
	struct buf b[2], text[2];
	uint64_t view;

	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_init(&text[i], mem, SIZE_MAX);
		buf_puts(&text[i], texts[i]);
		buf_init(&b[i], mem, SIZE_MAX);
	}
	put_people();
	put_machines(1000, true);
	engine_set_policy(e, load(&text[0]));
	(void)engine_dirty(e, &list);
	engine_clean(e);
	view = engine_view(e, 1);
	engine_put_filter(e, 1, &b[0]);
	assert_int_equal(line_of_approver(), 1);
	engine_set_policy(e, load(&text[1]));
	assert_int_equal(engine_dirty(e, &list), 0);
	assert_true(engine_view(e, 1) == view);
	engine_put_filter(e, 1, &b[1]);
	assert_int_equal(b[0].len, b[1].len);
	assert_memory_equal(b[0].bytes, b[1].bytes, b[0].len);
	assert_int_equal(line_of_approver(), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_chain_of_tag_owners_costs_its_links),
		TEST(ports_of_two_policies_are_compared_in_their_order),
		TEST(tests_ask_for_classes_of_machines),
		TEST(a_comment_moves_lines_and_nothing_else),
		TEST(self_rules_cost_no_list_of_the_devices_for_each_device),
		TEST(routes_over_the_devices_of_a_person_are_looked_through_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
