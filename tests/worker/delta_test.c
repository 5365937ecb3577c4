/*
 * delta_test.c: what each event costs each viewer: so many messages, with these
 * bytes, and nothing to anybody else (spec/map-and-state.md 7.2).
 */
#include "tests/worker/trip.h"

#include "db/change.h"
#include "db/live.h"
#include "tailnet/user.h"

#define TEXT(t, fmt, id) arena_printf((t)->mem, fmt, (long long)(id))

static void
roam(struct fake_client *c, const char *endpoint, int64_t derp)
{
	static const char *at;
	static struct tailcfg_net_info net;

	at = endpoint;
	net.preferred_derp = derp;
	c->endpoints = (struct json_texts){ &at, 1 };
	c->hostinfo.net_info = &net;
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
}

static void
a_join_is_one_whole_peer_and_one_patch(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_client(t, "x");
	const char *patch;

	trip_settle(t);
	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	trip_register(t, x, t->key);
	assert_string_equal(trip_shape(t, a), "PeersChanged:1");
	trip_quiet(t);
	trip_poll(x);
	patch = trip_next(t, a);
	assert_non_null(strstr(patch, "{\"PeersChangedPatch\":[{\"NodeID\":"));
	assert_non_null(strstr(patch, ",\"DERPRegion\":900,"));
	assert_non_null(strstr(patch, "\"Endpoints\":[\"192.0.2.7:41641\"]"));
	assert_non_null(strstr(patch, "\"Online\":true"));
	trip_forget(x);
	trip_quiet(t);
	assert_int_equal(fake_peer_named(a, "x")->online, OPT_TRUE);
	assert_int_equal(a->peer_count, 2);
	assert_int_equal(x->peer_count, 2);
}

static void
a_roam_is_one_patch_to_viewers_and_nothing_to_itself(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *b = trip_join(t, "b");
	struct fake_client *x = trip_join(t, "x");
	const char *patch;

	trip_settle(t);
	roam(x, "198.51.100.9:41641", 901);
	patch = TEXT(t,
		"{\"PeersChangedPatch\":[{\"NodeID\":%lld,\"DERPRegion\":901,"
		"\"Endpoints\":[\"198.51.100.9:41641\"]}]}",
		x->self.id);
	trip_expect(t, a, patch);
	trip_expect(t, b, patch);
	assert_int_equal(a->counts.messages, 1);
	assert_int_equal(a->counts.plain_bytes, strlen(patch));
	/* Length, frame header, block header: it is stored as it is. */
	assert_in_range(a->counts.framed_bytes, strlen(patch) + 4 + 6,
		strlen(patch) + 4 + 12);
	trip_quiet(t);
}

/* The worker knows a repeated update by its hash. */
static void
going_back_to_an_earlier_place_is_told_too(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	static const char *const places[] = { "198.51.100.9:1",
		"198.51.100.9:2", "198.51.100.9:1" };

	trip_settle(t);
	for (size_t i = 0; i < 3; i++) {
		roam(x, places[i], 901);
		assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
		assert_non_null(strstr(trip_next(t, a), places[i]));
		trip_quiet(t);
	}
}

static void
an_update_that_changes_nothing_costs_no_message_and_no_write(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	struct live row, later;
	int64_t seq, seq_later, gen, noop;

	trip_settle(t);
	trip_seconds(t, 2); /* what is due has been written */
	assert_int_equal(
		db_live_by_node(t->site->db, x->self.id, t->mem, &row), ERR_OK);
	row.online_since = 1234567; /* a write would put it right */
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_live_put(t->site->db, &row), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	assert_int_equal(db_change_last(t->site->db, &seq), ERR_OK);
	gen = site_metric(t->site, "generation");
	noop = site_metric(t->site, "lite_noop_total");
	for (int i = 0; i < 20; i++)
		assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	trip_seconds(t, 3);
	assert_int_equal(site_metric(t->site, "generation"), gen);
	assert_int_equal(site_metric(t->site, "lite_noop_total"), noop + 20);
	assert_int_equal(db_change_last(t->site->db, &seq_later), ERR_OK);
	assert_int_equal(seq_later, seq);
	assert_int_equal(
		db_live_by_node(t->site->db, x->self.id, t->mem, &later),
		ERR_OK);
	assert_int_equal(later.online_since, 1234567);
	assert_int_equal(a->counts.messages, 0);
	trip_quiet(t);
}

