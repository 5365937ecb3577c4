/*
 * failover_test.c: routers that share a subnet: who carries it when one goes,
 * what that costs whom, and who is asked whether it still answers.
 */
#include "tests/worker/trip.h"

#include "base/list.h"
#include "db/live.h"
#include "tailnet/primaries.h"
#include "worker/presence.h"
#include "worker/probe.h"

#define NET "10.9.0.0/16"

static struct json_texts
one(const char *route)
{
	static const char *at;

	at = route;
	return (struct json_texts){ &at, 1 };
}

static void
approve(struct trip *t, int64_t id, const char *route)
{
	struct json_texts routes = one(route);
	struct routes_set set;

	assert_int_equal(tailnet_node_routes(t->site->db, id, &routes, "test",
				 clock_now(), &set),
		ERR_OK);
	site_ring(t->site);
}

static struct fake_client *
router(struct trip *t, const char *name, const char *route)
{
	struct fake_client *c = trip_client(t, name);

	c->hostinfo.routable_ips = one(route);
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	c->hostinfo.routable_ips = one(route);
	trip_poll(c);
	approve(t, c->self.id, route);
	return c;
}

/* How many addresses and routes lead there, as the client was told. */
struct leads {
	const char *name;
	size_t count;
};

static bool
is_led(const struct fake_client *c, void *arg)
{
	const struct leads *l = arg;
	const struct fake_peer *p = fake_peer_named(c, l->name);

	return p && p->allowed_ips == l->count;
}

static void
await(struct fake_client *v, const char *name, size_t count)
{
	assert_int_equal(
		fake_until(v, is_led, &(struct leads){ name, count }, WAIT_MS),
		ERR_OK);
}

/* Two routers and who looks on. */
struct three {
	struct fake_client *r1, *r2, *v;
};

static struct three
three(struct trip *t)
{
	struct three x;

	x.r1 = router(t, "r1", NET);
	x.r2 = router(t, "r2", NET);
	x.v = trip_join(t, "v");
	await(x.v, "r1", 3);
	await(x.v, "r2", 2);
	trip_settle(t);
	return x;
}

static int64_t
since(int64_t ms)
{
	return clock_now_ms() - ms;
}

static void
a_router_that_leaves_hands_over_and_two_peers_are_told(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);
	struct fake_client *r3 = router(t, "r3", NET);
	int64_t began, took;

	trip_settle(t);
	began = clock_now_ms();
	fake_map_close(x.r1);
	assert_string_equal(trip_shape(t, x.v), "PeersChanged:2");
	took = since(began);
	print_message("handed over in %lld ms\n", (long long)took);
	assert_in_range(took, ROUTER_GRACE_MS - 50, 2000);
	await(x.v, "r1", 2);
	await(x.v, "r2", 3);
	assert_string_equal(trip_shape(t, r3), "PeersChanged:2");
	/* The loser's peer, and its own record. */
	assert_string_equal(trip_shape(t, x.r2), "PeersChanged:1");
	assert_string_equal(trip_shape(t, x.r2), "Node UserProfiles:1");
	trip_quiet(t);
	assert_int_equal(fake_peer_named(x.v, "r1")->online, OPT_TRUE);
}

static void
who_comes_back_does_not_take_it_back(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);

	fake_map_close(x.r1);
	await(x.v, "r2", 3);
	trip_settle(t);
	assert_int_equal(fake_map_open(x.r1), ERR_OK);
	assert_int_equal(
		fake_until(x.r1, is_led, &(struct leads){ "r2", 3 }, WAIT_MS),
		ERR_OK);
	trip_forget(x.r1);
	trip_quiet(t);
	fake_map_close(x.r2);
	await(x.v, "r1", 3);
}

static void
a_reconnect_within_the_moment_costs_nobody_anything(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);

	fake_map_close(x.r1);
	assert_int_equal(fake_map_open(x.r1), ERR_OK);
	assert_int_equal(
		fake_until(x.r1, is_led, &(struct leads){ "r2", 2 }, WAIT_MS),
		ERR_OK);
	trip_forget(x.r1);
	trip_quiet(t);
}

/* Nobody else can carry it: for its peers it is there until it is offline. */
static void
a_router_without_another_keeps_its_routes_for_the_grace(void **state)
{
	struct trip *t = *state;
	struct fake_client *r = router(t, "r", NET), *v = trip_join(t, "v");
	int64_t began;

	await(v, "r", 3);
	trip_settle(t);
	began = clock_now_ms();
	fake_map_close(r);
	await(v, "r", 2);
	assert_true(since(began) > GRACE_MS - 100);
	trip_forget(v);
	assert_int_equal(fake_map_open(r), ERR_OK);
	await(v, "r", 3);
	trip_forget(v);
}

static int64_t
primary_in_rows(struct trip *t)
{
	struct primaries p;
	struct json_texts routes = one(NET);

	assert_int_equal(primaries_of(t->site->db, &routes,
				 &(struct primaries_when){ clock_now(), true },
				 t->mem, &p),
		ERR_OK);
	for (size_t i = 0; i < p.count; i++)
		if (primaries_serves(&p, p.at[i].node_id, NET))
			return p.at[i].node_id;
	return 0;
}

