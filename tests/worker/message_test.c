/*
 * message_test.c: what clients show their people because the server says so
 * (tailnet/mapmessages.h): to whom, when, and that nobody else hears of it.
 */
#include "tests/worker/trip.h"

#include "tailnet/client_version.h"
#include "tailnet/mapmessages.h"

static struct fake_client *
join_as(struct trip *t, const char *name, uint16_t capver)
{
	struct fake_client *c = trip_client(t, name);

	c->capver = capver;
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	trip_poll(c);
	return c;
}

static void
expire_in(struct trip *t, const struct fake_client *c, int64_t seconds)
{
	assert_int_equal(tailnet_node_expire(t->site->db, c->self.id,
				 clock_now() + seconds, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

/* The next message that has the words, or none of either: "". */
static const char *
next_with(struct trip *t, struct fake_client *c, const char *words)
{
	const char *text = trip_next(t, c);

	while (!strstr(text, words))
		text = trip_next(t, c);
	return text;
}

static void
a_key_that_expires_within_a_week_is_told_and_cleared(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "a", 142),
			   *other = join_as(t, "b", 142);
	const char *text;

	trip_settle(t);
	expire_in(t, c, 6 * 86400);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(strstr(text,
		"\"DisplayMessages\":{\"cairn-key-expiry\":{\"Title\":\"The "
		"key expires soon\",\"Text\":\"The key of this machine expires "
		"on "));
	assert_non_null(strstr(text, "\"Severity\":\"medium\"}}"));
	assert_null(strstr(text, "\"Health\":"));
	assert_null(strstr(trip_next(t, other), "DisplayMessages"));
	expire_in(t, c, 5 * 86400);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(strstr(text, "\"cairn-key-expiry\":{"));
	assert_null(strstr(trip_next(t, other), "DisplayMessages"));
	expire_in(t, c, 90 * 86400);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(strstr(
		text, "\"DisplayMessages\":{\"cairn-key-expiry\":null}"));
	assert_null(strstr(trip_next(t, other), "DisplayMessages"));
	trip_quiet(t);
}

static void
older_clients_are_told_by_health_and_by_nothing_else(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "old", 113);
	const char *text;

	trip_settle(t);
	expire_in(t, c, 6 * 86400);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(strstr(
		text, "\"Health\":[\"The key of this machine expires on "));
	assert_null(strstr(text, "DisplayMessages"));
	expire_in(t, c, 90 * 86400);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(strstr(text, "\"Health\":[]"));
	trip_quiet(t);
}

static void
what_was_told_is_not_told_again_with_other_news(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "a", 142);

	expire_in(t, c, 6 * 86400);
	(void)next_with(t, c, "DisplayMessages");
	trip_settle(t);
	assert_int_equal(tailnet_node_rename(t->site->db, &t->site->settings,
				 c->self.id, "another", "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_null(strstr(next_with(t, c, "\"Node\":"), "DisplayMessages"));
	trip_quiet(t);
}

/* A stream begins with nothing. */
static void
a_new_stream_is_told_again_and_a_good_one_nothing(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "a", 142);

	expire_in(t, c, 90 * 86400);
	trip_settle(t);
	fake_map_close(c);
	assert_int_equal(fake_map_open(c), ERR_OK);
	assert_null(strstr(next_with(t, c, "\"DERPMap\":"), "DisplayMessages"));
	expire_in(t, c, 6 * 86400);
	(void)next_with(t, c, "DisplayMessages");
	fake_map_close(c);
	assert_int_equal(fake_map_open(c), ERR_OK);
	assert_non_null(strstr(
		next_with(t, c, "\"DERPMap\":"), "\"cairn-key-expiry\":{"));
}

static void
a_route_that_waits_is_told_to_its_machine_until_it_is_approved(void **state)
{
	static const char *route = "10.7.0.0/16";
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "router", 142);
	const struct json_texts routes = { &route, 1 };
	struct routes_set set;
	const char *text;

	trip_settle(t);
	c->hostinfo.routable_ips = routes;
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
	text = next_with(t, c, "\"Node\":");
	assert_non_null(
		strstr(text, "\"DisplayMessages\":{\"cairn-routes\":{"));
	assert_non_null(strstr(text, "\"Severity\":\"low\"}}"));
	assert_int_equal(tailnet_node_routes(t->site->db, c->self.id, &routes,
				 "test", clock_now(), &set),
		ERR_OK);
	site_ring(t->site);
	text = next_with(t, c, "DisplayMessages");
	assert_non_null(
		strstr(text, "\"DisplayMessages\":{\"cairn-routes\":null}"));
	trip_forget(c);
	trip_quiet(t);
}

