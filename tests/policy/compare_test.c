/*
 * compare_test.c: what two policies let through differently, against asking
 * for each pair of machines and each port by itself.
 */
#include "policy/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/who.h"
#include "tests/policy/few.h"

#define MACHINES 5

static struct engine *
engine_of(struct arena *mem, const char *text)
{
	return engine_of_few(mem, text, MACHINES);
}

static bool
go_on(void *arg)
{
	(void)arg;
	return true;
}

static bool
reaches(struct engine *e, int64_t from, int64_t to, int port)
{
	return policy_who_machines(e, from, to, port, 6).section !=
	       REACH_NOTHING;
}

static bool
pings(struct engine *e, int64_t from, int64_t to)
{
	return policy_who_machines(e, from, to, REACH_ANY_PORT, REACH_ICMP)
		       .section != REACH_NOTHING;
}

#define TAGS "\"tagOwners\": {\"tag:web\": []}"
#define GRANT(s, d, i)                                           \
	"{\"src\": [\"" s "\"], \"dst\": [\"" d "\"], \"ip\": [" \
	"\"" i "\"]}"

static const char *const policies[] = {
	"{" TAGS "}",
	"{" TAGS ", \"grants\": []}",
	"{" TAGS ", \"grants\": [" GRANT("*", "*", "*") "]}",
	"{" TAGS ", \"grants\": [" GRANT("*", "*", "tcp:22") "]}",
	"{" TAGS ", \"grants\": [" GRANT(
		"u1@", "tag:web", "tcp:20-30") ", " GRANT("*", "u2@", "*") "]}",
	"{" TAGS
	", \"grants\": [" GRANT("autogroup:member", "autogroup:self", "*") "]}",
	"{" TAGS ", \"grants\": [" GRANT("autogroup:member", "autogroup:self",
		"tcp:22") ", " GRANT("autogroup:member", "tag:web",
		"tcp:443") "]}",
	"{" TAGS ", \"acls\": [{\"action\": \"accept\", \"src\": "
	"[\"100.64.0.3\"], \"dst\": [\"100.64.0.1:443\"]}]}",
	"{" TAGS ", \"grants\": [" GRANT("*", "*", "icmp:*") "]}",
	"{" TAGS ", \"grants\": [" GRANT("*", "*", "icmp:*") ", " GRANT(
		"*", "*", "*") "]}",
};

enum {
	POLICIES = sizeof(policies) / sizeof(policies[0]),
};

/* In how many pairs some of the ports that policies here name opens. */
static size_t
gains(struct engine *before, struct engine *after)
{
	static const int ports[] = { 1, 19, 20, 22, 30, 31, 443, 65535 };
	size_t n = 0;

	for (int64_t i = 1; i <= MACHINES; i++)
		for (int64_t k = 1; k <= MACHINES; k++) {
			bool gain = false;

			for (size_t p = 0; i != k && p < 8; p++)
				gain = gain ||
				       (reaches(after, i, k, ports[p]) &&
					       !reaches(
						       before, i, k, ports[p]));
			gain = gain || (i != k && pings(after, i, k) &&
					       !pings(before, i, k));
			n += gain;
		}
	return n;
}

static bool
has_any(struct engine *e, int64_t id)
{
	for (int64_t k = 1; k <= MACHINES; k++)
		if (k != id && (reaches(e, id, k, REACH_ANY_PORT) ||
				       reaches(e, k, id, REACH_ANY_PORT) ||
				       pings(e, id, k) || pings(e, k, id)))
			return true;
	return false;
}

