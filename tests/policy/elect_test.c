#include "policy/elect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "tests/lib/policy_case.h"

#define NET   "10.0.0.0/8"
#define OTHER "192.168.1.0/24"

static struct arena *mem;
static struct engine *e;

/* What the caller keeps of each router. */
static struct router {
	bool there, offline, doubtful;
	const char *routes, *tags;
	struct json_texts elected;
} routers[5];

static struct json_texts
words(const char *text)
{
	struct json_texts t = { arena_array(mem, 16, sizeof(*t.at)), 0 };
	char *copy = arena_strdup(mem, text), *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w;
		w = strtok_r(NULL, " ", &save))
		t.at[t.count++] = w;
	return t;
}

static void
put(int64_t id)
{
	const struct router *r = &routers[id];

	assert_int_equal(engine_put_machine(e,
				 &(struct engine_machine){ .id = id,
					 .user_id = r->tags ? 0 : 1,
					 .tags = words(r->tags ? r->tags : ""),
					 .ipv4 = arena_printf(
						 mem, "100.64.0.%d", (int)id),
					 .routes = words(r->routes),
					 .approved_routes = words(r->routes),
					 .online = !r->offline,
					 .doubtful = r->doubtful,
					 .primary_routes = r->elected }),
		ERR_OK);
}

static void
take(const struct election *x)
{
	struct json_texts *l = &routers[x->id].elected;
	struct json_texts now = {
		arena_array(mem, l->count + 1, sizeof(*now.at)), 0
	};

	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i], x->route) != 0)
			now.at[now.count++] = l->at[i];
	if (x->wins)
		now.at[now.count++] = x->route;
	*l = now;
	put(x->id);
}

static size_t
elect(void)
{
	struct election *all;
	size_t count = engine_elections(e, mem, &all);

	for (size_t i = 0; i < count; i++)
		take(&all[i]);
	return count;
}

static int64_t
primary(const char *route)
{
	struct candidate *at;

	return engine_candidates(e, route, mem, &at) && at[0].primary ? at[0].id
								      : 0;
}

static void
becomes(int64_t id, bool offline, bool doubtful)
{
	routers[id].offline = offline;
	routers[id].doubtful = doubtful;
	put(id);
	elect();
}

static int
begin(void **state)
{
	(void)state;
	mem = arena_new();
	e = engine_new();
	memset(routers, 0, sizeof(routers));
	for (int64_t id = 1; id <= 3; id++) {
		routers[id].routes = NET;
		put(id);
	}
	elect();
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

static void
the_first_that_joined_is_elected(void **state)
{
	(void)state;
	assert_int_equal(primary(NET), 1);
	assert_int_equal(routers[1].elected.count, 1);
	assert_int_equal(elect(), 0);
}

static void
who_goes_offline_does_not_take_back(void **state)
{
	(void)state;
	becomes(1, true, false);
	assert_int_equal(primary(NET), 2);
	becomes(1, false, false);
	assert_int_equal(primary(NET), 2);
	becomes(2, true, false);
	assert_int_equal(primary(NET), 1);
}

static void
who_is_in_doubt_hands_over(void **state)
{
	(void)state;
	becomes(1, false, true);
	assert_int_equal(primary(NET), 2);
	becomes(1, false, false);
	assert_int_equal(primary(NET), 2);
}

static void
while_all_are_in_doubt_the_elected_one_stays(void **state)
{
	(void)state;
	becomes(3, false, true);
	becomes(1, false, true);
	assert_int_equal(primary(NET), 2);
	becomes(2, false, true);
	assert_int_equal(primary(NET), 2);
	becomes(1, false, false);
	assert_int_equal(primary(NET), 1);
}

static void
when_the_elected_one_goes_too_one_in_doubt_is_better_than_none(void **state)
{
	(void)state;
	becomes(1, false, true);
	becomes(3, false, true);
	becomes(2, true, false);
	assert_int_equal(primary(NET), 1);
}

static void
who_comes_back_first_carries_it(void **state)
{
	(void)state;
	becomes(1, true, false);
	becomes(2, true, false);
	becomes(3, true, false);
	assert_int_equal(primary(NET), 0);
	becomes(2, false, false);
	assert_int_equal(primary(NET), 2);
	becomes(1, false, false);
	assert_int_equal(primary(NET), 2);
}

static void
a_router_that_joins_later_changes_nothing(void **state)
{
	struct election *all;

	(void)state;
	becomes(1, true, false);
	routers[4].routes = NET;
	put(4);
	assert_int_equal(engine_elections(e, mem, &all), 0);
	assert_int_equal(primary(NET), 2);
}

static void
who_withdraws_a_route_is_not_elected_for_it(void **state)
{
	(void)state;
	routers[1].routes = OTHER;
	put(1);
	elect();
	assert_int_equal(primary(NET), 2);
	assert_int_equal(primary(OTHER), 1);
}

static void
those_alone_are_rivals_that_share_a_subnet_and_are_online(void **state)
{
	int64_t *ids;

	(void)state;
	routers[4].routes = OTHER;
	put(4);
	assert_int_equal(engine_rivals(e, mem, &ids), 3);
	becomes(3, true, false);
	assert_int_equal(engine_rivals(e, mem, &ids), 2);
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 2);
	becomes(2, true, false);
	assert_int_equal(engine_rivals(e, mem, &ids), 0);
}

