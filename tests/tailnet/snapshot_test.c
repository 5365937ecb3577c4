#include "tailnet/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "db/derp.h"
#include "db/live.h"
#include "db/node.h"
#include "db/user.h"
#include "policy/engine.h"
#include "proto/tailcfg.h"
#include "tailnet/attribute.h"
#include "tailnet/mapresp.h"
#include "tailnet/people.h"
#include "tailnet/register.h"
#include "tests/tailnet/policy_rows.h"

#define NOW       INT64_C(1800000000)
#define NO_FILTER "{\"*\":null,\"base\":[]}"

enum {
	MESSAGE_MAX = 4 * 1024 * 1024,
	VIEWERS = 5, /* that get deltas */
};

struct fixture {
	struct db *db;
	struct arena *mem;
	struct snapshot *s;
	int64_t alice;
	struct map_held held[VIEWERS];
};

static struct key
key_of(int64_t n, uint8_t kind)
{
	struct key k;

	memset(&k, kind, sizeof(k));
	memcpy(k.bytes, &n, sizeof(n));
	return k;
}

static int64_t
add_node(struct fixture *f, int64_t n)
{
	struct node row = { .machine_key = key_of(n, 1),
		.node_key = key_of(n, 2),
		.user_id = f->alice,
		.tags = "[]",
		.name = arena_printf(f->mem, "node%lld", (long long)n),
		.hostname = "host",
		.ipv4 = arena_printf(f->mem, "100.64.%lld.%lld",
			(long long)n / 250, (long long)n % 250 + 1),
		.ipv6 = NULL,
		.hostinfo = "{\"OS\":\"linux\",\"Hostname\":\"host\","
			    "\"OSVersion\":\"secret\"}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.capver = 142,
		.register_method = "authkey",
		.created_at = NOW };
	int64_t id = 0;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_add(f->db, &row, &id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	return id;
}

static void
update_node(struct fixture *f, const struct node *row)
{
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_update(f->db, row), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
}

static struct node
row_of(struct fixture *f, int64_t id)
{
	struct node row;

	assert_int_equal(db_node_by_id(f->db, id, f->mem, &row), ERR_OK);
	return row;
}

static struct map_viewer
viewer(struct fixture *f, int64_t id)
{
	return (struct map_viewer){ .node = snapshot_node(f->s, id),
		.held = id < VIEWERS ? &f->held[id] : NULL,
		.capver = 142 };
}

static void
drop(void *arg, struct blob *b)
{
	(void)arg;
	blob_drop(b);
}

static int
setup(void **state)
{
	static struct fixture f;
	struct user alice = { .name = "alice",
		.display_name = "",
		.email = "",
		.picture_url = "",
		.created_at = NOW };

	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || db_user_add(f.db, &alice, &f.alice))
		return -1;
	f.s = snapshot_new("/nowhere");
	for (int64_t n = 1; n <= 3; n++)
		add_node(&f, n);
	if (snapshot_load(f.s, f.db))
		return -1;
	for (int64_t n = 1; n <= 3; n++) {
		struct map_viewer v = viewer(&f, n);

		mapresp_full(f.s, &v, NOW, drop, NULL);
	}
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < VIEWERS; i++)
		map_held_free(&f->held[i]);
	snapshot_free(f->s);
	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

/* Decodes one whole message, of any number of frames. */
static struct tailcfg_map_response
decode(struct fixture *f, struct bytes message)
{
	struct tailcfg_map_response m = { 0 };
	char *text = arena_alloc(f->mem, MESSAGE_MAX);
	uint32_t len;
	size_t got;

	memcpy(&len, message.at, sizeof(len));
	assert_int_equal(len, message.len - sizeof(len));
	got = ZSTD_decompress(text, MESSAGE_MAX, message.at + 4, len);
	assert_false(ZSTD_isError(got));
	assert_int_equal(
		json_decode((struct bytes){ (unsigned char *)text, got },
			&tailcfg_map_response_table, f->mem, &m),
		ERR_OK);
	return m;
}

struct gathered {
	unsigned char *at;
	size_t len;
};

static void
gather(void *arg, struct blob *b)
{
	struct gathered *g = arg;

	memcpy(g->at + g->len, b->bytes, b->len);
	g->len += b->len;
	blob_drop(b);
}

static struct tailcfg_map_response
full(struct fixture *f, int64_t id)
{
	struct gathered g = { arena_alloc(f->mem, MESSAGE_MAX), 0 };
	struct map_viewer v = viewer(f, id);

	mapresp_full(f->s, &v, NOW, gather, &g);
	return decode(f, (struct bytes){ g.at, g.len });
}

static struct tailcfg_map_response
decode_blob(struct fixture *f, struct blob *b)
{
	struct tailcfg_map_response m;

	assert_non_null(b);
	m = decode(f, (struct bytes){ b->bytes, b->len });
	blob_drop(b);
	return m;
}

static struct tailcfg_map_response
delta(struct fixture *f, int64_t id, uint64_t from)
{
	struct map_viewer v = viewer(f, id);

	return decode_blob(f, mapresp_delta(f->s, &v, from));
}

static struct tailcfg_node
node_in(struct fixture *f, const char *text)
{
	struct tailcfg_node n = { 0 };

	assert_int_equal(
		json_decode((struct bytes){ (const unsigned char *)text,
				    strlen(text) },
			&tailcfg_node_table, f->mem, &n),
		ERR_OK);
	return n;
}

