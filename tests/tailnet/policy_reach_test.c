/*
 * policy_reach_test.c: what one machine reaches and who reaches it, gathered,
 * against asking of each pair by itself.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tailnet/policy_reach.h"
#include "tests/lib/world.h"

enum {
	SEEDS = 300,
};

static bool
has(const struct policy_group *g, const struct policy_point *other)
{
	for (size_t i = 0; i < g->count && i < REACH_OTHERS_KEPT; i++)
		if (g->at[i].machine == other->machine &&
			addr_compare(g->at[i].addr, other->addr) == 0)
			return true;
	return g->count > REACH_OTHERS_KEPT;
}

static bool
is_told(const struct policy_reach *r, const struct policy_way *way,
	const struct policy_point *other)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->groups[i].way.kind == way->kind &&
			r->groups[i].way.line == way->line &&
			strcmp(r->groups[i].way.words, way->words) == 0 &&
			has(&r->groups[i], other))
			return true;
	return false;
}

static struct policy_point
point(struct engine *e, size_t i)
{
	const struct machine *m = engine_machine_at(e, i);

	return (struct policy_point){ "",
		m->face_count ? m->faces[0].addr : (struct addr){ 0 }, m->id };
}

/* How many ways there are between the two. */
static size_t
check_pair(struct engine *e, uint64_t seed, const struct policy_point *one,
	const struct policy_point *other, bool out,
	const struct policy_reach *reach, struct arena *mem)
{
	struct policy_way *ways;
	size_t count = policy_ways(
		e, out ? one : other, out ? other : one, mem, &ways);

	for (size_t i = 0; i < count; i++)
		if (!is_told(reach, &ways[i], other))
			fail_msg("seed %" PRIu64 ": %" PRId64 " %s %" PRId64
				 ": %s",
				seed, one->machine, out ? "to" : "from",
				other->machine, ways[i].words);
	return count;
}

static void
check_machine(struct engine *e, uint64_t seed, size_t at, bool out)
{
	struct arena *mem = arena_new();
	const struct policy_point one = point(e, at);
	struct policy_reach reach;
	size_t told = 0, found = 0;

	policy_reach(e, one.machine, out, INT64_MAX, mem, &reach);
	assert_int_equal(reach.left, 0);
	for (size_t i = 0; i < engine_machine_count(e); i++) {
		const struct policy_point other = point(e, i);

		if (i != at && engine_machine_at(e, i)->face_count &&
			engine_machine_at(e, at)->face_count)
			found += check_pair(
				e, seed, &one, &other, out, &reach, mem);
	}
	for (size_t i = 0; i < reach.count; i++)
		for (size_t k = 0; k < reach.groups[i].count; k++)
			told += k >= REACH_OTHERS_KEPT ||
				reach.groups[i].at[k].machine;
	/* Places may stand among those that are counted and not kept. */
	assert_true(told >= found);
	if (!out)
		assert_int_equal(told, found);
	arena_free(mem);
}

static void
what_is_gathered_is_what_each_pair_has(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct world w;
		struct engine *e;

		world_begin(&w, seed);
		e = world_engine(&w);
		for (size_t i = 0; i < engine_machine_count(e); i++) {
			check_machine(e, seed, i, true);
			check_machine(e, seed, i, false);
		}
		engine_free(e);
	}
}

