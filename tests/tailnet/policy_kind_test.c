/*
 * policy_kind_test.c: what is open between two machines is open between any two
 * of their kinds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "policy/who.h"
#include "tailnet/policy_ends.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PEOPLE = 4,
	MACHINES = 40,
};

static const char *const tags[] = { "tag:web", "tag:db" };

static const char *const policies[] = {
	"{}",
	"{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], \"ip\": [\"*\"]}]}",
	"{\"grants\": [{\"src\": [\"autogroup:member\"], \"dst\": "
	"[\"autogroup:self\"], \"ip\": [\"*\"]}]}",
	"{\"tagOwners\": {\"tag:web\": [], \"tag:db\": []},"
	" \"groups\": {\"group:g\": [\"u1@example.com\", \"u2@example.com\"]},"
	" \"hosts\": {\"one\": \"100.64.0.3\", \"net\": \"10.1.0.0/16\"},"
	" \"ipsets\": {\"ipset:s\": [\"100.64.0.8/30\"]},"
	" \"postures\": {\"posture:p\": [\"custom:tier == 'prod'\"]},"
	" \"acls\": [{\"action\": \"accept\", \"src\": [\"one\"], \"dst\": "
	"[\"tag:web:22\"]},"
	" {\"action\": \"accept\", \"src\": [\"group:g\"], \"dst\": "
	"[\"ipset:s:1-9\"]}],"
	" \"grants\": [{\"src\": [\"group:g\"], \"dst\": [\"tag:db\"], \"ip\": "
	"[\"tcp:5432\"]},"
	" {\"src\": [\"autogroup:tagged\"], \"dst\": [\"autogroup:member\"], "
	"\"ip\": [\"icmp:*\"], \"srcPosture\": [\"posture:p\"]},"
	" {\"src\": [\"u3@example.com\"], \"dst\": [\"net\"], \"ip\": [\"*\"], \"via\": "
	"[\"tag:web\"]},"
	" {\"src\": [\"autogroup:admin\"], \"dst\": [\"tag:web\"], \"app\": "
	"{\"example.com/cap/x\": [{}]}}],"
	" \"ssh\": [{\"action\": \"accept\", \"src\": [\"autogroup:member\"], "
	"\"dst\": [\"autogroup:self\"], \"users\": [\"autogroup:nonroot\"]},"
	" {\"action\": \"check\", \"src\": [\"autogroup:member\"], \"dst\": "
	"[\"tag:web\", \"tag:db\"], \"users\": "
	"[\"localpart:*@example.com\", \"root\"]}]}",
};

/* Of every third a tag or two, one with routes, some without IPv4, some whose
 * attribute a posture asks for. */
static void
put_machine(struct engine *e, struct arena *mem, int i)
{
	static const char *const routes[] = { "10.1.0.0/16" };
	static const struct engine_attribute prod = { "custom:tier",
		"\"prod\"" };
	struct engine_machine m = { .id = i + 1,
		.user_id = i % 3 ? i % PEOPLE + 1 : 0,
		.ipv4 = i % 7 ? arena_printf(mem, "100.64.0.%d", i + 1) : NULL,
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::%x", i + 1),
		.online = true };

	if (!m.user_id)
		m.tags = (struct json_texts){ (const char **)tags + i % 2,
			i % 4 ? 1 : 2 - (size_t)(i % 2) };
	if (i % 12 == 0) {
		m.routes = (struct json_texts){ (const char **)routes, 1 };
		m.approved_routes = m.routes;
	}
	if (i % 5 == 0) {
		m.attributes = &prod;
		m.attribute_count = 1;
	}
	assert_int_equal(engine_put_machine(e, &m), ERR_OK);
}

static struct engine *
engine_of(struct arena *mem, const char *text)
{
	static const char *const own[] = { "example.com" };
	const struct json_texts domains = { (const char **)own, 1 };
	struct policy_error error = { "", { 0, 0 } };
	struct engine *e = engine_new();
	struct policy *p;

	if (policy_load((struct bytes){ (const void *)text, strlen(text) },
		    &domains, mem, &p, &error))
		fail_msg("%s: %s", text, error.text);
	engine_set_policy(e, p);
	for (int i = 1; i <= PEOPLE; i++)
		assert_int_equal(
			engine_put_person(e,
				&(struct engine_person){ .id = i,
					.login = arena_printf(
						mem, "u%d@example.com", i),
					.role = i == 1 ? POLICY_ROLE_ADMIN
						       : POLICY_ROLE_MEMBER }),
			ERR_OK);
	for (int i = 0; i < MACHINES; i++)
		put_machine(e, mem, i);
	return e;
}

static const char *
open_between(struct engine *e, struct arena *mem, int from, int to)
{
	const struct policy_point a = { .machine = from + 1 },
				  b = { .machine = to + 1 };
	struct policy_way *ways;
	size_t count = policy_ways(e, &a, &b, mem, &ways);
	const char *all = "";

	for (size_t i = 0; i < count; i++)
		all = arena_printf(
			mem, "%s[%s by %s]", all, ways[i].words, ways[i].rule);
	return all;
}

static bool
is_same(struct engine *e, int a, int b)
{
	struct policy_kind x = policy_kind(e, a + 1), y = policy_kind(e, b + 1);

	assert_true(x.class && y.class);
	return x.class == y.class && x.person == y.person;
}

/* The first of its kind. */
static int
first(struct engine *e, int machine)
{
	int i = 0;

	while (!is_same(e, i, machine))
		i++;
	return i;
}

/* The first of that kind that is not `but`. */
static int
other(struct engine *e, int machine, int but)
{
	for (int i = 0; i < MACHINES; i++)
		if (i != but && is_same(e, i, machine))
			return i;
	return -1;
}

static void
what_is_open_is_so_between_any_two_of_their_kinds(void **state)
{
	struct arena *mem = arena_new();

	(void)state;
	for (size_t p = 0; p < COUNT(policies); p++) {
		struct engine *e = engine_of(mem, policies[p]);
		int kinds = 0;

		for (int a = 0; a < MACHINES; a++) {
			int a0 = first(e, a);

			kinds += a0 == a;
			for (int b = 0; b < MACHINES; b++) {
				int b0 = other(e, b, a0);

				if (a == b || b0 < 0)
					continue;
				assert_string_equal(open_between(e, mem, a, b),
					open_between(e, mem, a0, b0));
			}
		}
		/* There is something to share. */
		assert_in_range(kinds, 2, MACHINES - 8);
		engine_free(e);
	}
	arena_free(mem);
}

static void
who_is_not_there_is_of_no_kind(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e = engine_of(mem, "{}");

	(void)state;
	assert_int_equal(policy_kind(e, MACHINES + 1).class, 0);
	assert_int_equal(policy_kind(e, 0).class, 0);
	engine_free(e);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_open_is_so_between_any_two_of_their_kinds),
		cmocka_unit_test(who_is_not_there_is_of_no_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