static void
a_full_map_holds_everyone_else_in_order(void **state)
{
	struct fixture *f = *state;
	struct tailcfg_map_response m = full(f, 2);
	struct tailcfg_node self = node_in(f, m.node.text);

	assert_int_equal(self.id, 2);
	assert_string_equal(self.name, "node2.cairn.internal.");
	assert_true(self.machine_authorized);
	assert_int_equal(m.peers.count, 2);
	assert_int_equal(node_in(f, m.peers.at[0]).id, 1);
	assert_int_equal(node_in(f, m.peers.at[1]).id, 3);
	assert_non_null(m.derp_map.text);
	assert_non_null(m.dns_config.text);
	assert_non_null(m.packet_filters.text);
	assert_string_equal(m.control_time, "2027-01-15T08:00:00Z");
	assert_int_equal(m.user_profiles.count, 3);
}

static void
a_map_of_many_chunks_is_one_message(void **state)
{
	struct fixture *f = *state;
	struct tailcfg_map_response m;

	for (int64_t n = 4; n <= 3 * CHUNK_NODES; n++)
		add_node(f, n);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = full(f, CHUNK_NODES);
	assert_int_equal(m.peers.count, 3 * CHUNK_NODES - 1);
	for (size_t i = 1; i < m.peers.count; i++)
		assert_true(node_in(f, m.peers.at[i - 1]).id <
			    node_in(f, m.peers.at[i]).id);
}

