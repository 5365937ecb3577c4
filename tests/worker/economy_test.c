/*
 * economy_test.c: for each kind of change, who is told what, in which members
 * and in how many bytes (spec/map-and-state.md 7.2).  The table prints what it
 * measured.
 *
 * Four clients watch: the machine that changes (x), two of its viewers with the
 * newest and the oldest capability version that is served, and one that the
 * policy lets see neither of them.  Whatever comes before the fence of each is
 * counted; what a row does not name is a failure, as is a byte past its bound.
 */
#include "tests/worker/trip.h"

#include "db/policy_text.h"
#include "db/user.h"
#include "tailnet/policy_store.h"
#include "tailnet/user.h"

enum {
	NEW = 142,
	OLD = 113,
	LINES_MAX = 40,
};

enum watcher {
	SELF,
	VIEWER,
	OLD_VIEWER,
	STRANGER,
	WATCHERS,
};

static const char *const watcher_words[] = { "itself", "viewer", "1.80",
	"stranger" };

struct scene {
	struct trip *t;
	struct fake_client *w[WATCHERS];
	struct fake_client *spare; /* a second router, seen by the viewers */
	struct fake_client *guest; /* joins in the middle */
	int64_t guest_id;
};

struct seen {
	unsigned set;
	const char *members;
	size_t messages, bytes;
};

/* ---- the scene ---- */

static const char *
policy_of(struct scene *s, const char *more)
{
	struct node fence = trip_row(s->t, s->t->fence);

	return arena_printf(s->t->mem,
		"{\"tagOwners\":{\"tag:web\":[]},\"grants\":["
		"{\"src\":[\"ann@\"],\"dst\":[\"ann@\",\"tag:web\","
		"\"10.7.0.0/16\"],\"ip\":[\"*\"]},"
		"{\"src\":[\"eve@\"],\"dst\":[\"%s\"],\"ip\":[\"*\"]}%s]}",
		fence.ipv4, more);
}

static void
obey(struct scene *s, const char *more)
{
	const char *why = "";

	if (tailnet_policy_set(s->t->site->db, policy_of(s, more), "test",
		    clock_now(), s->t->mem, &why))
		fail_msg("policy: %s", why);
	site_ring(s->t->site);
}

static struct fake_client *
enter(struct trip *t, const char *name, int capver, const char *key)
{
	struct fake_client *c = trip_client(t, name);

	c->capver = (uint16_t)capver;
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, key);
	trip_poll(c);
	return c;
}