static struct engine *
open_tailnet(size_t machines)
{
	struct engine *e = engine_new();
	const struct engine_person ann = {
		.id = 1, .login = "ann@", .role = POLICY_ROLE_MEMBER
	};

	engine_set_policy(e, NULL);
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	for (size_t i = 1; i <= machines; i++) {
		char ip[32];
		const struct engine_machine m = {
			.id = (int64_t)i, .user_id = 1, .ipv4 = ip
		};

		(void)snprintf(ip, sizeof(ip), "100.64.1.%zu", i);
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
	return e;
}

static void
a_group_keeps_some_and_counts_all(void **state)
{
	struct engine *e = open_tailnet(REACH_OTHERS_KEPT + 2);
	struct arena *mem = arena_new();
	struct policy_reach reach;

	(void)state;
	policy_reach(e, 1, true, INT64_MAX, mem, &reach);
	assert_int_equal(reach.count, 1);
	assert_int_equal(reach.groups[0].count, REACH_OTHERS_KEPT + 1);
	assert_int_equal(reach.groups[0].at[0].machine, 2);
	assert_int_equal(reach.groups[0].at[REACH_OTHERS_KEPT - 1].machine,
		REACH_OTHERS_KEPT + 1);
	arena_free(mem);
	engine_free(e);
}

static void
when_time_is_up_the_rest_is_counted(void **state)
{
	struct engine *e = open_tailnet(5);
	struct arena *mem = arena_new();
	struct policy_reach reach;

	(void)state;
	policy_reach(e, 1, false, 0, mem, &reach);
	assert_int_equal(reach.count, 0);
	assert_int_equal(reach.left, 4);
	policy_reach(e, 99, false, INT64_MAX, mem, &reach);
	assert_int_equal(reach.count + reach.left, 0);
	arena_free(mem);
	engine_free(e);
}

/* Machines 1 and 2 of two people, 3 tagged; `routes` of the last. */
static struct engine *
three(const char *text, const char *route, struct arena *mem)
{
	const char *domain = "x.org", *tag = "tag:a";
	const struct json_texts domains = { &domain, 1 };
	const struct json_texts routes = { &route, route ? 1 : 0 };
	struct engine *e = engine_new();
	struct policy_error error;
	struct policy *p;

	assert_int_equal(
		policy_load((struct bytes){ (const void *)text, strlen(text) },
			&domains, mem, &p, &error),
		ERR_OK);
	engine_set_policy(e, p);
	for (int64_t i = 1; i <= 2; i++) {
		const struct engine_person who = { .id = i,
			.login = i == 1 ? "ann@x.org" : "bob@x.org",
			.role = POLICY_ROLE_MEMBER };
		const struct engine_machine m = { .id = i,
			.user_id = i,
			.ipv4 = i == 1 ? "100.64.1.1" : "100.64.1.2" };

		assert_int_equal(engine_put_person(e, &who), ERR_OK);
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
	assert_int_equal(
		engine_put_machine(e, &(struct engine_machine){ .id = 3,
					      .tags = { &tag, 1 },
					      .ipv4 = "100.64.1.3",
					      .routes = routes,
					      .approved_routes = routes,
					      .online = true }),
		ERR_OK);
	return e;
}

/* Two of one class, whose logins are their own; no login is nobody's. */
static void
logins_of_their_own_are_told_apart(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e =
		three("{\"tagOwners\": {\"tag:a\": []},\n"
		      "\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"],"
		      " \"ip\": [\"*\"]}],\n"
		      "\"ssh\": [{\"action\": \"accept\", \"src\":"
		      " [\"autogroup:member\"], \"dst\": [\"tag:a\"],"
		      " \"users\": [\"localpart:*@x.org\"]}]}",
			NULL, mem);
	struct policy_reach reach;

	(void)state;
	policy_reach(e, 3, false, INT64_MAX, mem, &reach);
	assert_int_equal(reach.count, 3);
	assert_int_equal(reach.groups[0].count, 2);
	assert_string_equal(reach.groups[1].way.words, "SSH as ann");
	assert_string_equal(reach.groups[2].way.words, "SSH as bob");
	arena_free(mem);
	engine_free(e);
}

/* By routers that carry the address of one of them each. */
static void
a_route_to_one_machine_tells_it_from_its_like(void **state)
{
	const char *tag = "tag:b", *route = "100.64.1.1/32";
	const struct json_texts routes = { &route, 1 };
	struct arena *mem = arena_new();
	struct engine *e =
		three("{\"tagOwners\": {\"tag:a\": [], \"tag:b\": []},\n"
		      "\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"],"
		      " \"ip\": [\"*\"], \"via\": [\"tag:a\"]}]}",
			"100.64.1.2/32", mem);
	struct policy_reach reach;

	(void)state;
	assert_int_equal(
		engine_put_machine(e, &(struct engine_machine){ .id = 4,
					      .tags = { &tag, 1 },
					      .ipv4 = "100.64.1.4",
					      .routes = routes,
					      .approved_routes = routes,
					      .online = true }),
		ERR_OK);
	policy_reach(e, 3, true, INT64_MAX, mem, &reach);
	assert_int_equal(reach.count, 1);
	assert_int_equal(reach.groups[0].at[0].machine, 2);
	for (size_t i = 1; i < reach.groups[0].count; i++)
		assert_int_equal(reach.groups[0].at[i].machine, 0);
	arena_free(mem);
	engine_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_gathered_is_what_each_pair_has),
		cmocka_unit_test(a_group_keeps_some_and_counts_all),
		cmocka_unit_test(logins_of_their_own_are_told_apart),
		cmocka_unit_test(a_route_to_one_machine_tells_it_from_its_like),
		cmocka_unit_test(when_time_is_up_the_rest_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