static void
attributes_of_people_open_and_close_what_a_posture_asks(void **state)
{
	struct fixture *f = *state;
	const struct attribute a = {
		.node_id = 1, .name = "custom:tier", .value = "prod"
	};

	put_policy(f->db,
		"{\"postures\": {\"posture:prod\": [\"custom:tier == 'prod'\"]}, "
		"\"grants\": [{\"src\": [\"alice@\"], \"dst\": [\"alice@\"], "
		"\"ip\": [\"*\"], \"srcPosture\": [\"posture:prod\"]}]}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_false(engine_sees(f->s->engine, 1, 2));
	assert_int_equal(tailnet_attribute_set(f->db, &a, "cli", NOW), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_true(engine_sees(f->s->engine, 1, 2));
	assert_false(engine_sees(f->s->engine, 3, 2));
	assert_int_equal(
		tailnet_attribute_unset(f->db, 1, "custom:tier", "cli", NOW),
		ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_false(engine_sees(f->s->engine, 1, 2));
}

static void
the_role_of_a_user_opens_and_closes_what_an_autogroup_names(void **state)
{
	struct fixture *f = *state;

	put_policy(f->db, "{\"grants\": [{\"src\": [\"autogroup:admin\"], "
			  "\"dst\": [\"*\"], \"ip\": [\"*\"]}]}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_false(engine_sees(f->s->engine, 1, 2));
	for (int admin = 1; admin >= 0; admin--) {
		assert_int_equal(
			tailnet_person_role(f->db, &actor_cli, f->alice,
				admin ? ROLE_ADMIN : ROLE_MEMBER, NOW),
			ERR_OK);
		assert_int_equal(
			snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
		assert_int_equal(engine_sees(f->s->engine, 1, 2), admin == 1);
	}
}

static void
the_only_node_gets_no_peers(void **state)
{
	struct fixture *f = *state;

	for (int64_t id = 1; id <= 2; id++) {
		assert_int_equal(db_begin(f->db), ERR_OK);
		assert_int_equal(db_node_delete(f->db, id), ERR_OK);
		assert_int_equal(db_commit(f->db), ERR_OK);
	}
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_int_equal(full(f, 3).peers.count, 0);
}

static void
peers_see_the_projection_of_the_hostinfo(void **state)
{
	struct fixture *f = *state;
	struct tailcfg_map_response m = full(f, 2);

	assert_null(strstr(m.peers.at[0], "secret"));
	assert_non_null(strstr(m.peers.at[0], "\"OS\":\"linux\""));
}

/* Most of a peer is cached; nothing of it may be old. */
static void
a_full_map_shows_what_changed_since_the_last_one(void **state)
{
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->s, 1);
	struct snap_soft soft = { .endpoints = "[\"192.0.2.1:41641\"]",
		.home_derp = 900,
		.disco_key = key_of(8, 3) };
	struct node row = row_of(f, 1);
	struct tailcfg_node before = node_in(f, full(f, 2).peers.at[0]), now;

	assert_null(before.disco_key);
	assert_int_equal(before.online, OPT_FALSE);
	snapshot_online(f->s, n, true, NOW);
	assert_int_equal(node_in(f, full(f, 2).peers.at[0]).online, OPT_TRUE);
	snapshot_soft(f->s, n, &soft, NOW);
	row.expires_at = NOW + 100;
	row.name = "other";
	update_node(f, &row);
	now = node_in(f, full(f, 2).peers.at[0]);
	assert_int_equal(now.endpoints.count, 1);
	assert_int_equal(now.home_derp, 900);
	assert_non_null(now.disco_key);
	assert_string_equal(now.key_expiry, "2027-01-15T08:01:40Z");
	assert_string_equal(now.name, "other.cairn.internal.");
	row.node_key = key_of(70, 2);
	update_node(f, &row);
	assert_string_not_equal(
		node_in(f, full(f, 2).peers.at[0]).key, now.key);
}

static void
a_roam_is_a_patch_of_what_changed(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct snap_soft soft = { .endpoints = "[\"192.0.2.1:41641\"]",
		.home_derp = 900 };
	const struct tailcfg_peer_change *p;
	struct tailcfg_map_response m;

	assert_true(snapshot_soft(f->s, snapshot_node(f->s, 1), &soft, NOW));
	m = delta(f, 2, before);
	assert_int_equal(m.peers_changed.count, 0);
	assert_int_equal(m.peers_changed_patch.count, 1);
	p = m.peers_changed_patch.at;
	assert_int_equal(p->node_id, 1);
	assert_int_equal(p->derp_region, 900);
	assert_int_equal(p->endpoints.count, 1);
	assert_string_equal(p->endpoints.at[0], "192.0.2.1:41641");
	assert_int_equal(p->online, OPT_UNSET);
	assert_null(p->disco_key);
}

static void
the_same_again_is_no_news(void **state)
{
	struct fixture *f = *state;
	struct snap_soft soft = { .endpoints = "[\"192.0.2.1:41641\"]" };
	struct snap_node *n = snapshot_node(f->s, 1);
	uint64_t gen;

	assert_true(snapshot_soft(f->s, n, &soft, NOW));
	gen = f->s->gen;
	assert_false(snapshot_soft(f->s, n, &soft, NOW));
	assert_int_equal(f->s->gen, gen);
}

static void
nobody_gets_a_patch_of_itself(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct map_viewer v = viewer(f, 1);
	struct tailcfg_map_response m;

	snapshot_online(f->s, v.node, true, NOW);
	assert_null(mapresp_delta(f->s, &v, before));
	snapshot_online(f->s, snapshot_node(f->s, 2), true, NOW);
	m = delta(f, 1, before);
	assert_int_equal(m.peers_changed_patch.count, 1);
	assert_int_equal(
		((const struct tailcfg_peer_change *)m.peers_changed_patch.at)
			->node_id,
		2);
}

static void
viewers_at_the_same_generation_share_the_bytes(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct map_viewer two = viewer(f, 2), three = viewer(f, 3);
	struct blob *a, *b;

	snapshot_online(f->s, snapshot_node(f->s, 1), true, NOW);
	a = mapresp_delta(f->s, &two, before);
	b = mapresp_delta(f->s, &three, before);
	assert_ptr_equal(a, b);
	blob_drop(a);
	blob_drop(b);
}

static void
a_delta_that_must_rebuild_says_so_and_nothing_else_changes(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct map_viewer v = viewer(f, 2);
	struct tailcfg_map_response m;

	snapshot_online(f->s, snapshot_node(f->s, 1), true, NOW);
	assert_int_equal(delta(f, 2, before).collect_services, OPT_UNSET);
	v.rebuild = true;
	m = decode_blob(f, mapresp_delta(f->s, &v, before));
	assert_int_equal(m.collect_services, OPT_FALSE);
	assert_int_equal(m.peers_changed_patch.count, 1);
}

static void
only_endpoints_home_and_presence_are_soft(void **state)
{
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->s, 1);
	uint64_t before = f->s->gen;

	snapshot_online(f->s, n, true, NOW);
	snapshot_soft(f->s, n,
		&(struct snap_soft){
			.endpoints = "[\"192.0.2.1:1\"]", .home_derp = 900 },
		NOW);
	assert_true(mapresp_is_soft(f->s, before));
	snapshot_soft(
		f->s, n, &(struct snap_soft){ .disco_key = key_of(9, 3) }, NOW);
	assert_false(mapresp_is_soft(f->s, before));
	before = f->s->gen;
	assert_true(mapresp_is_soft(f->s, before));
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, 3), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_false(mapresp_is_soft(f->s, before));
}

static void
a_new_node_is_sent_whole_once_with_its_profile_known(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	int64_t id = add_node(f, 9);
	struct tailcfg_map_response m;

	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	snapshot_online(f->s, snapshot_node(f->s, id), true, NOW);
	m = delta(f, 1, before);
	assert_int_equal(m.peers_changed.count, 1);
	assert_int_equal(m.peers_changed_patch.count, 0);
	assert_int_equal(node_in(f, m.peers_changed.at[0]).id, id);
	assert_int_equal(node_in(f, m.peers_changed.at[0]).online, OPT_TRUE);
	assert_int_equal(m.user_profiles.count, 0);
}

static void
a_new_node_that_says_nothing_is_told_of_after_some_ticks(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct map_viewer v = viewer(f, 1);
	int64_t id = add_node(f, 9);

	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	for (int i = 0; i < ANNOUNCE_TICKS; i++) {
		assert_null(mapresp_delta(f->s, &v, before));
		snapshot_tick(f->s, NOW + i);
	}
	assert_int_equal(
		node_in(f, delta(f, 1, before).peers_changed.at[0]).id, id);
	assert_int_equal(full(f, id).peers.count, 3);
}

/* A patch with a disco key makes clients rebuild their netmap. */
static void
a_join_is_one_whole_peer_with_its_disco_key_and_no_patch(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	int64_t id = add_node(f, 9);
	struct tailcfg_map_response m;

	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	snapshot_soft(f->s, snapshot_node(f->s, id),
		&(struct snap_soft){ .disco_key = key_of(7, 3) }, NOW);
	snapshot_online(f->s, snapshot_node(f->s, id), true, NOW);
	m = delta(f, 1, before);
	assert_int_equal(m.peers_changed_patch.count, 0);
	assert_int_equal(m.peers_changed.count, 1);
	assert_non_null(node_in(f, m.peers_changed.at[0]).disco_key);
	before = f->s->gen;
	snapshot_tick(f->s, NOW + 60);
	assert_int_equal(f->s->gen, before);
}

static void
a_deleted_node_is_removed_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct tailcfg_map_response m;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, 3), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = delta(f, 1, before);
	assert_int_equal(m.peers_removed.count, 1);
	assert_int_equal(m.peers_removed.at[0], 3);
	assert_int_equal(m.peers_changed.count, 0);
	assert_null(snapshot_node(f->s, 3));
}

