#include "db/seen_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/attribute.h"
#include "db/live.h"
#include "db/node.h"
#include "tests/lib/with_db.h"

#define OK(call)  assert_int_equal(call, ERR_OK)
#define SUBNET    "[\"10.0.0.0/8\"]"
#define AT_SIGNUP "{\"OS\":\"linux\"}"
#define SAID_LAST "{\"OS\":\"windows\"}"

static int64_t
add(struct fixture *f, const char *name, const char *routes, bool waits)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.routes = routes,
		.approved_routes = routes,
		.hostinfo = AT_SIGNUP,
		.unapproved = waits,
		.register_method = "cli" };
	static int made;
	int64_t id = 0;

	memcpy(n.machine_key.bytes, name, strlen(name));
	memcpy(n.node_key.bytes, name, strlen(name));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", ++made);
	OK(db_node_add(f->db, &n, &id));
	return id;
}

static void
say(struct fixture *f, int64_t id)
{
	OK(db_live_put(f->db, &(struct live){ .node_id = id,
				      .hostinfo = SAID_LAST,
				      .online = true,
				      .primary_routes = SUBNET,
				      .routing = ROUTING_SILENT }));
}

struct lines {
	struct arena *mem;
	const char *text;
};

static void
append(const struct seen_row *s, struct arena *mem, void *arg)
{
	struct lines *l = arg;

	(void)mem;
	l->text = arena_printf(l->mem, "%s%lld %s %s %s%s%s %s %s\n", l->text,
		(long long)s->id, s->tags, s->routes, s->approved_routes,
		s->online ? " online" : "", s->doubtful ? " doubtful" : "",
		s->hostinfo ? s->hostinfo : "-",
		s->attributes ? s->attributes : "-");
}

static const char *
seen(struct fixture *f, bool said)
{
	struct lines l = { f->mem, "" };

	OK(db_seen_each(f->db, said, append, &l));
	return l.text;
}

/* The second is named before the first, the third waits. */
static void
fill(struct fixture *f)
{
	add(f, "z", NULL, false);
	say(f, add(f, "b", SUBNET, false));
	add(f, "waits", NULL, true);
	add(f, "c", SUBNET, false);
	OK(db_attribute_put(f->db, &(struct attribute){ .name = "custom:tier",
					   .value = "prod",
					   .set_by = "cli",
					   .node_id = 4 }));
}

static void
without_what_they_said_routers_are_whole_and_in_order(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_string_equal(seen(f, false),
		"1 [\"tag:a\"] [] [] - -\n"
		"2 [\"tag:a\"] " SUBNET " " SUBNET " online doubtful - -\n"
		"4 [\"tag:a\"] " SUBNET " " SUBNET " - -\n");
}

static void
what_was_said_last_counts_and_what_people_set(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_string_equal(seen(f, true),
		"1 [\"tag:a\"] [] [] " AT_SIGNUP " \n"
		"2 [\"tag:a\"] " SUBNET " " SUBNET " online doubtful " SAID_LAST
		" \n"
		"4 [\"tag:a\"] " SUBNET " " SUBNET " " AT_SIGNUP
		" custom:tier=prod\n");
}

static void
elected_take(const struct seen_row *s, struct arena *mem, void *arg)
{
	(void)mem;
	if (s->primary_routes && strcmp(s->primary_routes, SUBNET) == 0)
		*(int64_t *)arg = s->id;
}

static void
who_was_elected_is_told_either_way(void **state)
{
	struct fixture *f = *state;

	fill(f);
	for (int said = 0; said < 2; said++) {
		int64_t id = 0;

		OK(db_seen_each(f->db, said, elected_take, &id));
		assert_int_equal(id, 2);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_what_they_said_routers_are_whole_and_in_order),
		TEST(what_was_said_last_counts_and_what_people_set),
		TEST(who_was_elected_is_told_either_way),
	};

	return cmocka_run_group_tests_name("db/seen_list", tests, NULL, NULL);
}