static int64_t
add_eve(struct trip *t)
{
	struct user u = { .name = "eve" };
	int64_t id;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_user_add(t->site->db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	return id;
}

static void
set_scene(struct scene *s, struct trip *t)
{
	int64_t eve = add_eve(t);

	*s = (struct scene){ .t = t };
	obey(s, "");
	s->w[SELF] = enter(t, "x", NEW, t->key);
	s->spare = enter(t, "spare", NEW, t->key);
	s->w[VIEWER] = enter(t, "viewer", NEW, t->key);
	s->w[OLD_VIEWER] = enter(t, "old", OLD, t->key);
	s->w[STRANGER] = enter(t, "stranger", NEW,
		site_key(t->site, &(struct preauth_key){ .user_id = eve }));
	trip_settle(t);
	assert_null(fake_peer(s->w[STRANGER], s->w[SELF]->self.id));
	assert_non_null(fake_peer(s->w[VIEWER], s->w[SELF]->self.id));
}

/* ---- what is told ---- */

static const char *const members[] = { "Node", "DERPMap", "DNSConfig", "Domain",
	"Filter", "SSH", "Profiles", "Peers", "Changed", "Removed", "Patch",
	"Health", "Messages", "Version" };

/* In their order above. */
static unsigned
members_of(const struct tailcfg_map_response *r, bool has_fence)
{
	const bool there[] = { r->node.text, r->derp_map.text,
		r->dns_config.text, r->domain && *r->domain,
		r->packet_filters.text || r->packet_filter.text,
		r->ssh_policy.text, r->user_profiles.count, r->peers.at,
		r->peers_changed.at, r->peers_removed.at,
		r->peers_changed_patch.count > has_fence, r->health.at,
		r->display_messages.at, r->client_version };
	unsigned set = 0;

	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		set |= (unsigned)there[i] << i;
	return set;
}

static const char *
members_text(struct scene *s, unsigned set)
{
	const char *text = "";

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (set & 1u << i)
			text = arena_printf(s->t->mem, "%s%s%s", text,
				*text ? " " : "", members[i]);
	return text;
}

/* The patch in a fence: what stands between "[" and "]}". */
static const char *
patch_in(struct scene *s, const char *fence)
{
	static const char before[] = "{\"PeersChangedPatch\":[";

	return arena_printf(s->t->mem, "%.*s",
		(int)(strlen(fence) - strlen(before) - strlen("]}")),
		fence + strlen(before));
}

/* What a message says beside the patch of the first fence, which may travel
 * with others; "" if that was all. */
static size_t
own_bytes(struct scene *s, const struct fake_message *m, const char *fence)
{
	const char *patch = patch_in(s, fence);

	if (strcmp(m->text, fence) == 0)
		return 0;
	return strlen(m->text) -
	       (strstr(m->text, patch) ? strlen(patch) + 1 : 0);
}

/* Everything before the second fence, which stands alone: what the first one
 * could travel with has left by then. */
static struct seen
collect(struct scene *s, struct fake_client *c, const char *first)
{
	const char *fence = trip_fence_text(s->t);
	struct seen e = { .set = 0 };
	struct fake_message *m;

	for (;;) {
		size_t bytes;

		assert_int_equal(fake_map_next(c, WAIT_MS, &m), ERR_OK);
		if (strcmp(m->text, fence) == 0)
			break;
		bytes = m->response.keep_alive ? 0 : own_bytes(s, m, first);
		if (bytes) {
			e.set |= members_of(&m->response,
				strstr(m->text, patch_in(s, first)) != NULL);
			e.messages++;
			e.bytes += bytes;
		}
		fake_message_free(m);
	}
	fake_message_free(m);
	e.members = members_text(s, e.set);
	return e;
}

/* The text of the first. */
static const char *
raise_fences(struct trip *t)
{
	const char *first;

	trip_raise_fence(t);
	first = trip_fence_text(t);
	for (size_t i = 0; i < t->count; i++)
		assert_int_equal(
			fake_until(t->clients[i], trip_is_fenced, t, WAIT_MS),
			ERR_OK);
	trip_raise_fence(t);
	return first;
}

/* ---- events ---- */

static void
lite(struct fake_client *c)
{
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
}

static void
roams(struct scene *s)
{
	static const char *at = "198.51.100.9:41641";

	s->w[SELF]->endpoints = (struct json_texts){ &at, 1 };
	lite(s->w[SELF]);
}

static void
new_disco_key(struct scene *s)
{
	assert_int_equal(
		key_new(&s->w[SELF]->disco, &s->w[SELF]->disco_public), ERR_OK);
	lite(s->w[SELF]);
}

static void
cosmetic_hostinfo(struct scene *s)
{
	s->w[SELF]->hostinfo.os_version = "7.1.2";
	lite(s->w[SELF]);
}

static void
another_os(struct scene *s)
{
	s->w[SELF]->hostinfo.os = "plan9";
	lite(s->w[SELF]);
}

static void
services(struct scene *s)
{
	static struct tailcfg_service one = { "peerapi4", 12345, NULL };

	s->w[SELF]->hostinfo.services = (struct json_objects){ &one, 1 };
	lite(s->w[SELF]);
}

static void
renamed(struct scene *s)
{
	assert_int_equal(
		tailnet_node_rename(s->t->site->db, &s->t->site->settings,
			s->w[SELF]->self.id, "renamed", "test", clock_now()),
		ERR_OK);
	site_ring(s->t->site);
}

static const char *route = "10.7.0.0/16";

static void
route_announced(struct scene *s)
{
	s->w[SELF]->hostinfo.routable_ips = (struct json_texts){ &route, 1 };
	lite(s->w[SELF]);
}

static void
approve_routes(struct scene *s, const struct fake_client *c)
{
	const struct json_texts routes = { &route, 1 };
	struct routes_set set;

	assert_int_equal(tailnet_node_routes(s->t->site->db, c->self.id,
				 &routes, "test", clock_now(), &set),
		ERR_OK);
	site_ring(s->t->site);
}

static void
route_approved(struct scene *s)
{
	approve_routes(s, s->w[SELF]);
}

static void
second_router(struct scene *s)
{
	s->spare->hostinfo.routable_ips = (struct json_texts){ &route, 1 };
	lite(s->spare);
	approve_routes(s, s->spare);
}

static void
route_withdrawn(struct scene *s)
{
	s->w[SELF]->hostinfo.routable_ips = (struct json_texts){ NULL, 0 };
	lite(s->w[SELF]);
}

static void
expire_at(struct scene *s, int64_t at)
{
	assert_int_equal(tailnet_node_expire(s->t->site->db,
				 s->w[SELF]->self.id, at, "test", clock_now()),
		ERR_OK);
	site_ring(s->t->site);
}

static void
expires_later(struct scene *s)
{
	expire_at(s, clock_now() + 90 * 86400);
}

static void
expires_in_a_week(struct scene *s)
{
	expire_at(s, clock_now() + 6 * 86400);
}

static void
never_expires(struct scene *s)
{
	expire_at(s, 0);
}

/* One that joins and does not stream: its presence is another event. */
static void
joins(struct scene *s)
{
	struct node n;

	s->guest = fake_new(&s->t->site->worker, "guest");
	assert_int_equal(fake_connect(s->guest, WAIT_MS), ERR_OK);
	trip_register(s->t, s->guest, s->t->key);
	assert_int_equal(db_node_by_node_key(s->t->site->db,
				 &s->guest->node_public, s->t->mem, &n),
		ERR_OK);
	s->guest_id = n.id;
	/* Nobody hears of it before it says something, or three seconds. */
	assert_int_equal(fake_lite(s->guest, WAIT_MS, NULL), ERR_OK);
}

static void
appears(struct scene *s)
{
	assert_int_equal(fake_map_open(s->guest), ERR_OK);
	assert_int_equal(
		fake_until(s->guest, fake_has_map, NULL, WAIT_MS), ERR_OK);
}

static bool
is_away(const struct fake_client *c, void *arg)
{
	const struct fake_peer *p = fake_peer(c, *(int64_t *)arg);

	return p && p->online == OPT_FALSE;
}

/* Told after its grace. */
static void
leaves(struct scene *s)
{
	fake_disconnect(s->guest);
	assert_int_equal(
		fake_until(s->w[VIEWER], is_away, &s->guest_id, WAIT_MS),
		ERR_OK);
	assert_int_equal(fake_connect(s->guest, WAIT_MS), ERR_OK);
}

static void
another_url(struct scene *s)
{
	site_set(s->t->site, "url", "https://other.example.org");
}

static void
rotates(struct scene *s)
{
	assert_int_equal(fake_rotate(s->guest), ERR_OK);
	trip_register(s->t, s->guest, s->t->key);
}

static void
tagged(struct scene *s)
{
	assert_int_equal(tailnet_node_tag(s->t->site->db, s->guest_id,
				 "[\"tag:web\"]", "test", clock_now()),
		ERR_OK);
	site_ring(s->t->site);
}

static void
deleted(struct scene *s)
{
	assert_int_equal(tailnet_node_delete(s->t->site->db, s->guest_id,
				 "test", clock_now()),
		ERR_OK);
	fake_free(s->guest);
	site_ring(s->t->site);
}

static void
policy_blanks(struct scene *s)
{
	obey(s, " ");
}

/* About machines that none of the four is. */
static void
policy_of_others(struct scene *s)
{
	obey(s, ",{\"src\":[\"tag:web\"],\"dst\":[\"tag:web\"],\"ip\":[\"22\"]"
		"}");
}

static void
policy_lets_eve_in(struct scene *s)
{
	obey(s, ",{\"src\":[\"eve@\"],\"dst\":[\"ann@\"],\"ip\":[\"22\"]}");
}

static void
user_renamed(struct scene *s)
{
	struct user u;

	assert_int_equal(db_user_by_id(s->t->site->db, s->t->site->user_id,
				 s->t->mem, &u),
		ERR_OK);
	u.display_name = "Ann of the hill";
	assert_int_equal(db_begin(s->t->site->db), ERR_OK);
	assert_int_equal(db_user_update(s->t->site->db, &u), ERR_OK);
	assert_int_equal(db_commit(s->t->site->db), ERR_OK);
	site_ring(s->t->site);
}

static void
no_magic_dns(struct scene *s)
{
	site_set(s->t->site, "magic_dns", "false");
}

static void
title(struct scene *s)
{
	site_set(s->t->site, "tailnet_name", "Hill house");
}

static void
unseen_setting(struct scene *s)
{
	site_set(s->t->site, "register_rate", "199");
}

static void
a_version(struct scene *s)
{
	site_set(s->t->site, "client_version", "1.200.0");
}

static void
no_taildrop(struct scene *s)
{
	site_set(s->t->site, "taildrop", "false");
}

static void
nothing_new(struct scene *s)
{
	lite(s->w[SELF]);
}

/* Twenty changes of one machine while nobody reads: the last is told. */
static void
burst(struct scene *s)
{
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			tailnet_node_rename(s->t->site->db,
				&s->t->site->settings, s->w[SELF]->self.id,
				arena_printf(s->t->mem, "name%d", i), "test",
				clock_now()),
			ERR_OK);
	site_ring(s->t->site);
}