static void
a_rename_is_whole_to_peers_and_self_to_the_node(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct node row = row_of(f, 1);
	struct map_viewer v;
	struct tailcfg_map_response m;

	row.name = "other";
	update_node(f, &row);
	m = delta(f, 2, before);
	assert_int_equal(m.peers_changed.count, 1);
	assert_string_equal(node_in(f, m.peers_changed.at[0]).name,
		"other.cairn.internal.");
	v = viewer(f, 1);
	m = decode_blob(f, mapresp_self(f->s, &v, before, NOW));
	assert_string_equal(
		node_in(f, m.node.text).name, "other.cairn.internal.");
	v = viewer(f, 2);
	assert_null(mapresp_self(f->s, &v, before, NOW));
}

static void
a_rotated_key_is_a_patch_and_found_by_its_new_name(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct node row = row_of(f, 1);
	struct key old = row.node_key;
	struct tailcfg_map_response m;

	row.node_key = key_of(77, 2);
	row.expires_at = NOW + 100;
	update_node(f, &row);
	assert_null(snapshot_node_by_key(f->s, &old));
	assert_non_null(snapshot_node_by_key(f->s, &row.node_key));
	m = delta(f, 2, before);
	assert_int_equal(m.peers_changed.count, 0);
	assert_int_equal(m.peers_changed_patch.count, 1);
	assert_non_null(
		((const struct tailcfg_peer_change *)m.peers_changed_patch.at)
			->key);
	assert_string_equal(
		((const struct tailcfg_peer_change *)m.peers_changed_patch.at)
			->key_expiry,
		"2027-01-15T08:01:40Z");
}

static void
a_cleared_expiry_is_the_zero_time(void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 1);
	struct tailcfg_map_response m;
	uint64_t before;

	row.expires_at = NOW + 100;
	update_node(f, &row);
	before = f->s->gen;
	row.expires_at = 0;
	update_node(f, &row);
	m = delta(f, 2, before);
	assert_string_equal(
		((const struct tailcfg_peer_change *)m.peers_changed_patch.at)
			->key_expiry,
		"0001-01-01T00:00:00Z");
}

static void
a_tagged_node_has_the_common_user_for_others_and_its_own_for_itself(
	void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 1);
	struct tailcfg_map_response m;

	row.user_id = 0;
	row.tags = "[\"tag:web\"]";
	update_node(f, &row);
	m = full(f, 2);
	assert_int_equal(node_in(f, m.peers.at[0]).user, TAGGED_USER_ID);
	m = full(f, 1);
	assert_int_equal(node_in(f, m.node.text).user, SELF_TAGGED_USER_ID(1));
	assert_int_equal(node_in(f, m.node.text).tags.count, 1);
}

static void
the_first_tagged_node_brings_the_profile_of_the_common_user(void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 1);
	uint64_t before = f->s->gen;
	struct tailcfg_map_response m;

	row.user_id = 0;
	row.tags = "[\"tag:web\"]";
	update_node(f, &row);
	m = delta(f, 2, before);
	assert_int_equal(m.user_profiles.count, 1);
	before = f->s->gen;
	row.tags = "[\"tag:db\"]";
	update_node(f, &row);
	m = delta(f, 2, before);
	assert_int_equal(m.peers_changed.count, 1);
	assert_int_equal(m.user_profiles.count, 0);
}

static void
soft_updates_past_the_burst_wait_for_their_time(void **state)
{
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->s, 1);
	uint64_t gen;

	for (int i = 0; i < SOFT_BURST; i++) {
		struct snap_soft soft = { .home_derp = 1 + i };

		gen = f->s->gen;
		snapshot_soft(f->s, n, &soft, NOW);
		assert_true(f->s->gen > gen);
	}
	gen = f->s->gen;
	snapshot_soft(f->s, n, &(struct snap_soft){ .home_derp = 77 }, NOW);
	assert_int_equal(f->s->gen, gen);
	snapshot_tick(f->s, NOW + SOFT_PAUSE_SECONDS - 1);
	assert_int_equal(f->s->gen, gen);
	snapshot_tick(f->s, NOW + SOFT_PAUSE_SECONDS);
	assert_true(f->s->gen > gen);
}

static void
any_number_of_removals_is_told_from_what_the_client_had(void **state)
{
	struct fixture *f = *state;
	uint64_t before;
	int64_t id = 0;

	for (int64_t i = 0; i < 500; i++)
		id = add_node(f, 1000 + i);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_int_equal(full(f, 1).peers.count, 502);
	before = f->s->gen;
	assert_int_equal(db_begin(f->db), ERR_OK);
	for (int64_t i = 0; i < 500; i++)
		assert_int_equal(db_node_delete(f->db, id - i), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_false(mapresp_too_old(f->s, before));
	assert_int_equal(delta(f, 1, before).peers_removed.count, 500);
}

static void
a_peer_that_came_and_went_between_two_messages_is_never_named(void **state)
{
	struct fixture *f = *state;
	uint64_t before = f->s->gen;
	struct map_viewer v;
	int64_t id = add_node(f, 1000);

	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	v = viewer(f, 1);
	assert_null(mapresp_delta(f->s, &v, before));
}

static void
soft_state_comes_back_from_its_table(void **state)
{
	struct fixture *f = *state;
	struct live l = { .node_id = 2,
		.endpoints = "[\"192.0.2.7:1\"]",
		.disco_key = key_of(5, 3),
		.home_derp = 900,
		.capver = 130,
		.hostinfo = "{\"OS\":\"plan9\"}",
		.online = true,
		.last_seen = NOW };

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_live_put(f->db, &l), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_load(f->s, f->db), ERR_OK);
	assert_true(snapshot_node(f->s, 2)->online);
	assert_string_equal(
		snapshot_node(f->s, 2)->endpoints, "[\"192.0.2.7:1\"]");
	assert_non_null(strstr(full(f, 1).peers.at[0], "plan9"));
}