static void
gains_and_losses_are_those_of_each_pair(void **state)
{
	(void)state;
	for (size_t i = 0; i < POLICIES; i++)
		for (size_t k = 0; k < POLICIES; k++) {
			struct arena *mem = arena_new();
			struct engine *a = engine_of(mem, policies[i]);
			struct engine *b = engine_of(mem, policies[k]);
			struct compare c;
			size_t lost = 0;

			policy_compare(a, b, 100, go_on, NULL, mem, &c);
			if (c.added != gains(a, b) || c.removed != gains(b, a))
				fail_msg("%s\n%s\n+%zu -%zu, not +%zu -%zu",
					policies[i], policies[k], c.added,
					c.removed, gains(a, b), gains(b, a));
			for (int64_t id = 1; id <= MACHINES; id++)
				lost += has_any(a, id) && !has_any(b, id);
			if (c.cut_off_count != lost)
				fail_msg("%s\n%s\n%zu cut off, not %zu",
					policies[i], policies[k],
					c.cut_off_count, lost);
			engine_free(a);
			engine_free(b);
			arena_free(mem);
		}
}

static void
a_flow_says_ports_and_the_line_of_the_rule(void **state)
{
	struct arena *mem = arena_new();
	struct engine *a = engine_of(mem, policies[1]);
	struct engine *b = engine_of(mem,
		"{" TAGS ",\n\"grants\": [\n" GRANT("u2@", "tag:web",
			"tcp:22") ",\n" GRANT("u2@", "tag:web", "udp:53") "]}");
	struct compare c;

	(void)state;
	policy_compare(a, b, 100, go_on, NULL, mem, &c);
	assert_int_equal(c.count, 1);
	assert_true(c.flows[0].added);
	assert_string_equal(c.flows[0].words, "tcp 22, udp 53");
	assert_int_equal(c.flows[0].rule.line, 3);
	assert_int_equal(c.groups[c.flows[0].from].machines[0], 3);
	assert_int_equal(c.groups[c.flows[0].to].machines[0], 5);
	policy_compare(b, a, 100, go_on, NULL, mem, &c);
	assert_true(c.flows[0].closed);
	assert_int_equal(c.cut_off_count, 2);
	engine_free(a);
	engine_free(b);
	arena_free(mem);
}

/* What pings need is any open port. */
static void
pings_go_on_while_a_port_is_open(void **state)
{
	static const struct {
		const char *before, *after, *gone;
	} rows[] = {
		{ GRANT("*", "*", "*") ", " GRANT("*", "*", "icmp:*"),
			GRANT("*", "*", "*"), "" },
		{ GRANT("*", "*", "tcp:22") ", " GRANT("*", "*", "icmp:*"),
			GRANT("*", "*", "udp:53"), "tcp 22" },
		{ GRANT("*", "*", "icmp:*"), GRANT("*", "*", "gre:*"), "" },
		{ GRANT("*", "*", "icmp:*"), "", "icmp" },
		{ GRANT("*", "*", "tcp:22") ", " GRANT("*", "*", "icmp:*"), "",
			"icmp, tcp 22" },
		{ GRANT("*", "*", "tcp:22"), "", "tcp 22" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *mem = arena_new();
		struct engine *a = engine_of(
			mem, arena_printf(mem, "{" TAGS ", \"grants\": [%s]}",
				     rows[i].before));
		struct engine *b = engine_of(
			mem, arena_printf(mem, "{" TAGS ", \"grants\": [%s]}",
				     rows[i].after));
		const char *gone = "";
		struct compare c;

		policy_compare(a, b, 100, go_on, NULL, mem, &c);
		for (size_t k = 0; k < c.count; k++)
			if (!c.flows[k].added)
				gone = c.flows[k].words;
		assert_string_equal(gone, rows[i].gone);
		engine_free(a);
		engine_free(b);
		arena_free(mem);
	}
}

static void
a_flow_names_ports_where_there_are_some_and_values_that_change(void **state)
{
	static const char *const cases[][3] = {
		{ "\"ip\": [\"*\"]", "\"ip\": [\"gre:*\"]", "all ports" },
		{ "\"ip\": [\"udp:*\"]", "\"ip\": [\"tcp:1\"]",
			"udp all ports" },
		{ "\"app\": {\"example.com/cap/a\": [{\"n\": 1}]}",
			"\"app\": {\"example.com/cap/a\": [{\"n\": 2}]}",
			"app example.com/cap/a with [{\"n\":1}]" },
	};
	static const char text[] =
		"{\"tagOwners\": {\"tag:web\": []}, \"grants\": [{\"src\": "
		"[\"u2@\"], \"dst\": [\"tag:web\"], %s}]}";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *mem = arena_new();
		struct engine *a =
			engine_of(mem, arena_printf(mem, text, cases[i][1]));
		struct engine *b =
			engine_of(mem, arena_printf(mem, text, cases[i][0]));
		struct compare c;

		policy_compare(a, b, 100, go_on, NULL, mem, &c);
		assert_true(c.count > 0 && c.flows[0].added);
		assert_string_equal(c.flows[0].words, cases[i][2]);
		engine_free(a);
		engine_free(b);
		arena_free(mem);
	}
}

