/* Who was last seen when, over the end of a worker and the start of the next.
 */
#include "worker/presence.h"

#include "tests/worker/trip.h"

#include "db/live.h"
#include "db/node.h"
#include "worker/sweep.h"

#define OK(call) assert_int_equal(call, ERR_OK)

struct fixture {
	struct arena *mem;
	struct db *db;
	struct worker w;
	int64_t now, id;
};

/* One machine, that was online as the worker before was killed. */
static int
setup(void **state)
{
	static struct fixture f;
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "server",
		.ipv4 = "100.64.0.1",
		.register_method = "cli",
		.ephemeral = true };

	f = (struct fixture){ .mem = arena_new(), .now = clock_now() };
	OK(db_open_memory(&f.db));
	OK(db_node_add(f.db, &n, &f.id));
	OK(db_live_put(f.db, &(struct live){ .node_id = f.id,
				     .online = true,
				     .online_since = f.now - 9000,
				     .last_seen = f.now - 9000 }));
	OK(db_stat_put(f.db, STAT_HEARTBEAT, 1, f.now - 7200));
	f.w = (struct worker){ .snap = snapshot_new("/nonexistent"),
		.loop = uv_default_loop(),
		.started_at = f.now };
	OK(snapshot_load(f.w.snap, f.db));
	f.w.snap->settings.ephemeral_timeout = 1800;
	presence_start(&f.w);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	presence_tick(&f->w, INT64_MAX);
	snapshot_free(f->w.snap);
	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static void
who_does_not_come_back_was_last_seen_by_the_worker_before(void **state)
{
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->w.snap, f->id);

	assert_true(n->online);
	presence_tick(&f->w, clock_now_ms() + START_GRACE_MS);
	assert_false(n->online);
	assert_int_equal(n->last_seen, f->now - 7200);
	/* A page that was away hears of it all the same. */
	assert_in_range(n->settled_at, f->now, f->now + 60);
}

static bool
is_reaped(struct fixture *f, int64_t at)
{
	struct sweep_list l;

	sweep_collect(&f->w, f->mem, at, &l);
	return l.reap_count > 0;
}

/* It could not come back while there was nobody to come back to. */
static void
an_ephemeral_one_has_its_time_from_the_start_of_the_worker(void **state)
{
	struct fixture *f = *state;

	presence_tick(&f->w, clock_now_ms() + START_GRACE_MS);
	assert_false(is_reaped(f, f->now + 1800));
	assert_true(is_reaped(f, f->now + 1800 + REAP_SECONDS));
}

static void
a_worker_that_stops_says_until_when_it_saw_whom(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_join(t, "laptop");
	struct live l;
	int64_t now, mark;

	trip_settle(t);
	trip_seconds(t, 2); /* it has counted, and would not for ten more */
	now = clock_now();
	OK(db_stat_put(t->site->db, STAT_HEARTBEAT, 1, now - 9));
	site_stop(t->site, SITE_WORKER);
	OK(db_live_by_node(t->site->db, c->self.id, t->mem, &l));
	assert_true(l.online);
	OK(db_stat_at(t->site->db, STAT_HEARTBEAT, &mark));
	assert_in_range(mark, now, clock_now());
	assert_int_equal(l.last_seen, mark);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_does_not_come_back_was_last_seen_by_the_worker_before),
		TEST(an_ephemeral_one_has_its_time_from_the_start_of_the_worker),
		cmocka_unit_test_setup_teardown(
			a_worker_that_stops_says_until_when_it_saw_whom,
			trip_open, trip_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