static void
who_inherits_all_machines_at_once_is_told_of(void **state)
{
	struct fixture *f = *state;
	struct user bob = { .name = "bob",
		.display_name = "",
		.email = "",
		.picture_url = "",
		.created_at = NOW };
	struct node row;
	uint64_t from;
	struct tailcfg_map_response m;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_user_add(f->db, &bob, &bob.id), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	from = f->s->gen;
	assert_int_equal(db_begin(f->db), ERR_OK);
	for (int64_t id = 2; id <= 3; id++) {
		row = row_of(f, id);
		row.user_id = bob.id;
		assert_int_equal(db_node_update(f->db, &row), ERR_OK);
	}
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = delta(f, 1, from);
	assert_int_equal(m.peers_changed.count, 2);
	assert_int_equal(m.user_profiles.count, 1);
	assert_non_null(strstr(m.user_profiles.at[0], "\"bob\""));
}

static int64_t
cap_for(struct fixture *f, int64_t viewer_id, size_t place)
{
	return node_in(f, full(f, viewer_id).peers.at[place]).cap;
}

static void
the_version_of_a_new_login_reaches_peers(void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 2);
	uint64_t from = f->s->gen;
	struct tailcfg_map_response m;

	row.capver = 150;
	update_node(f, &row);
	m = delta(f, 1, from);
	assert_int_equal(m.peers_changed.count, 1);
	assert_int_equal(node_in(f, m.peers_changed.at[0]).cap, 150);
	row.name = "renamed"; /* writes the same version again */
	snapshot_soft(f->s, snapshot_node(f->s, 2),
		&(struct snap_soft){ .capver = 151 }, NOW);
	update_node(f, &row);
	assert_int_equal(cap_for(f, 1, 0), 151);
}

static void
a_version_that_went_down_stays_down_over_a_restart(void **state)
{
	struct fixture *f = *state;
	struct live l = { .node_id = 2, .endpoints = "[]", .capver = 130 };

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_live_put(f->db, &l), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_load(f->s, f->db), ERR_OK);
	assert_int_equal(cap_for(f, 1, 0), 130);
}

static void
what_a_policy_says_of_macs_alone_reaches_them(void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 2);

	row.hostinfo = "{\"OS\":\"macOS\",\"Hostname\":\"mac\"}";
	row.hostname = "mac";
	update_node(f, &row);
	put_policy(f->db, "{\"OneCGNATRoute\": \"mac-always\"}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_non_null(strstr(full(f, 2).node.text, "one-cgnat?v=true"));
	assert_null(strstr(full(f, 1).node.text, "one-cgnat"));
}

static void
an_expired_node_sees_itself_expired_and_no_filter(void **state)
{
	struct fixture *f = *state;
	struct node row = row_of(f, 1);
	struct tailcfg_map_response m;
	struct map_viewer v;

	row.expires_at = NOW - 1;
	update_node(f, &row);
	v = viewer(f, 1);
	m = decode_blob(f, mapresp_shut_out(f->s, &v, NOW));
	assert_string_equal(node_in(f, m.node.text).key_expiry,
		"2027-01-14T08:00:00Z"); /* a day back, for skewed clocks */
	assert_string_equal(m.packet_filters.text, NO_FILTER);
	assert_int_equal(m.peers.count, 0);
}

/* What the node is told of its filter from `from` on. */
static const char *
filter_owed(struct fixture *f, int64_t id, uint64_t from)
{
	struct map_viewer v = viewer(f, id);
	struct blob *b = mapresp_self(f->s, &v, from, NOW);

	return b ? decode_blob(f, b).packet_filters.text : NULL;
}

