/*
 * stall_test.c: clients that stop reading while the others' changes flow: what
 * each costs, when it is closed, and what it gets on its return (T33).
 */
#include "tests/worker/attack.h"

#include <stdlib.h>

#include "worker/conn.h"

enum {
	OTHERS = 500,
	STALLED = 100,
	ROUNDS = 12, /* each about 60 kB a viewer */
	COST_MAX = 256 * 1024,
	ROUND_MS = 5000, /* a sanitizer on a busy machine */
};

static int
open_loud(void **state)
{
	setenv("CAIRN_LOG", "debug", 1);
	/* Freed memory that is kept back would count as the stalled ones'. */
	setenv("ASAN_OPTIONS", "quarantine_size_mb=1:malloc_context_size=0", 1);
	return trip_open(state);
}

static void
exec_sql(struct trip *t, const char *sql)
{
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_exec(t->site->db, sql), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

/* Copies of the fence, each with keys, addresses and a name of its own. */
static void
add_others(struct trip *t)
{
	struct node n = trip_row(t, t->fence);
	struct key unused;
	int64_t id;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	for (int i = 0; i < OTHERS; i++) {
		assert_int_equal(key_new(&unused, &n.node_key), ERR_OK);
		assert_int_equal(key_new(&unused, &n.machine_key), ERR_OK);
		n.name = arena_printf(t->mem, "other-%d", i);
		n.ipv4 = arena_printf(
			t->mem, "100.90.%d.%d", i / 250, i % 250 + 1);
		n.ipv6 = arena_printf(t->mem, "fd7a:115c:a1e0::9:%x", i + 1);
		assert_int_equal(db_node_add(t->site->db, &n, &id), ERR_OK);
	}
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

static void
change_all_others(struct trip *t)
{
	exec_sql(t, "UPDATE node SET name = name || 'x' "
		    "WHERE name LIKE 'other-%'");
}

/* The length of the others' names in this round. */
static bool
has_round(const struct fake_client *c, void *arg)
{
	int round = *(int *)arg, seen = 0;

	for (size_t i = 0; i < c->peer_count; i++) {
		const char *name = c->peers[i].name;

		if (strncmp(name, "other-", 6) == 0)
			seen += (int)strspn(strchr(name, 'x')
						    ? strchr(name, 'x')
						    : "",
					"x") == round;
	}
	return seen == OTHERS;
}

static void
who_stops_reading_costs_little_and_is_closed_and_comes_back(void **state)
{
	struct trip *t = *state;
	struct fake_client *reader, *stalled[STALLED];
	int64_t before, cost, begun;
	int round = 0;

	add_others(t);
	reader = trip_join(t, "reader");
	reader->keep_messages = false;
	for (int i = 0; i < STALLED; i++) {
		stalled[i] = trip_join(t, arena_printf(t->mem, "s%d", i));
		stalled[i]->keep_messages = false;
	}
	assert_int_equal(
		fake_until(reader, has_round, &round, WAIT_MS), ERR_OK);
	for (int i = 0; i < STALLED; i++)
		assert_int_equal(fake_pump(stalled[i]), ERR_OK);
	before = site_worker_memory(t->site);
	for (round = 1; round <= ROUNDS; round++) {
		begun = clock_now_ms();
		change_all_others(t);
		assert_int_equal(
			fake_until(reader, has_round, &round, WAIT_MS), ERR_OK);
		assert_in_range(clock_now_ms() - begun, 0, ROUND_MS);
	}
	cost = (site_worker_memory(t->site) - before) / STALLED;
	print_message(
		"a reader that stalls costs %lld kB\n", (long long)cost / 1024);
	assert_true(cost <= COST_MAX);
	assert_int_equal(
		site_log_count(t->site, SITE_WORKER, "client stopped reading"),
		0);
	assert_true(site_log_wait(t->site, SITE_WORKER,
		"client stopped reading", STALLED, CONN_STALL_MS + WAIT_MS));
	/* One of them comes back, after one more change. */
	change_all_others(t);
	assert_int_equal(fake_connect(stalled[0], WAIT_MS), ERR_OK);
	trip_poll(stalled[0]);
	assert_true(has_round(stalled[0], &round));
	assert_int_equal(stalled[0]->peer_count, OTHERS + STALLED + 1);
	assert_int_equal(
		fake_until(reader, has_round, &round, WAIT_MS), ERR_OK);
	assert_false(reader->map_ended);
}

/* Who has read late, but in time, gets all of it in a few messages. */
static void
who_reads_again_gets_the_latest_and_not_each_step(void **state)
{
	enum {
		STEPS = 40
	};
	struct trip *t = *state;
	struct fake_client *reader, *late;
	uint64_t messages;
	int round = 0;

	add_others(t);
	reader = trip_join(t, "reader");
	late = trip_join(t, "late");
	reader->keep_messages = late->keep_messages = false;
	assert_int_equal(fake_until(late, has_round, &round, WAIT_MS), ERR_OK);
	messages = late->counts.messages;
	for (round = 1; round <= STEPS; round++) {
		change_all_others(t);
		assert_int_equal(
			fake_until(reader, has_round, &round, WAIT_MS), ERR_OK);
	}
	round = STEPS;
	assert_int_equal(fake_until(late, has_round, &round, WAIT_MS), ERR_OK);
	messages = late->counts.messages - messages;
	print_message("%d steps in %llu messages\n", STEPS,
		(unsigned long long)messages);
	assert_in_range(messages, 1, STEPS / 2);
	assert_false(late->map_ended);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_stops_reading_costs_little_and_is_closed_and_comes_back,
			open_loud, trip_close),
		cmocka_unit_test_setup_teardown(
			who_reads_again_gets_the_latest_and_not_each_step,
			open_loud, trip_close),
	};

	return cmocka_run_group_tests_name("stalls", tests, NULL, NULL);
}
