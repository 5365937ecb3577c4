/*
 * identity_test.c: whose node a session may speak for, and registrations that
 * wait (spec/reliability.md T1, T2; DESIGN 1.1).
 */
#include "tests/worker/trip.h"

#include "tailnet/register.h"
#include "worker/rate.h"

static void
be_the_node(struct fake_client *c, const struct fake_client *other)
{
	c->node = other->node;
	c->node_public = other->node_public;
}

static void
map_answer(struct trip *t, struct fake_client *c, const char *more,
	struct fake_answer *out)
{
	char key[KEY_TEXT_SIZE];
	const char *body;
	int32_t stream;

	key_print(KEY_NODE, &c->node_public, key);
	body = arena_printf(t->mem,
		"{\"Version\":142,\"NodeKey\":\"%s\",\"Compress\":\"zstd\"%s}",
		key, more);
	assert_int_equal(fake_start(c, "POST", "/machine/map",
				 (struct bytes){ (const unsigned char *)body,
					 strlen(body) },
				 &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, out), ERR_OK);
}

static void
another_machine_s_node_key_is_answered_as_an_unknown_one(void **state)
{
	static const char *const kinds[] = { ",\"Stream\":true",
		",\"OmitPeers\":true", "" };
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	struct fake_client *thief = trip_join(t, "thief");
	struct fake_client *nobody = trip_client(t, "nobody");
	struct fake_answer stolen, unknown;

	assert_int_equal(fake_connect(nobody, WAIT_MS), ERR_OK);
	trip_settle(t);
	be_the_node(thief, victim);
	for (int i = 0; i < 3; i++) {
		map_answer(t, thief, kinds[i], &stolen);
		map_answer(t, nobody, kinds[i], &unknown);
		assert_int_equal(stolen.status, 404);
		assert_int_equal(unknown.status, 404);
		assert_string_equal(stolen.body, unknown.body);
		assert_string_equal(stolen.content_type, unknown.content_type);
	}
	trip_quiet(t);
	assert_false(victim->map_ended);
}

static void
an_update_for_a_victim_s_key_changes_nothing(void **state)
{
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	struct fake_client *thief = trip_join(t, "thief");
	const char *evil = "203.0.113.66:666";
	int status = 0;

	trip_settle(t);
	be_the_node(thief, victim);
	thief->endpoints = (struct json_texts){ &evil, 1 };
	thief->hostinfo.hostname = "victim"; /* only what the worker takes */
	assert_int_equal(fake_lite(thief, WAIT_MS, &status), ERR_OK);
	assert_int_equal(status, 404);
	thief->hostinfo.hostname = "evil"; /* and what a handler would */
	assert_int_equal(fake_lite(thief, WAIT_MS, &status), ERR_OK);
	assert_int_equal(status, 404);
	trip_quiet(t);
	assert_string_equal(trip_row(t, victim->self.id).hostname, "victim");
	assert_string_equal(
		fake_peer(thief, victim->self.id)->endpoint, "192.0.2.7:41641");
}

