/* Who is told of which DNSConfig, and who of none. */
#include "tests/worker/trip.h"

#include "db/policy_text.h"
#include "tailnet/dns.h"

static int64_t
server(struct trip *t, const char *address, bool with_exit_node)
{
	int64_t id = 0;

	assert_int_equal(tailnet_nameserver_add(t->site->db,
				 &(struct nameserver){ .address = address,
					 .domain = "",
					 .with_exit_node = with_exit_node },
				 "test", clock_now(), &id),
		ERR_OK);
	site_ring(t->site);
	return id;
}

static int64_t
record(struct trip *t, const char *name, const char *value, int64_t node_id)
{
	int64_t id = 0;

	assert_int_equal(tailnet_record_add(t->site->db,
				 &(struct dns_record){ .name = name,
					 .type = "A",
					 .value = value,
					 .node_id = node_id },
				 "test", clock_now(), &id),
		ERR_OK);
	site_ring(t->site);
	return id;
}

/* Straight into its table, where what it is about is not what is tried. */
static void
policy(struct trip *t, const char *text)
{
	const struct policy_text row = { .text = text, .author = "cli" };
	int64_t id;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_policy_add(t->site->db, &row, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

/* The next message, which is a DNSConfig and nothing else, without its ends. */
static const char *
only_dns(struct trip *t, struct fake_client *c)
{
	const char *text = trip_next(t, c);

	if (!trip_starts(text, "{\"DNSConfig\":{") ||
		strstr(text, "\"Node\"") || strstr(text, "\"Peers"))
		fail_msg("%s", text);
	return text;
}

static void
another_nameserver_is_one_message_for_each(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	const char *text;
	int64_t id;

	trip_settle(t);
	id = server(t, "9.9.9.9", false);
	text = only_dns(t, a);
	assert_non_null(
		strstr(text, "\"FallbackResolvers\":[{\"Addr\":\"9.9.9.9\"}]"));
	assert_string_equal(only_dns(t, x), text);
	trip_quiet(t);
	assert_int_equal(
		tailnet_nameserver_delete(t->site->db, id, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_null(strstr(only_dns(t, a), "9.9.9.9"));
	(void)only_dns(t, x);
	trip_quiet(t);
	assert_false(a->map_ended);
}

static void
what_ends_as_it_was_is_no_message(void **state)
{
	struct trip *t = *state;
	int64_t id;

	(void)trip_join(t, "a");
	trip_settle(t);
	/* Both before the bell. */
	assert_int_equal(
		tailnet_search_add(t->site->db, "a.example", "test", 5, &id),
		ERR_OK);
	assert_int_equal(
		tailnet_search_delete(t->site->db, id, "test", 5), ERR_OK);
	trip_quiet(t); /* in one payment peers come before the own config, */
	trip_quiet(t); /* so that it would stand before the second fence */
}

static void
an_old_client_hears_nothing_of_exit_nodes(void **state)
{
	struct trip *t = *state;
	struct fake_client *old = trip_client(t, "old"), *new;
	int64_t plain, with;

	old->capver = 124;
	assert_int_equal(fake_connect(old, WAIT_MS), ERR_OK);
	trip_register(t, old, t->key);
	trip_poll(old);
	new = trip_join(t, "new");
	plain = server(t, "9.9.9.9", false);
	trip_settle(t);
	/* The same nameserver in one transaction's time. */
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_nameserver_delete(t->site->db, plain), ERR_OK);
	assert_int_equal(db_nameserver_add(t->site->db,
				 &(struct nameserver){ .address = "9.9.9.9",
					 .domain = "",
					 .with_exit_node = true },
				 &with),
		ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	assert_non_null(strstr(only_dns(t, new), "UseWithExitNode"));
	trip_raise_fence(t);
	trip_expect(t, new, trip_fence_text(t));
	assert_string_equal(trip_shape(t, old), "PeersChangedPatch:1");
}

static void
a_record_of_a_machine_reaches_those_who_see_it(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x"), *z;
	const char *text;
	struct node n;

	z = trip_join(t, "z");
	policy(t, arena_printf(t->mem,
			  "{\"acls\":[{\"action\":\"accept\","
			  "\"src\":[\"%s\"],"
			  "\"dst\":[\"%s:*\",\"%s:*\",\"%s:*\"]},"
			  "{\"action\":\"accept\",\"src\":[\"%s\"],"
			  "\"dst\":[\"%s:*\"]}]}",
			  trip_row(t, t->fence).ipv4,
			  trip_row(t, a->self.id).ipv4,
			  trip_row(t, z->self.id).ipv4,
			  trip_row(t, x->self.id).ipv4,
			  trip_row(t, a->self.id).ipv4,
			  trip_row(t, x->self.id).ipv4));
	assert_int_equal(fake_until(z, trip_never, NULL, 1), ERR_BUSY);
	trip_settle(t);
	n = trip_row(t, x->self.id);
	(void)record(t, "git.lan", NULL, x->self.id);
	text = only_dns(t, a);
	assert_non_null(strstr(text,
		arena_printf(t->mem,
			"{\"Name\":\"git.lan\",\"Type\":\"A\",\"Value\":\"%s\"}",
			n.ipv4)));
	assert_string_equal(only_dns(t, x), text);
	/* Who sees neither is told of neither. */
	trip_raise_fence(t);
	trip_expect(t, z, trip_fence_text(t));
	trip_expect(t, a, trip_fence_text(t));
}

static void
a_record_goes_with_its_machine(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	int64_t id = x->self.id;
	struct node n;

	(void)record(t, "git.lan", NULL, id);
	trip_settle(t);
	n = trip_row(t, id);
	n.ipv4 = "100.99.99.99";
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_node_update(t->site->db, &n), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	assert_string_equal(trip_shape(t, a), "PeersChanged:1");
	assert_non_null(strstr(trip_next(t, a),
		"\"Type\":\"A\",\"Value\":\"100.99.99.99\"}]"));
	trip_settle(t);
	assert_int_equal(
		tailnet_node_delete(t->site->db, id, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_string_equal(trip_shape(t, a), "PeersRemoved:1");
	assert_null(strstr(trip_next(t, a), "git.lan"));
}

static void
a_profile_of_nextdns_is_its_machines_own(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	const char *text;

	trip_settle(t);
	(void)server(t, "https://dns.nextdns.io/abc123", false);
	text = only_dns(t, a);
	assert_non_null(strstr(
		text, arena_printf(t->mem,
			      "https://dns.nextdns.io/abc123?device_name=a"
			      "&device_model=linux&device_ip=%s\"",
			      trip_row(t, a->self.id).ipv4)));
	assert_non_null(strstr(only_dns(t, x), "device_name=x&"));
	trip_settle(t);
	policy(t, arena_printf(t->mem,
			  "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
			  "\"dst\":[\"*:*\"]}],\"nodeAttrs\":[{\"target\":"
			  "[\"%s\"],\"attr\":[\"nextdns:def456\","
			  "\"nextdns:no-device-info\"]}]}",
			  trip_row(t, a->self.id).ipv4));
	text = trip_next(t, a);
	assert_non_null(strstr(text, "\"https://dns.nextdns.io/def456\""));
	trip_settle(t);
	assert_int_equal(x->map_ended, false);
}

static void
who_joins_gets_it_with_the_first_map(void **state)
{
	struct trip *t = *state;
	struct fake_client *a;

	(void)server(t, "9.9.9.9", false);
	(void)record(t, "git.lan", "10.0.0.1", 0);
	a = trip_join(t, "a");
	assert_non_null(strstr(trip_next(t, a), "\"git.lan\""));
	(void)trip_settle(t);
	trip_quiet(t);
}

static void
a_title_is_not_dns(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a");

	trip_settle(t);
	site_set(t->site, "magic_dns", "false");
	assert_null(strstr(only_dns(t, a), "Proxied"));
	site_set(t->site, "tailnet_name", "Hill house");
	assert_string_equal(trip_shape(t, a), "Node Domain UserProfiles:1");
	trip_quiet(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(another_nameserver_is_one_message_for_each),
		trip_test(what_ends_as_it_was_is_no_message),
		trip_test(an_old_client_hears_nothing_of_exit_nodes),
		trip_test(a_record_of_a_machine_reaches_those_who_see_it),
		trip_test(a_record_goes_with_its_machine),
		trip_test(a_profile_of_nextdns_is_its_machines_own),
		trip_test(who_joins_gets_it_with_the_first_map),
		trip_test(a_title_is_not_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