static void
tags_that_were_not_given_are_told_until_they_are_there(void **state)
{
	static const char *tag = "tag:printer";
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "printer", 142);
	const char *text;

	trip_settle(t);
	c->hostinfo.request_tags = (struct json_texts){ &tag, 1 };
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
	text = next_with(t, c, "DisplayMessages");
	assert_non_null(strstr(text, "\"DisplayMessages\":{\"cairn-tags\":{"
				     "\"Title\":\"Tags were not given\""));
	assert_non_null(strstr(text, "tailscale up --force-reauth"));
	assert_int_equal(tailnet_node_tag(t->site->db, c->self.id,
				 "[\"tag:printer\"]", "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	text = next_with(t, c, "DisplayMessages");
	assert_non_null(
		strstr(text, "\"DisplayMessages\":{\"cairn-tags\":null}"));
	trip_forget(c);
	trip_quiet(t);
}

static void
who_waits_for_approval_is_told_and_no_more_once_it_is_in(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join_as(t, "a", 142);

	trip_settle(t);
	assert_int_equal(tailnet_node_approve(t->site->db, c->self.id, false,
				 "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_int_equal(
		fake_until(c, trip_never, NULL, WAIT_MS), ERR_NOT_FOUND);
	trip_forget(c);
	assert_int_equal(fake_map_open(c), ERR_OK);
	assert_non_null(strstr(next_with(t, c, "MachineAuthorized\":false"),
		"\"cairn-approval\":{\"Title\":\"This machine waits for "
		"approval\""));
	assert_int_equal(tailnet_node_approve(t->site->db, c->self.id, true,
				 "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_non_null(strstr(next_with(t, c, "MachineAuthorized\":true"),
		"\"DisplayMessages\":{\"cairn-approval\":null}"));
}

/* By its own clock: no row changes when a week begins. */
static void
the_week_begins_while_the_client_is_there(void **state)
{
	struct snap_node n = { .expires_at = 1000 + MESSAGE_EXPIRY_SECONDS };
	struct map_said said = { 0, 0 };
	struct map_viewer v = { .node = &n, .said = &said };

	(void)state;
	assert_false(mapmessages_differ(&v, 999));
	assert_true(mapmessages_differ(&v, 1000));
	said = mapmessages_of(&n, 1000);
	assert_false(mapmessages_differ(&v, n.expires_at - 1));
	assert_true(mapmessages_differ(&v, n.expires_at));
}

static void
an_update_is_told_of_only_while_a_version_is_set(void **state)
{
	struct trip *t = *state;
	struct fake_client *old = trip_client(t, "old"), *new;
	struct fake_client *odd = join_as(t, "odd", 142);

	old->hostinfo.ipn_version = "1.90.9-t123";
	assert_int_equal(fake_connect(old, WAIT_MS), ERR_OK);
	trip_register(t, old, t->key);
	trip_poll(old);
	new = trip_client(t, "new");
	new->hostinfo.ipn_version = "1.102.3-t123";
	assert_int_equal(fake_connect(new, WAIT_MS), ERR_OK);
	trip_register(t, new, t->key);
	trip_poll(new);
	trip_settle(t);
	site_set(t->site, "client_version", "1.102.3");
	trip_expect(
		t, old, "{\"ClientVersion\":{\"LatestVersion\":\"1.102.3\"}}");
	trip_expect(t, new, "{\"ClientVersion\":{\"RunningLatest\":true}}");
	(void)trip_next(t, odd);
	site_set(t->site, "client_version", "");
	trip_expect(t, old, "{\"ClientVersion\":{\"RunningLatest\":true}}");
	trip_expect(t, new, "{\"ClientVersion\":{\"RunningLatest\":true}}");
	(void)trip_next(t, odd);
	trip_quiet(t);
}

static void
versions_are_compared_as_numbers(void **state)
{
	(void)state;
	assert_true(client_version_is_older("1.90.9", "1.102.3"));
	assert_true(client_version_is_older("1.102.2-t9-g1", "1.102.3"));
	assert_false(client_version_is_older("1.102.3-t9", "1.102.3"));
	assert_false(client_version_is_older("1.103.0", "1.102.3"));
	assert_false(client_version_is_older("2.0.0", "1.102.3"));
	assert_false(client_version_is_older("", "1.102.3"));
	assert_false(client_version_is_older("date.1", "1.102.3"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(a_key_that_expires_within_a_week_is_told_and_cleared),
		trip_test(older_clients_are_told_by_health_and_by_nothing_else),
		trip_test(what_was_told_is_not_told_again_with_other_news),
		trip_test(a_new_stream_is_told_again_and_a_good_one_nothing),
		trip_test(
			a_route_that_waits_is_told_to_its_machine_until_it_is_approved),
		trip_test(
			tags_that_were_not_given_are_told_until_they_are_there),
		trip_test(
			who_waits_for_approval_is_told_and_no_more_once_it_is_in),
		cmocka_unit_test(the_week_begins_while_the_client_is_there),
		trip_test(an_update_is_told_of_only_while_a_version_is_set),
		cmocka_unit_test(versions_are_compared_as_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