static void
a_victim_s_key_is_not_registered_and_its_stream_goes_on(void **state)
{
	struct trip *t = *state;
	struct fake_client *victim = trip_join(t, "victim");
	struct fake_client *thief = trip_client(t, "thief");
	struct fake_registration r;
	struct node before = trip_row(t, victim->self.id), after;

	trip_settle(t);
	assert_int_equal(fake_connect(thief, WAIT_MS), ERR_OK);
	be_the_node(thief, victim);
	/* With an auth key, interactively, as logout, as a rotation away. */
	assert_int_equal(
		fake_register(thief, t->key, NULL, WAIT_MS, t->mem, &r),
		ERR_OK);
	assert_false(r.status == 200 && r.response.machine_authorized);
	assert_int_equal(
		fake_register(thief, NULL, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	assert_false(r.status == 200 && r.response.machine_authorized);
	thief->expiry = "1970-01-01T00:00:01Z";
	assert_int_equal(
		fake_register(thief, NULL, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	thief->expiry = NULL;
	assert_int_equal(fake_rotate(thief), ERR_OK);
	assert_int_equal(
		fake_register(thief, NULL, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	assert_false(r.status == 200 && r.response.machine_authorized);
	after = trip_row(t, victim->self.id);
	assert_memory_equal(&before.node_key, &after.node_key, KEY_SIZE);
	assert_memory_equal(&before.machine_key, &after.machine_key, KEY_SIZE);
	assert_int_equal(before.expires_at, after.expires_at);
	trip_quiet(t);
	assert_false(victim->map_ended);
}

static void
a_tunnel_of_a_machine_may_poll_for_its_own_node_only(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *b = trip_join(t, "b");
	struct fake_client *mixed = trip_client(t, "mixed");
	struct fake_answer answer;

	/* The machine key of a with the node key of b. */
	mixed->machine = a->machine;
	be_the_node(mixed, b);
	assert_int_equal(fake_connect(mixed, WAIT_MS), ERR_OK);
	trip_settle(t);
	map_answer(t, mixed, ",\"Stream\":true", &answer);
	assert_int_equal(answer.status, 404);
	trip_quiet(t);
}

/* ---- registrations that wait ---- */

static struct pending
begin_waiting(struct trip *t, struct fake_client *c, int32_t *stream)
{
	struct fake_registration r;
	struct pending p;
	const char *id;

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	assert_int_equal(
		fake_register(c, NULL, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	assert_int_equal(r.status, 200);
	assert_true(r.response.auth_url && *r.response.auth_url);
	assert_true(trip_starts(r.response.auth_url, t->site->url));
	id = strstr(r.response.auth_url, "hskey-authreq-");
	assert_non_null(id);
	assert_int_equal(tailnet_pending_find(
				 t->site->db, &t->site->pepper, id, t->mem, &p),
		ERR_OK);
	assert_int_equal(
		fake_register_start(c, NULL, r.response.auth_url, stream),
		ERR_OK);
	return p;
}

/* The worker has parked it: the handler is free again. */
static void
wait_until_parked(struct trip *t, int64_t count)
{
	int64_t until = clock_now_ms() + WAIT_MS;

	while (site_metric(t->site, "waits") != count)
		assert_true(clock_now_ms() < until);
}

static void
approve(struct trip *t, const struct pending *p)
{
	struct node n;

	assert_int_equal(tailnet_pending_approve(t->site->db,
				 &t->site->settings, p, t->site->user_id, "[]",
				 "cli", &actor_cli, clock_now(), t->mem, &n),
		ERR_OK);
	site_ring(t->site);
}

static void
who_waits_is_admitted_when_the_row_is_approved(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	struct fake_registration r;
	int32_t stream;
	struct pending p = begin_waiting(t, x, &stream);

	wait_until_parked(t, 1);
	approve(t, &p);
	assert_int_equal(
		fake_register_wait(x, stream, WAIT_MS, t->mem, &r), ERR_OK);
	assert_int_equal(r.status, 200);
	assert_true(r.response.machine_authorized);
	/* Who was told so is known at once. */
	trip_poll(x);
	assert_int_equal(site_metric(t->site, "waits"), 0);
}

static void
who_waits_is_told_the_reason_of_a_rejection(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	struct fake_registration r;
	int32_t stream;
	struct pending p = begin_waiting(t, x, &stream);

	wait_until_parked(t, 1);
	assert_int_equal(tailnet_pending_reject(t->site->db, &p,
				 "not in our house", "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_int_equal(
		fake_register_wait(x, stream, WAIT_MS, t->mem, &r), ERR_OK);
	assert_false(r.response.machine_authorized);
	assert_non_null(strstr(r.text, "not in our house"));
}

static void
a_wait_outlives_the_handlers(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	struct fake_registration r;
	int32_t stream;
	struct pending p = begin_waiting(t, x, &stream);

	wait_until_parked(t, 1);
	site_stop(t->site, SITE_HANDLERS);
	approve(t, &p); /* asked again: the request waits at the socket */
	site_start(t->site, SITE_HANDLERS);
	assert_int_equal(
		fake_register_wait(x, stream, WAIT_MS, t->mem, &r), ERR_OK);
	assert_true(r.response.machine_authorized);
}

static void
a_wait_whose_client_is_gone_is_forgotten(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	int32_t stream;
	struct pending p = begin_waiting(t, x, &stream);

	wait_until_parked(t, 1);
	fake_disconnect(x);
	wait_until_parked(t, 0);
	approve(t, &p);
	/* It comes again and is let in. */
	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	trip_register(t, x, NULL);
}

static void
another_machine_s_link_admits_nobody(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	struct fake_client *thief = trip_client(t, "thief");
	struct fake_registration r;
	int32_t stream;
	struct pending p = begin_waiting(t, x, &stream);
	const char *url;

	fake_cancel(x, stream);
	assert_int_equal(
		fake_register(x, NULL, NULL, WAIT_MS, t->mem, &r), ERR_OK);
	url = r.response.auth_url;
	approve(t, &p);
	assert_int_equal(fake_connect(thief, WAIT_MS), ERR_OK);
	assert_int_equal(
		fake_register(thief, NULL, url, WAIT_MS, t->mem, &r), ERR_OK);
	assert_false(r.status == 200 && r.response.machine_authorized);
	assert_null(strstr(r.text, "ann"));
}

static void
who_registers_too_often_is_told_when_to_come_again(void **state)
{
	enum {
		RATE = 5
	};
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x"), *y = trip_client(t, "y");
	struct fake_answer a = { .status = 0 };

	site_set(t->site, "register_machine_rate", "5");
	trip_settle(t);
	(void)site_metric(t->site, "waits"); /* the bell came before it */
	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	for (int i = 0; i <= RATE; i++) {
		int32_t stream;

		assert_int_not_equal(a.status, 429);
		assert_int_equal(fake_register_start(
					 x, "hskey-auth-none", NULL, &stream),
			ERR_OK);
		assert_int_equal(
			fake_wait(x, stream, WAIT_MS, t->mem, &a), ERR_OK);
	}
	assert_int_equal(a.status, 429);
	assert_in_range(atol(a.retry_after), 1, 6);
	assert_int_equal(site_metric(t->site, "register_limited_total"), 1);
	assert_int_equal(fake_connect(y, WAIT_MS), ERR_OK);
	trip_register(t, y, t->key); /* it is another machine */
}

static void
a_register_is_known_to_the_worker_before_it_is_answered(void **state)
{
	struct trip *t = *state;

	/* No bell from the test, no wait: the map request follows at once. */
	for (int i = 0; i < 20; i++)
		(void)trip_join(t, arena_printf(t->mem, "n%d", i));
}

static int
ask(struct trip *t, struct fake_client *c, const char *path)
{
	struct fake_answer a;
	int32_t stream;

	assert_int_equal(
		fake_start(c, "POST", path,
			(struct bytes){ (const unsigned char *)"{}", 2 },
			&stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	return a.status;
}

/* Machine keys cost nothing: as many as one likes would fill the queue before
 * the handlers, and registrations were answered 503. */
static void
a_stranger_reaches_a_handler_by_registering_only(void **state)
{
	static const char *const paths[] = { "/machine/set-dns",
		"/machine/update-health", "/machine/audit-log",
		"/machine/nothing" };
	struct trip *t = *state;
	struct fake_client *x = trip_client(t, "x");
	int64_t before;

	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	before = site_metric(t->site, "inner_requests_total");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		assert_int_equal(ask(t, x, paths[i]), 404);
	assert_int_equal(site_metric(t->site, "inner_requests_total"), before);
	trip_register(t, x, t->key);
	assert_int_equal(ask(t, x, "/machine/set-dns"), 501);
}

/* Each is a row of the audit log or a name that all peers hear of. */
static void
a_machine_that_renames_itself_without_end_is_slowed_down(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_join(t, "x");
	int status = 0, taken = 0;

	trip_settle(t);
	while (taken <= 100) {
		x->hostinfo.hostname = arena_printf(t->mem, "x%d", taken);
		assert_int_equal(fake_lite(x, WAIT_MS, &status), ERR_OK);
		if (status != 200)
			break;
		taken++;
	}
	assert_int_equal(status, 429);
	assert_in_range(taken, RATE_REQUEST_BURST, 99);
	assert_true(site_metric(t->site, "request_limited_total") > 0);
	x->hostinfo.hostname = arena_printf(t->mem, "x%d", taken - 1);
	assert_int_equal(fake_lite(x, WAIT_MS, &status), ERR_OK);
	assert_int_equal(status, 200); /* what it was told costs no handler */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(
			another_machine_s_node_key_is_answered_as_an_unknown_one),
		trip_test(an_update_for_a_victim_s_key_changes_nothing),
		trip_test(
			a_victim_s_key_is_not_registered_and_its_stream_goes_on),
		trip_test(a_tunnel_of_a_machine_may_poll_for_its_own_node_only),
		trip_test(who_waits_is_admitted_when_the_row_is_approved),
		trip_test(who_waits_is_told_the_reason_of_a_rejection),
		trip_test(a_wait_outlives_the_handlers),
		trip_test(a_wait_whose_client_is_gone_is_forgotten),
		trip_test(another_machine_s_link_admits_nobody),
		trip_test(who_registers_too_often_is_told_when_to_come_again),
		trip_test(a_stranger_reaches_a_handler_by_registering_only),
		trip_test(
			a_machine_that_renames_itself_without_end_is_slowed_down),
		trip_test(
			a_register_is_known_to_the_worker_before_it_is_answered),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