/* Of the flows, "+ place or machine: words; " each. */
static const char *
told(struct arena *mem, const struct compare *c)
{
	const char *words = "";

	for (size_t i = 0; i < c->count; i++) {
		const struct compare_flow *f = &c->flows[i];
		const struct compare_group *from = &c->groups[f->from];

		words = arena_printf(mem, "%s%s%d to %s: %s, line %u; ", words,
			f->added ? "+" : "-", (int)from->machines[0],
			f->place ? f->place
				 : arena_printf(mem, "%d",
					   (int)c->groups[f->to].machines[0]),
			f->words, f->rule.line);
	}
	return words;
}

/* 5 carries 10.1.0.0/16, and the internet. */
static struct engine *
engine_with_router(struct arena *mem, const char *text)
{
	static const char *const web[] = { "tag:web" };
	static const char *const routes[] = { "0.0.0.0/0", "10.1.0.0/16",
		"::/0" };
	struct engine *e = engine_of(mem, text);
	const struct engine_machine m = { .id = 5,
		.tags = { (const char **)web, 1 },
		.ipv4 = "100.64.0.5",
		.routes = { (const char **)routes, 3 },
		.approved_routes = { (const char **)routes, 3 } };

	assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	return e;
}

static void
what_lies_behind_routers_counts(void **state)
{
	struct arena *mem = arena_new();
	struct engine *a =
		engine_with_router(mem, "{" TAGS ", \"grants\": []}");
	struct engine *b = engine_with_router(mem,
		"{" TAGS
		", \"hosts\": {\"db\": \"10.1.0.5\"},\n\"grants\": [\n" GRANT(
			"u2@", "10.1.0.0/16", "tcp:22") ",\n" GRANT("u3@", "db",
			"tcp:5432") ",\n" GRANT("u3@", "autogroup:internet",
			"udp:53") ",\n" GRANT("u3@", "192.0.2.1", "*") "]}");
	struct compare c;

	(void)state;
	policy_compare(a, b, 100, go_on, NULL, mem, &c);
	assert_string_equal(told(mem, &c),
		"+3 to 10.1.0.0/16: tcp 22, line 3; "
		"+3 to db: tcp 22, line 3; "
		"+4 to db: tcp 5432, line 4; "
		"+4 to the internet: udp 53, line 5; ");
	assert_int_equal(c.added, 4);
	policy_compare(b, a, 100, go_on, NULL, mem, &c);
	assert_int_equal(c.removed, 4);
	assert_true(c.flows[0].closed);
	assert_int_equal(c.cut_off_count, 2);
	engine_free(a);
	engine_free(b);
	arena_free(mem);
}