/* clang-format off */
#define NONE { "", 0 }
#define VIEWERS(members, most) { NONE, { members, most }, { members, most }, NONE }
/* Of another machine than the four. */
#define PEERS(members, most) \
	{ { members, most }, { members, most }, { members, most }, NONE }
#define ALL(members, most) \
	{ { members, most }, { members, most }, { members, most }, { members, most } }
/* clang-format on */

/* Members that each watcher is told, and the most bytes of JSON. */
static const struct row {
	const char *words;
	void (*act)(struct scene *s);
	struct {
		const char *members;
		size_t most;
	} told[WATCHERS];
} rows[] = {
	{ "an update that says nothing new", nothing_new,
		{ NONE, NONE, NONE, NONE } },
	{ "endpoints", roams, VIEWERS("Patch", 90) },
	{ "disco key", new_disco_key, VIEWERS("Patch", 140) },
	{ "cosmetic hostinfo", cosmetic_hostinfo, { NONE, NONE, NONE, NONE } },
	{ "OS text", another_os, VIEWERS("Changed", 640) },
	{ "services", services, VIEWERS("Changed", 700) },
	{ "rename", renamed,
		{ { "Node Profiles", 1000 }, { "Changed", 700 },
			{ "Changed", 700 }, NONE } },
	{ "route announced", route_announced,
		{ { "Node Profiles Messages", 1300 }, NONE, NONE, NONE } },
	{ "route approved", route_approved,
		{ { "Node Filter Profiles Messages", 1800 }, { "Changed", 800 },
			{ "Changed", 800 }, NONE } },
	{ "a second router of it", second_router, { NONE, NONE, NONE, NONE } },
	{ "failover to it", route_withdrawn,
		{ { "Node Filter Profiles Changed", 2300 }, { "Changed", 1500 },
			{ "Changed", 1500 }, NONE } },
	{ "expiry set", expires_later,
		{ { "Node Profiles", 1000 }, { "Patch", 80 }, { "Patch", 80 },
			NONE } },
	{ "expiry within a week", expires_in_a_week,
		{ { "Node Profiles Messages", 1300 }, { "Patch", 80 },
			{ "Patch", 80 }, NONE } },
	{ "expiry cleared", never_expires,
		{ { "Node Profiles Messages", 1000 }, { "Patch", 80 },
			{ "Patch", 80 }, NONE } },
	{ "join", joins, PEERS("Filter Changed", 1200) },
	{ "stream starts", appears, PEERS("Patch", 100) },
	{ "stream ends", leaves, PEERS("Patch", 100) },
	{ "node key rotated", rotates, PEERS("Patch", 180) },
	{ "tags", tagged, PEERS("Filter Profiles Changed", 1250) },
	{ "delete", deleted, PEERS("Removed", 60) },
	{ "policy: blanks", policy_blanks, { NONE, NONE, NONE, NONE } },
	{ "policy: of others", policy_of_others, { NONE, NONE, NONE, NONE } },
	{ "policy: eve may in", policy_lets_eve_in,
		{ { "Filter Profiles Changed", 1000 },
			{ "Filter Profiles Changed", 1000 },
			{ "Filter Profiles Changed", 1000 },
			{ "Changed", 2500 } } },
	{ "policy: and out", policy_of_others,
		{ { "Filter Removed", 120 }, { "Filter Removed", 120 },
			{ "Filter Removed", 120 }, { "Removed", 60 } } },
	{ "user's display name", user_renamed, ALL("Profiles", 120) },
	{ "DNS", no_magic_dns, ALL("DNSConfig", 100) },
	{ "relay", another_url, ALL("DERPMap", 500) },
	{ "title of the network", title, ALL("Node Domain Profiles", 1100) },
	{ "newest version of clients", a_version, ALL("Version", 60) },
	{ "Taildrop off", no_taildrop, ALL("Node Profiles", 1000) },
	{ "a setting that no client sees", unseen_setting,
		{ NONE, NONE, NONE, NONE } },
	/* A look of the worker or two may fall between. */
	{ "twenty renames at once", burst,
		{ { "Node Profiles", 4000 }, { "Changed", 2800 },
			{ "Changed", 2800 }, NONE } },
};