static void
a_new_worker_keeps_who_was_elected_and_rows_say_the_same(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);

	fake_map_close(x.r1);
	await(x.v, "r2", 3);
	assert_int_equal(fake_map_open(x.r1), ERR_OK);
	site_stop(t->site, SITE_WORKER);
	assert_int_equal(primary_in_rows(t), x.r2->self.id);
	site_start(t->site, SITE_WORKER);
	assert_int_equal(fake_connect(x.v, WAIT_MS), ERR_OK);
	x.v->has_map = false;
	assert_int_equal(fake_map_open(x.v), ERR_OK);
	assert_int_equal(fake_until(x.v, fake_has_map, NULL, WAIT_MS), ERR_OK);
	assert_int_equal(fake_peer_named(x.v, "r2")->allowed_ips, 3);
	assert_int_equal(fake_peer_named(x.v, "r1")->allowed_ips, 2);
	assert_int_equal(fake_connect(x.r1, WAIT_MS), ERR_OK);
	assert_int_equal(fake_map_open(x.r1), ERR_OK);
	assert_int_equal(fake_connect(x.r2, WAIT_MS), ERR_OK);
	assert_int_equal(fake_map_open(x.r2), ERR_OK);
	trip_settle(t);
	assert_int_equal(fake_peer_named(x.v, "r2")->allowed_ips, 3);
}

static void
a_router_whose_key_expires_carries_nothing(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);

	assert_int_equal(tailnet_node_expire(t->site->db, x.r1->self.id,
				 clock_now() - 1, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	await(x.v, "r2", 3);
	await(x.v, "r1", 2);
}

/* ---- probes ---- */

static const char *
question(struct trip *t, struct fake_client *c)
{
	for (;;) {
		struct fake_message *m;
		const char *url;

		assert_int_equal(fake_map_next(c, WAIT_MS, &m), ERR_OK);
		url = m->response.ping_request
			      ? arena_strdup(
					t->mem, m->response.ping_request->url)
			      : NULL;
		if (url) {
			assert_true(m->response.keep_alive);
			assert_true(m->response.ping_request->url_is_noise);
		}
		fake_message_free(m);
		if (url)
			return url;
	}
}

static int
ask(struct trip *t, struct fake_client *c, const char *method, const char *path)
{
	struct fake_answer a;
	int32_t stream;

	assert_int_equal(
		fake_start(c, method, path, (struct bytes){ NULL, 0 }, &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	return a.status;
}

static const char *
path_of(const char *url)
{
	assert_true(trip_starts(url, "https://unused" PROBE_PATH "?id="));
	return url + strlen("https://unused");
}

static void
rivals_alone_are_asked_and_who_is_silent_hands_over(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);
	const char *first = path_of(question(t, x.r1)), *second;
	int64_t began = clock_now_ms();

	assert_int_equal(ask(t, x.r2, "HEAD", path_of(question(t, x.r2))), 200);
	/* Not another's, not by another method, and not made up. */
	assert_int_equal(ask(t, x.r2, "HEAD", first), 404);
	assert_int_equal(ask(t, x.v, "HEAD", first), 404);
	assert_int_equal(ask(t, x.r1, "POST", first), 405);
	assert_int_equal(ask(t, x.r1, "HEAD", PROBE_PATH), 404);
	assert_int_equal(ask(t, x.r1, "HEAD",
				 PROBE_PATH "?id=0123456789abcdef0123456789"
					    "abcdef"),
		404);
	await(x.v, "r2", 3);
	await(x.v, "r1", 2);
	assert_in_range(
		since(began), PROBE_ANSWER_MS - 100, PROBE_ANSWER_MS + 2000);
	assert_int_equal(fake_peer_named(x.v, "r1")->online, OPT_TRUE);
	trip_settle(t);
	/* An answer that comes late is one, and takes nothing back. */
	assert_int_equal(ask(t, x.r1, "HEAD", first), 200);
	trip_quiet(t);
	second = path_of(question(t, x.r1));
	assert_string_not_equal(first, second);
	assert_int_equal(ask(t, x.r1, "HEAD", first), 404);
	assert_int_equal(ask(t, x.r1, "HEAD", second), 200);
	for (const struct fake_message *m = x.v->first; m; m = m->next)
		assert_null(m->response.ping_request);
}

static void
a_question_that_a_reconnect_cut_off_says_nothing(void **state)
{
	struct trip *t = *state;
	struct three x = three(t);
	struct fake_message *m;

	(void)question(t, x.r1);
	fake_map_close(x.r1);
	assert_int_equal(fake_map_open(x.r1), ERR_OK);
	assert_int_equal(ask(t, x.r2, "HEAD", path_of(question(t, x.r2))), 200);
	/* Until the next round, nobody is told anything. */
	assert_int_equal(ask(t, x.r2, "HEAD", path_of(question(t, x.r2))), 200);
	trip_forget(x.r1);
	while (x.v->first) {
		assert_int_equal(fake_map_next(x.v, 0, &m), ERR_OK);
		assert_int_equal(m->response.peers_changed.count, 0);
		fake_message_free(m);
	}
	await(x.v, "r1", 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(
			a_router_that_leaves_hands_over_and_two_peers_are_told),
		trip_test(who_comes_back_does_not_take_it_back),
		trip_test(a_reconnect_within_the_moment_costs_nobody_anything),
		trip_test(
			a_router_without_another_keeps_its_routes_for_the_grace),
		trip_test(
			a_new_worker_keeps_who_was_elected_and_rows_say_the_same),
		trip_test(a_router_whose_key_expires_carries_nothing),
		trip_test(rivals_alone_are_asked_and_who_is_silent_hands_over),
		trip_test(a_question_that_a_reconnect_cut_off_says_nothing),
	};

	return cmocka_run_group_tests_name("failover", tests, NULL, NULL);
}