static void
logins_and_apps_count(void **state)
{
	struct arena *mem = arena_new();
	struct engine *a = engine_of(mem,
		"{" TAGS ", \"grants\": [],\n"
		"\"ssh\": [{\"action\": \"accept\", \"src\": [\"u2@\"], "
		"\"dst\": [\"tag:web\"], \"users\": [\"root\", \"ann\"]}]}");
	struct engine *b = engine_of(mem,
		"{" TAGS ", \"grants\": [\n"
		"{\"src\": [\"u3@\"], \"dst\": [\"tag:web\"], \"app\": "
		"{\"example.com/cap/a\": [{}]}}],\n"
		"\"ssh\": [\n{\"action\": \"check\", \"src\": [\"u2@\"], "
		"\"dst\": [\"tag:web\"], \"users\": [\"root\"]},\n"
		"{\"action\": \"accept\", \"src\": [\"u2@\"], "
		"\"dst\": [\"tag:web\"], \"users\": [\"root\", \"ann\"]},\n"
		"{\"action\": \"accept\", \"src\": [\"autogroup:member\"], "
		"\"dst\": [\"autogroup:self\"], \"users\": [\"bob\"]}]}");
	struct compare c;

	(void)state;
	policy_compare(a, b, 100, go_on, NULL, mem, &c);
	assert_string_equal(told(mem, &c),
		"+1 to 1: SSH as bob, line 6; "
		"+3 to 5: SSH as root, after a check, line 4; "
		"-3 to 5: SSH as root, line 2; "
		"+4 to 5: app example.com/cap/a, line 2; ");
	assert_true(c.flows[0].own);
	policy_compare(b, b, 100, go_on, NULL, mem, &c);
	assert_int_equal(c.count, 0);
	engine_free(a);
	engine_free(b);
	arena_free(mem);
}

struct patience {
	size_t asked, until;
};

static bool
is_patient(void *arg)
{
	struct patience *p = arg;

	return p->asked++ < p->until;
}

#define OPEN "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}"
/* Each machine is told apart from all others. */
#define EACH                                                             \
	"{\"grants\":[{\"src\":[\"100.64.0.1\",\"100.64.0.2\","          \
	"\"100.64.0.3\",\"100.64.0.4\",\"100.64.0.5\"],\"dst\":[\"*\"]," \
	"\"ip\":[\"22\"]}]}"

/* Whatever is looked at, the time is asked for before the next pair. */
static void
a_comparison_stops_wherever_it_is(void **state)
{
	struct arena *mem = arena_new();
	struct engine *before = engine_of(mem, OPEN);
	struct engine *after = engine_of(mem, EACH);
	struct patience p = { 0, SIZE_MAX };
	struct compare all, part;
	size_t asked;

	(void)state;
	policy_compare(before, after, 200, is_patient, &p, mem, &all);
	asked = p.asked;
	assert_false(all.stopped);
	assert_int_equal(all.group_count, MACHINES);
	assert_true(asked >= MACHINES + MACHINES * MACHINES);
	for (size_t until = 0; until < asked; until++) {
		p = (struct patience){ 0, until };
		policy_compare(before, after, 200, is_patient, &p, mem, &part);
		assert_true(part.stopped);
		assert_int_equal(p.asked, until + 1);
		assert_true(part.count <= all.count);
		assert_int_equal(part.cut_off_count, 0);
	}
	engine_free(before);
	engine_free(after);
	arena_free(mem);
}

/* Of a thousand ports the first hundred are told. */
static void
a_long_list_of_ports_is_told_by_its_first(void **state)
{
	struct arena *mem = arena_new();
	struct engine *before = engine_of(mem, "{\"grants\":[]}"), *after;
	struct compare c;
	struct buf b;

	(void)state;
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[");
	for (int i = 0; i < 1000; i++)
		buf_putf(&b, "%s\"tcp:%d\"", i ? "," : "", 2 * i + 1);
	buf_put(&b, "]}]}", 5);
	after = engine_of(mem, (const char *)b.bytes);
	policy_compare(before, after, 200, go_on, NULL, mem, &c);
	assert_true(c.count > 0);
	assert_non_null(strstr(c.flows[0].words, "tcp 199, and 900 more"));
	engine_free(before);
	engine_free(after);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gains_and_losses_are_those_of_each_pair),
		cmocka_unit_test(a_flow_says_ports_and_the_line_of_the_rule),
		cmocka_unit_test(
			a_flow_names_ports_where_there_are_some_and_values_that_change),
		cmocka_unit_test(pings_go_on_while_a_port_is_open),
		cmocka_unit_test(what_lies_behind_routers_counts),
		cmocka_unit_test(logins_and_apps_count),
		cmocka_unit_test(a_comparison_stops_wherever_it_is),
		cmocka_unit_test(a_long_list_of_ports_is_told_by_its_first),
	};

	return cmocka_run_group_tests_name("policy/compare", tests, NULL, NULL);
}