static void
endpoints_in_another_order_are_no_change(void **state)
{
	struct trip *t = *state;
	struct fake_client *x;
	const char *one[] = { "192.0.2.1:1", "192.0.2.2:2" };
	const char *two[] = { "192.0.2.2:2", "192.0.2.1:1", "192.0.2.1:1" };

	(void)trip_join(t, "a");
	x = trip_join(t, "x");
	x->endpoints = (struct json_texts){ one, 2 };
	assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	trip_settle(t);
	x->endpoints = (struct json_texts){ two, 3 };
	assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	trip_quiet(t);
}

static void
endpoints_that_lead_nowhere_reach_no_peer(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	const char *bad[] = { "0.0.0.0:1", "224.0.0.1:5", "192.0.2.9:0",
		"255.255.255.255:9", "[::]:1", "[ff02::1]:1", "nonsense",
		"192.0.2.3:3" };

	trip_settle(t);
	x->endpoints = (struct json_texts){ bad, 8 };
	assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	trip_expect(t, a,
		TEXT(t,
			"{\"PeersChangedPatch\":[{\"NodeID\":%lld,"
			"\"Endpoints\":[\"192.0.2.3:3\"]}]}",
			x->self.id));
	trip_quiet(t);
}

static void
a_new_disco_key_is_one_patch(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	char key[KEY_TEXT_SIZE];

	trip_settle(t);
	assert_int_equal(key_new(&x->disco, &x->disco_public), ERR_OK);
	assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	key_print(KEY_DISCO, &x->disco_public, key);
	trip_expect(t, a,
		arena_printf(t->mem,
			"{\"PeersChangedPatch\":[{\"NodeID\":%lld,"
			"\"DiscoKey\":\"%s\"}]}",
			(long long)x->self.id, key));
	trip_quiet(t);
}