static bool
is_as_told(struct scene *s, const struct row *row, const char *first)
{
	bool good = true;

	for (enum watcher w = 0; w < WATCHERS; w++) {
		struct seen e = collect(s, s->w[w], first);
		bool fits = strcmp(e.members, row->told[w].members) == 0 &&
			    e.bytes <= row->told[w].most;

		print_message("%-32s %-9s %zu × %5zu B of %4zu  %s%s\n",
			w ? "" : row->words, watcher_words[w], e.messages,
			e.bytes, row->told[w].most, e.members,
			fits ? ""
			     : arena_printf(s->t->mem, "  NOT %s",
				       row->told[w].members));
		good = good && fits;
	}
	return good;
}

static void
each_change_costs_what_it_must_and_strangers_nothing(void **state)
{
	struct trip *t = *state;
	struct scene s;
	size_t bad = 0;

	set_scene(&s, t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rows[i].act(&s);
		bad += !is_as_told(&s, &rows[i], raise_fences(t));
		trip_forget(s.spare);
	}
	assert_string_equal(fake_peer(s.w[VIEWER], s.w[SELF]->self.id)->name,
		"name19.cairn.internal.");
	if (bad)
		fail_msg("%zu rows are not as the table says", bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(each_change_costs_what_it_must_and_strangers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