static void
candidates_stand_in_the_order_of_their_turn(void **state)
{
	struct candidate *at;

	(void)state;
	routers[4].routes = NET;
	becomes(4, false, false);
	becomes(1, true, false);
	becomes(3, false, true);
	assert_int_equal(engine_candidates(e, NET, mem, &at), 4);
	assert_int_equal(at[0].id, 2);
	assert_true(at[0].primary);
	assert_int_equal(at[1].id, 4);
	assert_int_equal(at[2].id, 3);
	assert_true(at[2].doubtful);
	assert_int_equal(at[3].id, 1);
	assert_false(at[3].online);
	assert_int_equal(engine_candidates(e, "10.9.0.0/16", mem, &at), 0);
	assert_int_equal(engine_candidates(e, "nonsense", mem, &at), 0);
}

/* ---- viewers of via grants ---- */

static void
obey(const char *written)
{
	struct policy_error error;
	struct policy *p = policy_case_load(mem, written, &error);

	assert_non_null(p);
	engine_set_policy(e, p);
	elect();
}

#define VIA(net, more)                                                  \
	"{'tagOwners':{'tag:r':[],'tag:o':[],'tag:v':[]},'grants':["    \
	"{'src':['tag:v'],'dst':['" net "'],'ip':['*'],'via':['tag:r']" \
	"}" more "]}"

/* Two routers of the tag, after one that carries it for all others. */
static void
begin_via(void)
{
	routers[1].tags = "tag:o";
	routers[2].tags = routers[3].tags = "tag:r";
	routers[4].tags = "tag:v";
	routers[4].routes = "";
	for (int64_t id = 1; id <= 4; id++)
		put(id);
	obey(VIA(NET, ""));
	assert_int_equal(primary(NET), 1);
}

/* Whom the viewer sends it to. */
static int64_t
carrier(void)
{
	int64_t found = 0;

	for (int64_t id = 1; id <= 3; id++) {
		struct engine_record r;

		engine_record(e, 4, id, mem, &r);
		if (!list_has(&r.primary_routes, NET))
			continue;
		assert_int_equal(found, 0);
		found = id;
	}
	return found;
}

static void
of_those_with_the_tag_who_comes_back_takes_nothing_away(void **state)
{
	(void)state;
	begin_via();
	assert_int_equal(carrier(), 2);
	becomes(2, true, false);
	assert_int_equal(carrier(), 3);
	becomes(2, false, false);
	assert_int_equal(carrier(), 3);
	becomes(3, true, false);
	assert_int_equal(carrier(), 2);
	becomes(3, false, false);
	assert_int_equal(carrier(), 2);
}

static void
who_carries_it_for_a_tag_goes_on_under_another_policy(void **state)
{
	(void)state;
	begin_via();
	becomes(2, true, false);
	becomes(2, false, false);
	obey(VIA(NET, ",{'src':['tag:o'],'dst':['tag:v'],'ip':['22']}"));
	assert_int_equal(carrier(), 3);
	becomes(1, true, false);
	assert_int_equal(primary(NET), 2);
	assert_int_equal(carrier(), 2);
}

static void
doubt_hands_over_among_those_with_the_tag_and_nobody_hands_back(void **state)
{
	(void)state;
	begin_via();
	becomes(2, false, true);
	assert_int_equal(carrier(), 3);
	becomes(2, false, false);
	assert_int_equal(carrier(), 3);
	becomes(2, true, false);
	becomes(3, true, false);
	assert_int_equal(carrier(), 0);
	becomes(2, false, false);
	becomes(3, false, false);
	assert_int_equal(carrier(), 2);
}

/* Whatever happens: at most one carries it; it is online and approved; nobody
 * in doubt does while somebody else could; and who carries it goes on until
 * something speaks against it. */
static void
however_routers_come_and_go_the_rules_hold(void **state)
{
	uint64_t dice = 7;
	int64_t before = 1;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		bool someone = false, certain = false;
		int64_t id, now;

		dice = dice * UINT64_C(6364136223846793005) + 1;
		id = 1 + (int64_t)(dice >> 33) % 3;
		if (dice >> 40 & 1)
			becomes(id, !routers[id].offline, routers[id].doubtful);
		else
			becomes(id, routers[id].offline, !routers[id].doubtful);
		now = primary(NET);
		for (int64_t i = 1; i <= 3; i++) {
			someone |= !routers[i].offline;
			certain |= !routers[i].offline && !routers[i].doubtful;
		}
		assert_int_equal(now != 0, someone);
		if (!now)
			continue;
		assert_false(routers[now].offline);
		assert_true(!certain || !routers[now].doubtful);
		if (before != now && !routers[before].offline)
			assert_true(routers[before].doubtful && certain);
		before = now;
		assert_int_equal(routers[1].elected.count +
					 routers[2].elected.count +
					 routers[3].elected.count,
			1);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(the_first_that_joined_is_elected),
		TEST(who_goes_offline_does_not_take_back),
		TEST(who_is_in_doubt_hands_over),
		TEST(while_all_are_in_doubt_the_elected_one_stays),
		TEST(when_the_elected_one_goes_too_one_in_doubt_is_better_than_none),
		TEST(who_comes_back_first_carries_it),
		TEST(a_router_that_joins_later_changes_nothing),
		TEST(who_withdraws_a_route_is_not_elected_for_it),
		TEST(those_alone_are_rivals_that_share_a_subnet_and_are_online),
		TEST(candidates_stand_in_the_order_of_their_turn),
		TEST(of_those_with_the_tag_who_comes_back_takes_nothing_away),
		TEST(who_carries_it_for_a_tag_goes_on_under_another_policy),
		TEST(doubt_hands_over_among_those_with_the_tag_and_nobody_hands_back),
		TEST(however_routers_come_and_go_the_rules_hold),
	};

	return cmocka_run_group_tests_name("elections", tests, NULL, NULL);
}