static void
rename_node(struct trip *t, const struct fake_client *c, const char *name)
{
	assert_int_equal(tailnet_node_rename(t->site->db, &t->site->settings,
				 c->self.id, name, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

static void
a_rename_is_one_whole_peer_and_one_self(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	rename_node(t, x, "renamed");
	assert_string_equal(trip_shape(t, a), "PeersChanged:1");
	assert_string_equal(trip_shape(t, x), "Node UserProfiles:1");
	trip_quiet(t);
	assert_non_null(fake_peer_named(a, "renamed"));
	assert_string_equal(x->self.name, "renamed.cairn.internal.");
}

static void
a_new_host_name_is_one_whole_peer_and_one_self(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	x->hostinfo.hostname = "Büro PC";
	assert_int_equal(fake_lite(x, WAIT_MS, NULL), ERR_OK);
	assert_string_equal(trip_shape(t, a), "PeersChanged:1");
	assert_string_equal(trip_shape(t, x), "Node UserProfiles:1");
	trip_quiet(t);
	assert_string_equal(x->self.name, fake_peer(a, x->self.id)->name);
	assert_string_not_equal(x->self.name, "x.cairn.internal.");
}

static void
expire(struct trip *t, const struct fake_client *c, int64_t at)
{
	assert_int_equal(tailnet_node_expire(t->site->db, c->self.id, at,
				 "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

static const char *
expiry_patch(struct trip *t, const struct fake_client *x)
{
	int64_t at = trip_row(t, x->self.id).expires_at;
	char when[CLOCK_TEXT_SIZE];

	clock_text(at ? at : INT64_C(-62135596800), when);
	return arena_printf(t->mem,
		"{\"PeersChangedPatch\":[{\"NodeID\":%lld,"
		"\"KeyExpiry\":\"%s\"}]}",
		(long long)x->self.id, when);
}

static void
an_expiry_that_moves_is_one_patch_and_one_self(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	expire(t, x, clock_now() + 5000);
	trip_expect(t, a, expiry_patch(t, x));
	assert_string_equal(trip_shape(t, x), "Node UserProfiles:1");
	trip_quiet(t);
	expire(t, x, 0);
	trip_expect(t, a, expiry_patch(t, x));
	assert_string_equal(trip_shape(t, x), "Node UserProfiles:1");
	trip_quiet(t);
}

static void
an_expired_node_keeps_its_stream_and_is_revived_by_a_full_map(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	expire(t, x, clock_now() - 1);
	trip_expect(t, a, expiry_patch(t, x));
	assert_string_equal(trip_shape(t, x),
		"Node DERPMap PacketFilters SSHPolicy UserProfiles:1");
	trip_raise_fence(t);
	trip_expect(t, a, trip_fence_text(t));
	expire(t, x, clock_now() + 5000);
	trip_expect(t, a, expiry_patch(t, x));
	assert_string_equal(trip_shape(t, x),
		"Node DERPMap DNSConfig PacketFilters SSHPolicy Domain "
		"UserProfiles:3 Peers:2");
	trip_quiet(t);
	assert_false(x->map_ended);
}

static bool
never(const struct fake_client *c, void *arg)
{
	(void)c;
	(void)arg;
	return false;
}

static void
approve(struct trip *t, const struct fake_client *c, bool approved)
{
	assert_int_equal(tailnet_node_approve(t->site->db, c->self.id, approved,
				 "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

static void
who_is_shut_out_polls_anew_without_peers_until_it_is_approved(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	approve(t, x, false);
	trip_expect(t, a,
		arena_printf(t->mem, "{\"PeersRemoved\":[%lld]}",
			(long long)x->self.id));
	assert_int_equal(fake_until(x, never, NULL, WAIT_MS), ERR_NOT_FOUND);
	assert_true(x->map_ended);
	trip_poll(x);
	assert_string_equal(trip_shape(t, x),
		"Node DERPMap PacketFilters SSHPolicy UserProfiles:1");
	assert_false(x->self.machine_authorized);
	assert_int_equal(x->peer_count, 0);
	approve(t, x, true);
	assert_string_equal(trip_shape(t, a), "PeersChanged:1");
	assert_string_equal(trip_shape(t, x),
		"Node DERPMap DNSConfig PacketFilters SSHPolicy Domain "
		"UserProfiles:3 Peers:2");
	assert_true(x->self.machine_authorized);
	assert_false(x->map_ended);
}

static void
who_is_shut_out_hears_what_changes_of_itself(void **state)
{
	static const char *const shape =
		"Node DERPMap PacketFilters SSHPolicy UserProfiles:1";
	struct trip *t = *state;
	struct fake_client *x = trip_join(t, "x");

	trip_settle(t);
	expire(t, x, clock_now() - 1);
	assert_string_equal(trip_shape(t, x), shape);
	rename_node(t, x, "other");
	assert_string_equal(trip_shape(t, x), shape);
	assert_true(trip_starts(x->self.name, "other."));
	assert_int_equal(tailnet_user_rename(t->site->db, t->site->user_id,
				 "annabel", "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	assert_non_null(strstr(trip_next(t, x), "annabel"));
	trip_raise_fence(t); /* of others it hears nothing */
	rename_node(t, x, "last");
	assert_string_equal(trip_shape(t, x), shape);
	assert_true(trip_starts(x->self.name, "last."));
}

static void
remove_node(struct trip *t, int64_t id)
{
	assert_int_equal(
		tailnet_node_delete(t->site->db, id, "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
}

/* A full map cannot say that no peer is left: [] means "as before". */
static void
who_is_revived_when_nobody_is_left_polls_anew(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	expire(t, x, clock_now() - 1);
	assert_string_equal(trip_shape(t, x),
		"Node DERPMap PacketFilters SSHPolicy UserProfiles:1");
	remove_node(t, a->self.id);
	remove_node(t, t->fence);
	expire(t, x, clock_now() + 5000);
	assert_int_equal(fake_until(x, never, NULL, WAIT_MS), ERR_NOT_FOUND);
	assert_true(x->map_ended);
	trip_poll(x);
	assert_int_equal(x->peer_count, 0);
}

static void
a_deletion_is_a_farewell_and_one_removal(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	int64_t id = x->self.id;
	const char *farewell;

	trip_settle(t);
	remove_node(t, id);
	trip_expect(t, a, TEXT(t, "{\"PeersRemoved\":[%lld]}", id));
	farewell = trip_next(t, x);
	assert_non_null(
		strstr(farewell, "\"KeyExpiry\":\"1970-01-02T00:00:00Z\""));
	assert_non_null(
		strstr(farewell, "\"PacketFilters\":{\"*\":null,\"base\":[]}"));
	trip_raise_fence(t);
	trip_expect(t, a, trip_fence_text(t));
	assert_int_equal(a->peer_count, 1);
	/* The stream stays, or the client would ask again at once. */
	assert_int_equal(fake_pump(x), ERR_OK);
	assert_false(x->map_ended);
	assert_int_equal(x->counts.messages, 1);
	/* On another stream it gets the same again. */
	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	assert_int_equal(fake_map_open(x), ERR_OK);
	assert_non_null(strstr(trip_next(t, x), "1970-01-02T00:00:00Z"));
}

static void
the_removal_of_the_last_peer_leaves_none(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a");

	trip_settle(t);
	remove_node(t, t->fence);
	trip_expect(t, a, TEXT(t, "{\"PeersRemoved\":[%lld]}", t->fence));
	assert_int_equal(a->peer_count, 0);
	/* And a first map without peers is one, too. */
	fake_disconnect(a);
	assert_int_equal(fake_connect(a, WAIT_MS), ERR_OK);
	trip_poll(a);
	assert_int_equal(a->peer_count, 0);
}

static void
a_user_s_new_name_is_one_profile(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	const char *profile;

	trip_settle(t);
	assert_int_equal(tailnet_user_rename(t->site->db, t->site->user_id,
				 "anna", "test", clock_now()),
		ERR_OK);
	site_ring(t->site);
	profile = trip_next(t, a);
	assert_true(trip_starts(profile, "{\"UserProfiles\":[{\"ID\":"));
	assert_non_null(strstr(profile, "\"LoginName\":\"anna"));
	trip_expect(t, x, profile);
	trip_quiet(t);
}

static void
a_new_node_key_is_one_patch(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	char key[KEY_TEXT_SIZE];
	int64_t id = x->self.id;
	const char *patch;

	trip_settle(t);
	assert_int_equal(fake_rotate(x), ERR_OK);
	trip_register(t, x, t->key);
	patch = trip_next(t, a);
	key_print(KEY_NODE, &x->node_public, key);
	assert_true(trip_starts(patch,
		TEXT(t, "{\"PeersChangedPatch\":[{\"NodeID\":%lld,", id)));
	assert_non_null(
		strstr(patch, arena_printf(t->mem, "\"Key\":\"%s\"", key)));
	trip_poll(x);
	trip_forget(x);
	trip_quiet(t);
	assert_int_equal(x->self.id, id);
	assert_string_equal(fake_peer(a, id)->key, key);
}

static void
another_domain_reaches_everyone_once(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	site_set(t->site, "dns_domain", "other.internal");
	assert_string_equal(trip_shape(t, a), "PeersChanged:2");
	assert_string_equal(
		trip_shape(t, a), "Node DNSConfig Domain UserProfiles:1");
	trip_forget(x);
	trip_settle(t);
	assert_string_equal(a->self.name, "a.other.internal.");
	assert_string_equal(x->domain, "other.internal");
	assert_string_equal(
		fake_peer(x, a->self.id)->name, "a.other.internal.");
}

static void
a_title_of_the_network_changes_no_peer(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a");

	(void)trip_join(t, "x");
	trip_settle(t);
	site_set(t->site, "tailnet_name", "Hill house");
	assert_string_equal(trip_shape(t, a), "Node Domain UserProfiles:1");
	assert_string_equal(a->domain, "Hill house");
	trip_settle(t);
}

static void
a_setting_that_no_client_sees_costs_no_message(void **state)
{
	struct trip *t = *state;

	(void)trip_join(t, "a");
	trip_settle(t);
	site_set(t->site, "register_rate", "199");
	trip_quiet(t);
}

static bool
is_offline(const struct fake_client *c, void *arg)
{
	const struct fake_peer *p = fake_peer(c, *(int64_t *)arg);

	return p && p->online == OPT_FALSE;
}

/* One wait for the grace, four claims. */
static void
a_leaver_is_seen_after_the_grace_and_a_reconnect_never(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");
	struct fake_client *y = trip_join(t, "y");
	int64_t id = x->self.id, begun;
	const char *patch;

	trip_settle(t);
	begun = clock_now_ms();
	fake_disconnect(x);
	fake_disconnect(y);
	assert_int_equal(fake_connect(y, WAIT_MS), ERR_OK);
	trip_poll(y);
	trip_forget(y);
	trip_quiet(t);
	assert_int_equal(fake_until(a, is_offline, &id, WAIT_MS), ERR_OK);
	assert_in_range(clock_now_ms() - begun, 10000, 20000);
	patch = trip_next(t, a);
	assert_true(trip_starts(
		patch, TEXT(t,
			       "{\"PeersChangedPatch\":[{\"NodeID\":%lld,"
			       "\"Online\":false,\"LastSeen\":\"",
			       id)));
	trip_expect(t, y, patch);
	trip_quiet(t);
	assert_int_equal(fake_connect(x, WAIT_MS), ERR_OK);
	trip_poll(x);
	trip_forget(x);
	patch = trip_next(t, a);
	assert_non_null(strstr(patch, "\"Online\":true,\"LastSeen\":\""));
	trip_expect(t, y, patch);
	trip_quiet(t);
}

static void
a_newer_stream_ends_the_older_and_peers_notice_nothing(void **state)
{
	struct trip *t = *state;
	struct fake_client *x = trip_join(t, "x"), *again = trip_client(t, "x");

	(void)trip_join(t, "a");
	trip_settle(t);
	again->machine = x->machine;
	again->node = x->node;
	again->node_public = x->node_public;
	again->disco = x->disco;
	again->disco_public = x->disco_public;
	assert_int_equal(fake_connect(again, WAIT_MS), ERR_OK);
	assert_int_equal(fake_map_open(again), ERR_OK);
	assert_int_equal(
		fake_until(again, fake_has_map, NULL, WAIT_MS), ERR_OK);
	/* Whichever event comes first, the old stream gets no more map. */
	assert_int_equal(
		fake_until(x, trip_never, NULL, WAIT_MS), ERR_NOT_FOUND);
	assert_int_equal(x->counts.messages, 0);
	trip_forget(again);
	trip_quiet(t);
}

/* On the same tunnel, whose HTTP/2 still holds the frame of the delivery. */
static void
who_ends_its_poll_behind_a_delivery_polls_anew(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	for (int i = 0; i < 4; i++) {
		const char *place =
			arena_printf(t->mem, "192.0.2.1:%d", 1000 + i);

		roam(x, place, 901);
		assert_non_null(strstr(trip_next(t, a), place));
		fake_map_close(a);
		trip_poll(a);
		assert_string_equal(fake_peer_named(a, "x")->endpoint, place);
		trip_forget(a);
	}
	trip_quiet(t);
}

static const char *
ask_map(struct trip *t, struct fake_client *c, const char *more, size_t *len)
{
	char key[KEY_TEXT_SIZE];
	struct fake_answer a;
	const char *body;
	int32_t stream;

	key_print(KEY_NODE, &c->node_public, key);
	body = arena_printf(
		t->mem, "{\"Version\":142,\"NodeKey\":\"%s\"%s}", key, more);
	assert_int_equal(fake_start(c, "POST", "/machine/map",
				 (struct bytes){ (const unsigned char *)body,
					 strlen(body) },
				 &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	assert_int_equal(a.status, 200);
	*len = a.len;
	return a.body;
}

static void
who_does_not_stream_gets_one_map_and_the_end(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a");
	size_t len;
	const char *body;

	trip_settle(t);
	body = ask_map(t, a, ",\"Compress\":\"zstd\"", &len);
	assert_true(len > 8);
	assert_memory_equal(body + 4, "\x28\xb5\x2f\xfd", 4);
	trip_quiet(t); /* its stream lives on */
}

static void
who_names_no_compression_gets_plain_json(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a");
	size_t len;
	const unsigned char *body =
		(const unsigned char *)ask_map(t, a, "", &len);

	assert_int_equal((size_t)body[0] | (size_t)body[1] << 8 |
				 (size_t)body[2] << 16 | (size_t)body[3] << 24,
		len - 4);
	assert_memory_equal(body + 4, "{\"Node\":{", 9);
	assert_non_null(strstr((const char *)body + 4, "\"Peers\":[{"));
}

static bool
has_peers(const struct fake_client *c, void *arg)
{
	return c->peer_count >= *(size_t *)arg;
}

static void
twenty_joins_at_once_are_far_fewer_messages(void **state)
{
	enum {
		JOINS = 20
	};
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *c[JOINS];
	int32_t stream[JOINS];
	struct fake_registration r;
	size_t all = JOINS + 1;

	trip_settle(t);
	for (int i = 0; i < JOINS; i++) {
		c[i] = trip_client(t, arena_printf(t->mem, "x%d", i));
		assert_int_equal(fake_connect(c[i], WAIT_MS), ERR_OK);
	}
	for (int i = 0; i < JOINS; i++)
		assert_int_equal(
			fake_register_start(c[i], t->key, NULL, &stream[i]),
			ERR_OK);
	for (int i = 0; i < JOINS; i++) {
		assert_int_equal(fake_register_wait(
					 c[i], stream[i], WAIT_MS, t->mem, &r),
			ERR_OK);
		assert_int_equal(r.status, 200);
		assert_int_equal(fake_map_open(c[i]), ERR_OK);
	}
	assert_int_equal(fake_until(a, has_peers, &all, WAIT_MS), ERR_OK);
	trip_settle(t);
	assert_int_equal(a->peer_count, JOINS + 1);
	/* Joins and presence are forty events for each of the viewers. */
	print_message("%lld delta messages for %d joins and %d viewers\n",
		(long long)site_metric(t->site, "map_delta_total"), JOINS,
		JOINS + 1);
	assert_in_range(
		site_metric(t->site, "map_delta_total"), 1, JOINS * JOINS / 2);
}

static void
a_node_that_roams_without_end_is_told_of_now_and_then(void **state)
{
	struct trip *t = *state;
	struct fake_client *a = trip_join(t, "a"), *x = trip_join(t, "x");

	trip_settle(t);
	for (int i = 0; i < 200; i++)
		roam(x, arena_printf(t->mem, "192.0.2.1:%d", 1000 + i),
			900 + i % 2);
	trip_raise_fence(t);
	assert_int_equal(fake_until(a, trip_is_fenced, t, WAIT_MS), ERR_OK);
	/* A burst of ten, then one in five seconds. */
	assert_in_range(a->counts.messages, 1, 14);
	trip_forget(a);
	trip_forget(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(a_join_is_one_whole_peer_and_one_patch),
		trip_test(a_roam_is_one_patch_to_viewers_and_nothing_to_itself),
		trip_test(going_back_to_an_earlier_place_is_told_too),
		trip_test(
			an_update_that_changes_nothing_costs_no_message_and_no_write),
		trip_test(endpoints_in_another_order_are_no_change),
		trip_test(endpoints_that_lead_nowhere_reach_no_peer),
		trip_test(a_new_disco_key_is_one_patch),
		trip_test(a_rename_is_one_whole_peer_and_one_self),
		trip_test(a_new_host_name_is_one_whole_peer_and_one_self),
		trip_test(an_expiry_that_moves_is_one_patch_and_one_self),
		trip_test(
			who_is_shut_out_polls_anew_without_peers_until_it_is_approved),
		trip_test(
			an_expired_node_keeps_its_stream_and_is_revived_by_a_full_map),
		trip_test(who_is_shut_out_hears_what_changes_of_itself),
		trip_test(who_is_revived_when_nobody_is_left_polls_anew),
		trip_test(a_deletion_is_a_farewell_and_one_removal),
		trip_test(the_removal_of_the_last_peer_leaves_none),
		trip_test(a_user_s_new_name_is_one_profile),
		trip_test(a_new_node_key_is_one_patch),
		trip_test(another_domain_reaches_everyone_once),
		trip_test(a_title_of_the_network_changes_no_peer),
		trip_test(a_setting_that_no_client_sees_costs_no_message),
		trip_test(
			a_leaver_is_seen_after_the_grace_and_a_reconnect_never),
		trip_test(
			a_newer_stream_ends_the_older_and_peers_notice_nothing),
		trip_test(who_ends_its_poll_behind_a_delivery_polls_anew),
		trip_test(who_does_not_stream_gets_one_map_and_the_end),
		trip_test(who_names_no_compression_gets_plain_json),
		trip_test(twenty_joins_at_once_are_far_fewer_messages),
		trip_test(
			a_node_that_roams_without_end_is_told_of_now_and_then),
	};

	return cmocka_run_group_tests_name("deltas", tests, NULL, NULL);
}
