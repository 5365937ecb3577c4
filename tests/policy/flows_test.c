/*
 * flows_test.c: what parts of a tailnet have open, against asking for each pair
 * of machines by itself.
 */
#include "policy/flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/who.h"
#include "tests/policy/few.h"

enum {
	MACHINES = 6,
};

static struct engine *
engine_of(struct arena *mem, const char *text)
{
	return engine_of_few(mem, text, MACHINES);
}

static bool
go_on(void *arg)
{
	size_t *left = arg;

	return !left || (*left)-- > 0;
}

static const struct flow *
flow_of(const struct flows *f, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].from == from && f->at[i].to == to)
			return &f->at[i];
	return NULL;
}

static const int32_t each[MACHINES] = { 0, 1, 2, 3, 4, 5 };
static const int32_t by_owner[MACHINES] = { 0, 0, 1, 2, 3, 3 };

#define TAGS "\"tagOwners\": {\"tag:web\": []}"
#define GRANT(s, d, i)                                           \
	"{\"src\": [\"" s "\"], \"dst\": [\"" d "\"], \"ip\": [" \
	"\"" i "\"]}"

static const char *const policies[] = {
	"{}",
	"{\"grants\": []}",
	"{" TAGS ", \"grants\": [" GRANT("u1@", "tag:web", "443") "]}",
	"{" TAGS ", \"grants\": [" GRANT("autogroup:member", "autogroup:self",
		"*") "," GRANT("tag:web", "u3@", "udp:53") "]}",
	"{" TAGS ", \"grants\": [" GRANT("100.64.0.2", "u2@",
		"tcp:22") "," GRANT("*", "100.64.0.5", "80-90") "]}",
};

static void
flows_are_those_of_the_pairs(void **state)
{
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct engine *e = engine_of(mem, policies[i]);
		struct flows f;

		policy_flows(e,
			&(struct flows_ask){
				each, MACHINES, FLOW_ALL, go_on, NULL },
			mem, &f);
		assert_false(f.stopped);
		for (uint32_t a = 0; a < MACHINES; a++)
			for (uint32_t b = 0; b < MACHINES; b++) {
				bool open =
					a != b &&
					policy_who_machines(e, a + 1, b + 1,
						REACH_ANY_PORT, POLICY_NO_PROTO)
							.section !=
						REACH_NOTHING;

				assert_int_equal(
					flow_of(&f, a, b) != NULL, open);
			}
		engine_free(e);
	}
}

static struct flows
look(struct arena *mem, const char *text, const int32_t *part_of,
	uint32_t parts, int32_t focus)
{
	struct engine *e = engine_of(mem, text);
	struct flows f;

	policy_flows(e,
		&(struct flows_ask){ part_of, parts, focus, go_on, NULL }, mem,
		&f);
	engine_free(e);
	return f;
}

static void
ports_are_told_in_words(void **state)
{
	static const char *const cases[][2] = {
		{ "443", "443" },
		{ "tcp:22", "tcp 22" },
		{ "*", "all ports" },
		{ "udp:*", "udp, all ports" },
		{ "icmp:*", "icmp" },
		{ "80-90", "80-90" },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct flows f = look(mem,
			arena_printf(mem,
				"{\"grants\": [{\"src\": [\"u1@\"], \"dst\": "
				"[\"u2@\"], \"ip\": [\"%s\"]}]}",
				cases[i][0]),
			by_owner, 4, FLOW_ALL);

		assert_int_equal(f.count, 1);
		assert_string_equal(f.at[0].words, cases[i][1]);
		assert_int_equal(f.at[0].line_count, 1);
	}
}

static void
what_some_have_is_told_as_such(void **state)
{
	struct arena *mem = *state;
	const struct flows one = look(mem, policies[4], by_owner, 4, FLOW_ALL);
	const struct flows own = look(mem, policies[3], by_owner, 4, FLOW_ALL);

	assert_true(flow_of(&one, 0, 1)->in_part); /* of two machines one */
	assert_true(flow_of(&one, 1, 3)->in_part); /* to one of two */
	assert_non_null(flow_of(&own, 0, 0));
	assert_null(flow_of(&own, 1, 1)); /* has one machine */
	assert_null(flow_of(&own, 0, 1));
	assert_string_equal(flow_of(&own, 3, 2)->words, "udp 53");
}

static void
ssh_alone_is_told_from_other_ports(void **state)
{
	static const char text[] = "{" TAGS ", \"grants\": [" GRANT(
		"u1@", "tag:web", "tcp:22") "," GRANT("u2@", "tag:web",
		"*") "],"
		     "\"ssh\": [{\"action\": \"check\", \"src\": [\"u1@\"], "
		     "\"dst\": [\"tag:web\"], \"users\": [\"root\"]}]}";
	const struct flows f = look(*state, text, by_owner, 4, FLOW_ALL);

	assert_true(flow_of(&f, 0, 3)->only_ssh);
	assert_string_equal(flow_of(&f, 0, 3)->words, "tcp 22 (SSH)");
	assert_string_equal(
		flow_of(&f, 0, 3)->ssh, "SSH as root, after a check");
	assert_false(flow_of(&f, 1, 3)->only_ssh);
}

static void
a_focus_leaves_out_what_it_has_no_part_in(void **state)
{
	const struct flows f = look(*state, "{}", by_owner, 4, 2);

	assert_null(flow_of(&f, 0, 1));
	assert_non_null(flow_of(&f, 0, 2));
	assert_non_null(flow_of(&f, 2, 3));
}

static void
it_stops_when_it_is_told(void **state)
{
	struct engine *e = engine_of(*state, "{}");
	size_t looks = 3;
	struct flows f;

	policy_flows(e,
		&(struct flows_ask){ each, MACHINES, FLOW_ALL, go_on, &looks },
		*state, &f);
	assert_true(f.stopped);
	assert_in_range(f.count, 0, 3);
	engine_free(e);
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
		TEST(flows_are_those_of_the_pairs),
		TEST(ports_are_told_in_words),
		TEST(what_some_have_is_told_as_such),
		TEST(ssh_alone_is_told_from_other_ports),
		TEST(a_focus_leaves_out_what_it_has_no_part_in),
		TEST(it_stops_when_it_is_told),
	};

	return cmocka_run_group_tests_name("policy/flows", tests, NULL, NULL);
}
