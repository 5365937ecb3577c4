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
		{ "sctp:7", "sctp 7" },
		{ "47:*", "protocol 47, all ports" },
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
a_machine_of_no_part_is_left_out(void **state)
{
	static const int32_t without[MACHINES] = { 0, FLOW_NOBODY, 1, 2, 3, 3 };
	const struct flows f = look(*state, policies[4], without, 4, FLOW_ALL);

	assert_null(flow_of(&f, 0, 1));
	assert_non_null(flow_of(&f, 0, 3));
}

/* Of u1's two machines each has one of two ranges, by rules of one line. */
static void
answers_that_differ_are_told_together(void **state)
{
	static const struct {
		const char *one, *other, *words;
		bool in_part;
	} cases[] = {
		{ "443", "443", "443", false },
		{ "tcp:443", "udp:443", "443", true },
		{ "80-85", "80-95", "80-95", true },
		{ "85-95", "80-95", "80-95", true },
		{ "80", "443", "80, 443", true },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct flows f = look(mem,
			arena_printf(mem,
				"{\"grants\": [{\"src\": [\"100.64.0.1\"], "
				"\"dst\": [\"u2@\"], \"ip\": [\"%s\"]}, "
				"{\"src\": [\"100.64.0.2\"], "
				"\"dst\": [\"u2@\"], \"ip\": [\"%s\"]}]}",
				cases[i].one, cases[i].other),
			by_owner, 4, FLOW_ALL);

		assert_string_equal(f.at[0].words, cases[i].words);
		assert_int_equal(f.at[0].in_part, cases[i].in_part);
		assert_int_equal(f.at[0].line_count, 1);
	}
}

/* So many rules, a line each from the second on, with a port each. */
static struct flows
rules(struct arena *mem, int count)
{
	const char *text = "{\"grants\": [";

	for (int i = 0; i < count; i++)
		text = arena_printf(mem,
			"%s\n{\"src\": [\"u1@\"], \"dst\": [\"u2@\"], "
			"\"ip\": [\"%d\"]},",
			text, 100 + 10 * i);
	return look(
		mem, arena_printf(mem, "%s]}", text), by_owner, 4, FLOW_ALL);
}

static void
a_flow_names_the_first_of_its_rules(void **state)
{
	const struct flows few = rules(*state, FLOW_LINES_MAX);
	const struct flows many = rules(*state, FLOW_LINES_MAX + 2);

	assert_int_equal(few.at[0].line_count, FLOW_LINES_MAX);
	assert_false(few.at[0].more_lines);
	assert_int_equal(many.at[0].line_count, FLOW_LINES_MAX);
	assert_true(many.at[0].more_lines);
	for (uint32_t i = 0; i < FLOW_LINES_MAX; i++)
		assert_int_equal(many.at[0].lines[i], i + 2);
}

static void
more_ports_than_a_dozen_are_counted(void **state)
{
	const struct flows few = rules(*state, FLOW_WORDS_MAX);
	const struct flows many = rules(*state, FLOW_WORDS_MAX + 2);

	assert_null(strstr(few.at[0].words, "more"));
	assert_non_null(strstr(few.at[0].words, "100, 110, "));
	assert_non_null(strstr(many.at[0].words, "200, 210 and 2 more"));
}

/* People of one part, by rules that differ in what they say of logins. */
static void
logins_are_told_once_each(void **state)
{
	static const int32_t together[MACHINES] = { 0, 0, 0, 1, 2, 2 };
	static const struct {
		const char *other, *words;
		bool in_part;
	} cases[] = {
		{ "accept", "SSH as root", false },
		{ "check", "SSH as root, after a check; SSH as root", true },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < 2; i++) {
		const struct flows f = look(mem,
			arena_printf(mem,
				"{" TAGS ", \"ssh\": [{\"action\": \"accept\", "
				"\"src\": [\"u1@\"], \"dst\": "
				"[\"tag:web\"], \"users\": [\"root\"]}, "
				"{\"action\": \"%s\", \"src\": [\"u2@\"], "
				"\"dst\": [\"tag:web\"], \"users\": "
				"[\"root\"]}], \"grants\": [" GRANT(
					"u1@", "tag:web", "22") "," GRANT("u2@",
					"tag:web", "22") "]}",
				cases[i].other),
			together, 3, FLOW_ALL);
		const struct flow *to = flow_of(&f, 0, 2);

		assert_non_null(to);
		assert_string_equal(to->ssh, cases[i].words);
		assert_int_equal(to->in_part, cases[i].in_part);
	}
}

/* The first of the servers carries a subnet. */
static struct flows
look_past_router(struct arena *mem, int32_t focus)
{
	static const char text[] = "{" TAGS ", \"grants\": [" GRANT(
		"u1@", "10.1.0.0/24", "443") "]}";
	static const char *const tags[] = { "tag:web" }, *const routes[] = {
		"10.1.0.0/24"
	};
	const struct json_texts net = { (const char **)(uintptr_t)routes, 1 };
	struct engine *e = engine_of(mem, text);
	struct flows f;

	assert_int_equal(
		engine_put_machine(e,
			&(struct engine_machine){ .id = MACHINES - 1,
				.tags = { (const char **)(uintptr_t)tags, 1 },
				.ipv4 = "100.64.0.5",
				.routes = net,
				.approved_routes = net,
				.online = true }),
		ERR_OK);
	policy_flows(e, &(struct flows_ask){ by_owner, 4, focus, go_on, NULL },
		mem, &f);
	engine_free(e);
	return f;
}

static void
what_lies_behind_a_router_is_a_place(void **state)
{
	const struct flows all = look_past_router(*state, FLOW_ALL);

	assert_int_equal(all.place_count, 1);
	assert_string_equal(all.places[0].name, "10.1.0.0/24");
	assert_non_null(flow_of(&all, 0, 4));
	assert_string_equal(flow_of(&all, 0, 4)->words, "443");
	assert_null(flow_of(&all, 1, 4));
	assert_non_null(
		flow_of((struct flows[]){ look_past_router(*state, 0) }, 0, 4));
	assert_int_equal(look_past_router(*state, 1).count, 0);
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
		TEST(a_machine_of_no_part_is_left_out),
		TEST(answers_that_differ_are_told_together),
		TEST(a_flow_names_the_first_of_its_rules),
		TEST(more_ports_than_a_dozen_are_counted),
		TEST(logins_are_told_once_each),
		TEST(what_lies_behind_a_router_is_a_place),
		TEST(a_focus_leaves_out_what_it_has_no_part_in),
		TEST(it_stops_when_it_is_told),
	};

	return cmocka_run_group_tests_name("policy/flows", tests, NULL, NULL);
}