static size_t
count_of(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

#define TCP22 "{\"src\":[\"alice@\"],\"dst\":[\"*\"],\"ip\":[\"tcp:22\"]}"
#define UDP(port) \
	"{\"src\":[\"alice@\"],\"dst\":[\"*\"],\"ip\":[\"udp:" port "\"]}"

static void
an_edit_of_a_rule_tells_its_piece_alone(void **state)
{
	struct fixture *f = *state;
	const char *told;
	uint64_t from;

	put_policy(f->db, "{\"grants\":[" TCP22 "," UDP("53") "]}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	told = filter_owed(f, 2, 1);
	assert_int_equal(count_of(told, "SrcIPs"), 2);
	assert_int_equal(count_of(told, "null"), 1); /* the one of before */
	from = f->s->gen;
	put_policy(f->db, "{\"grants\":[" TCP22 "," UDP("5353") "]}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	told = filter_owed(f, 2, from);
	assert_int_equal(count_of(told, "SrcIPs"), 1);
	assert_non_null(strstr(told, "\"First\":5353"));
	assert_null(strstr(told, "null"));
	from = f->s->gen;
	put_policy(f->db, "{\"grants\":[" TCP22 "]}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	told = filter_owed(f, 2, from);
	assert_int_equal(count_of(told, "SrcIPs"), 0);
	assert_int_equal(count_of(told, "null"), 1);
	told = full(f, 2).packet_filters.text;
	assert_int_equal(count_of(told, "SrcIPs"), 1);
	assert_non_null(strstr(told, "{\"*\":null,"));
}

#define RELAY(src)                                \
	"{\"src\":[\"" src "\"],\"dst\":[\"*\"]," \
	"\"app\":{\"tailscale.com/cap/relay\":[]}}"

/* Whether what node 2 is told of an edit of its filter makes it rebuild. */
static bool
rebuilds_by(struct fixture *f, const char *policy)
{
	struct map_viewer v = viewer(f, 2);
	uint64_t from = f->s->gen;
	struct tailcfg_map_response m;

	put_policy(f->db, policy);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = decode_blob(f, mapresp_self(f->s, &v, from, NOW));
	assert_non_null(m.packet_filters.text);
	return m.collect_services == OPT_FALSE;
}

static void
who_may_use_a_relay_rebuilds_with_each_edit_of_its_filter(void **state)
{
	struct fixture *f = *state;

	assert_false(rebuilds_by(f, "{\"grants\":[" TCP22 "]}"));
	assert_true(rebuilds_by(f, "{\"grants\":[" TCP22 "," RELAY("*") "]}"));
	assert_true(
		rebuilds_by(f, "{\"grants\":[" UDP("53") "," RELAY("*") "]}"));
	assert_false(rebuilds_by(f, "{\"grants\":[" UDP("53") "]}"));
}

#define CREW \
	"{\"src\":[\"group:crew\"],\"dst\":[\"group:crew\"],\"ip\":[\"*\"]}"

/* What a join makes a member's stream owe, in bytes that leave. */
static size_t
owed_by_a_join(struct fixture *f, int64_t viewer_id, int64_t n)
{
	struct map_viewer v = viewer(f, viewer_id);
	uint64_t from = f->s->gen;
	struct blob *peers, *self;
	int64_t id = add_node(f, n);
	size_t bytes;

	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	snapshot_soft(f->s, snapshot_node(f->s, id),
		&(struct snap_soft){ .disco_key = key_of(n, 3) }, NOW);
	snapshot_online(f->s, snapshot_node(f->s, id), true, NOW);
	peers = mapresp_delta(f->s, &v, from);
	self = mapresp_self(f->s, &v, from, NOW);
	assert_non_null(peers);
	bytes = peers->len + (self ? self->len : 0);
	blob_drop(peers);
	blob_drop(self);
	return bytes;
}

static void
a_join_into_a_group_of_a_thousand_costs_a_member_less_than_2_kB(void **state)
{
	struct fixture *f = *state;
	struct map_viewer v;
	size_t bytes;

	put_policy(f->db, "{\"groups\":{\"group:crew\":[\"alice@\"]},"
			  "\"grants\":[" CREW "]}");
	for (int64_t n = 4; n <= 1000; n++)
		add_node(f, n * n % 15013); /* addresses that lie anywhere */
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	v = viewer(f, 1);
	mapresp_full(f->s, &v, NOW, drop, NULL);
	bytes = owed_by_a_join(f, 1, 15013);
	print_message("a join into a group of 1,000: %zu bytes\n", bytes);
	assert_in_range(bytes, 100, 2048);
}

static void
relays_of_the_policy_are_sent_and_taken_back(void **state)
{
	struct fixture *f = *state;
	struct map_viewer v = viewer(f, 2);
	uint64_t from = f->s->gen;
	struct tailcfg_map_response m;

	put_policy(f->db,
		"{\"derpMap\": {\"Regions\": {\"901\": {\"RegionID\": 901, "
		"\"RegionCode\": \"own\", \"RegionName\": \"Own\", \"Nodes\": "
		"[{\"Name\": \"901a\", \"RegionID\": 901, \"HostName\": "
		"\"derp.example.com\"}]}}}}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = decode_blob(f, mapresp_self(f->s, &v, from, NOW));
	assert_non_null(strstr(m.derp_map.text, "derp.example.com"));
	assert_non_null(strstr(m.derp_map.text, "\"900\":{"));
	from = f->s->gen;
	put_policy(f->db, "{\"derpMap\": {\"Regions\": {\"900\": null}, "
			  "\"OmitDefaultRegions\": true}}");
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = decode_blob(f, mapresp_self(f->s, &v, from, NOW));
	assert_null(strstr(m.derp_map.text, "derp.example.com"));
	/* A client without any would never come up. */
	assert_non_null(strstr(m.derp_map.text, "\"900\":{"));
}

static void
pin_relay(struct fixture *f, const char *cert)
{
	const struct derp_region r = { .id = 901,
		.code = "far",
		.name = "Far",
		.host = "far.example.com",
		.ipv4 = "",
		.ipv6 = "",
		.port = 443,
		.stun_port = 3478,
		.cert = cert,
		.created_at = NOW };

	assert_int_equal(db_derp_region_add(f->db, &r), ERR_OK);
}

static void
a_map_of_relays_is_told_alone_and_to_those_it_differs_for(void **state)
{
	static const char a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			  b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
				"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	struct fixture *f = *state;
	struct map_viewer old = viewer(f, 2), new = viewer(f, 2);
	uint64_t from = f->s->gen;
	struct tailcfg_map_response m;

	old.capver = 114;
	new.capver = 142;
	pin_relay(f, a);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	m = decode_blob(f, mapresp_self(f->s, &old, from, NOW));
	assert_non_null(strstr(m.derp_map.text, "InsecureForTests"));
	m = decode_blob(f, mapresp_self(f->s, &new, from, NOW));
	assert_non_null(strstr(m.derp_map.text, a));
	assert_null(m.node.text);
	assert_null(m.dns_config.text);
	assert_int_equal(m.user_profiles.count, 0);
	/* The older ones know no pins, so to them it is the same. */
	from = f->s->gen;
	assert_int_equal(db_derp_region_delete(f->db, 901), ERR_OK);
	pin_relay(f, b);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_null(mapresp_self(f->s, &old, from, NOW));
	m = decode_blob(f, mapresp_self(f->s, &new, from, NOW));
	assert_non_null(strstr(m.derp_map.text, b));
	/* Rows that change no byte are told to nobody. */
	from = f->s->gen;
	assert_int_equal(db_derp_test_put(f->db,
				 &(struct derp_test){
					 .id = 901, .at = NOW, .error = "" }),
		ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_null(mapresp_self(f->s, &new, from, NOW));
}

static void
another_relay_stands_in_the_place_of_the_own_one(void **state)
{
	static const char *const policies[] = {
		"\"OmitDefaultRegions\": true, \"Regions\": {",
		"\"Regions\": {\"900\": null, ",
	};
	struct fixture *f = *state;
	const char *text;

	for (size_t i = 0; i < 2; i++) {
		put_policy(f->db,
			arena_printf(f->mem,
				"{\"derpMap\": {%s\"7\": {\"RegionID\": 7, "
				"\"Nodes\": [{\"Name\": \"7a\", "
				"\"RegionID\": 7, \"HostName\": "
				"\"a.example.com\"}]}}}}",
				policies[i]));
		assert_int_equal(
			snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
		text = full(f, 1).derp_map.text;
		assert_non_null(strstr(text, "a.example.com"));
		assert_null(strstr(text, "\"900\""));
	}
}

static void
set_unapproved(struct fixture *f, int64_t id, bool unapproved)
{
	struct node row = row_of(f, id);

	row.unapproved = unapproved;
	update_node(f, &row);
}

static void
who_is_not_approved_is_no_peer_until_then(void **state)
{
	struct fixture *f = *state;
	struct tailcfg_map_response m;
	struct map_viewer v;
	uint64_t from;

	from = f->s->gen;
	set_unapproved(f, 2, true);
	m = delta(f, 1, from);
	assert_int_equal(m.peers_removed.count, 1);
	assert_int_equal(m.peers_removed.at[0], 2);
	assert_int_equal(m.peers_changed.count, 0);
	assert_int_equal(full(f, 1).peers.count, 1);
	v = viewer(f, 2);
	m = decode_blob(f, mapresp_shut_out(f->s, &v, NOW));
	assert_false(node_in(f, m.node.text).machine_authorized);
	assert_string_equal(m.packet_filters.text, NO_FILTER);
	assert_int_equal(m.peers.count, 0);
	from = f->s->gen;
	set_unapproved(f, 2, false);
	m = delta(f, 1, from);
	assert_int_equal(m.peers_changed.count, 1);
	assert_int_equal(node_in(f, m.peers_changed.at[0]).id, 2);
	assert_int_equal(full(f, 1).peers.count, 2);
	m = full(f, 2);
	assert_true(node_in(f, m.node.text).machine_authorized);
	assert_int_equal(m.peers.count, 2);
}

static void
who_was_shut_out_and_let_in_again_is_not_told_as_gone(void **state)
{
	struct fixture *f = *state;
	uint64_t from = f->s->gen;
	struct tailcfg_map_response m;

	set_unapproved(f, 2, true);
	set_unapproved(f, 2, false);
	m = delta(f, 1, from);
	assert_int_equal(m.peers_removed.count, 0);
	assert_int_equal(m.peers_changed.count, 1);
}

static void
what_changes_of_who_is_not_approved_reaches_no_peer(void **state)
{
	struct fixture *f = *state;
	struct map_viewer v;
	struct node row;
	uint64_t from = f->s->gen;

	set_unapproved(f, 2, true);
	assert_int_equal(delta(f, 1, from).peers_removed.count, 1);
	from = f->s->gen;
	row = row_of(f, 2);
	row.name = "secret";
	update_node(f, &row);
	snapshot_online(f->s, snapshot_node(f->s, 2), true, NOW);
	v = viewer(f, 1);
	assert_null(mapresp_delta(f->s, &v, from));
}

/* Nobody saw it; its own stream is to say goodbye all the same. */
static void
that_who_is_not_approved_goes_is_a_change(void **state)
{
	struct fixture *f = *state;
	struct map_viewer v;
	uint64_t from;

	set_unapproved(f, 2, true);
	from = f->s->gen;
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, 2), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	assert_null(snapshot_node(f->s, 2));
	assert_true(f->s->gen > from);
	v = viewer(f, 1);
	assert_null(mapresp_delta(f->s, &v, from));
}

static void
who_came_unapproved_is_hidden_after_a_restart_too(void **state)
{
	struct fixture *f = *state;

	set_unapproved(f, 1, true);
	set_unapproved(f, 2, true);
	set_unapproved(f, 3, true);
	assert_int_equal(snapshot_load(f->s, f->db), ERR_OK);
	assert_int_equal(f->s->hidden_count, 3);
	assert_int_equal(f->s->chunk_count, 0);
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_delete(f->db, 1), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	set_unapproved(f, 2, false);
	assert_int_equal(f->s->hidden_count, 1);
	assert_int_equal(full(f, 2).peers.count, 0);
}

static void
online_since_stays_while_it_is_online(void **state)
{
	struct fixture *f = *state;
	struct snap_node *n = snapshot_node(f->s, 1);

	snapshot_online(f->s, n, true, NOW + 1);
	snapshot_online(f->s, n, true, NOW + 50);
	assert_int_equal(n->online_since, NOW + 1);
	snapshot_online(f->s, n, false, NOW + 60);
	assert_int_equal(n->online_since, 0);
}

static void
features_are_told_as_the_settings_say(void **state)
{
	struct fixture *f = *state;
	const struct setting_value off[] = { { "taildrop", "false" },
		{ "auto_update", "true" } };
	const char *field, *why;
	struct tailcfg_map_response m = full(f, 1);
	uint64_t from = f->s->gen;
	struct map_viewer v;

	assert_non_null(strstr(m.node.text, "cap/file-sharing\":null"));
	assert_non_null(strstr(m.node.text, "default-auto-update\":[false]"));
	assert_int_equal(settings_put_many(f->db, off, 2, "cli", NOW, f->mem,
				 &field, &why),
		ERR_OK);
	assert_int_equal(snapshot_catch_up(f->s, f->db, NULL, NULL), ERR_OK);
	v = viewer(f, 1);
	m = decode_blob(f, mapresp_self(f->s, &v, from, NOW));
	assert_null(strstr(m.node.text, "file-sharing"));
	assert_non_null(strstr(m.node.text, "default-auto-update\":[true]"));
}

static void
the_keepalive_is_the_same_bytes_each_time(void **state)
{
	struct blob *a = mapresp_keepalive(false);
	struct blob *b = mapresp_keepalive(false);

	(void)state;
	assert_ptr_equal(a, b);
	assert_non_null(memmem(a->bytes, a->len, TAILCFG_KEEP_ALIVE,
		strlen(TAILCFG_KEEP_ALIVE)));
	blob_drop(a);
	blob_drop(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_map_holds_everyone_else_in_order),
		TEST(a_map_of_many_chunks_is_one_message),
		TEST(attributes_of_people_open_and_close_what_a_posture_asks),
		TEST(the_role_of_a_user_opens_and_closes_what_an_autogroup_names),
		TEST(the_only_node_gets_no_peers),
		TEST(peers_see_the_projection_of_the_hostinfo),
		TEST(a_full_map_shows_what_changed_since_the_last_one),
		TEST(a_roam_is_a_patch_of_what_changed),
		TEST(the_same_again_is_no_news),
		TEST(nobody_gets_a_patch_of_itself),
		TEST(viewers_at_the_same_generation_share_the_bytes),
		TEST(a_delta_that_must_rebuild_says_so_and_nothing_else_changes),
		TEST(only_endpoints_home_and_presence_are_soft),
		TEST(a_new_node_is_sent_whole_once_with_its_profile_known),
		TEST(a_new_node_that_says_nothing_is_told_of_after_some_ticks),
		TEST(a_join_is_one_whole_peer_with_its_disco_key_and_no_patch),
		TEST(a_deleted_node_is_removed_and_nothing_else),
		TEST(a_rename_is_whole_to_peers_and_self_to_the_node),
		TEST(a_rotated_key_is_a_patch_and_found_by_its_new_name),
		TEST(a_cleared_expiry_is_the_zero_time),
		TEST(a_tagged_node_has_the_common_user_for_others_and_its_own_for_itself),
		TEST(the_first_tagged_node_brings_the_profile_of_the_common_user),
		TEST(soft_updates_past_the_burst_wait_for_their_time),
		TEST(any_number_of_removals_is_told_from_what_the_client_had),
		TEST(a_peer_that_came_and_went_between_two_messages_is_never_named),
		TEST(soft_state_comes_back_from_its_table),
		TEST(who_inherits_all_machines_at_once_is_told_of),
		TEST(the_version_of_a_new_login_reaches_peers),
		TEST(a_version_that_went_down_stays_down_over_a_restart),
		TEST(what_a_policy_says_of_macs_alone_reaches_them),
		TEST(an_edit_of_a_rule_tells_its_piece_alone),
		TEST(who_may_use_a_relay_rebuilds_with_each_edit_of_its_filter),
		TEST(relays_of_the_policy_are_sent_and_taken_back),
		TEST(a_map_of_relays_is_told_alone_and_to_those_it_differs_for),
		TEST(another_relay_stands_in_the_place_of_the_own_one),
		TEST(a_join_into_a_group_of_a_thousand_costs_a_member_less_than_2_kB),
		TEST(an_expired_node_sees_itself_expired_and_no_filter),
		TEST(the_keepalive_is_the_same_bytes_each_time),
		TEST(who_is_not_approved_is_no_peer_until_then),
		TEST(who_was_shut_out_and_let_in_again_is_not_told_as_gone),
		TEST(what_changes_of_who_is_not_approved_reaches_no_peer),
		TEST(that_who_is_not_approved_goes_is_a_change),
		TEST(who_came_unapproved_is_hidden_after_a_restart_too),
		TEST(online_since_stays_while_it_is_online),
		TEST(features_are_told_as_the_settings_say),
	};

	return cmocka_run_group_tests_name(
		"tailnet/snapshot", tests, NULL, NULL);
}
