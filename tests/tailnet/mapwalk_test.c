/*
 * Random lives of a tailnet: nodes come, go, move, are tagged, renamed, carry
 * routes, and policies follow each other.  After each step every viewer's
 * client, which was only ever told what it owed, has what a new client would be
 * told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <zstd.h>

#include "db/node.h"
#include "db/user.h"
#include "policy/engine.h"
#include "proto/tailcfg.h"
#include "tailnet/mapresp.h"
#include "tailnet/snapedit.h"
#include "tailnet/snappolicy.h"

#define NOW INT64_C(1800000000)

enum {
	MESSAGE_MAX = 1024 * 1024,
	NODES_MAX = 200, /* ever, in one life */
	ALIVE_MAX = 14,
	USERS = 3,
	STEPS = 60,
	LIVES = 12,
	LIVES_LONG = 400,
};

/* What a client has. */
struct client {
	bool has_map;
	uint64_t sent;
	struct map_held held;
	char *self, *ssh;
	char *pieces[ENGINE_PIECES]; /* of the filter, by number */
	struct tailcfg_node *peers[NODES_MAX + 1];
	bool profiles[USERS + 2]; /* ever told; the last is the tagged ones' */
	struct arena *mem;
};

struct world {
	struct db *db;
	struct arena *mem;
	struct snapshot *s;
	struct client *clients[NODES_MAX + 1];
	int64_t last;
	unsigned seed, state;
};

static const struct json_limits wide = {
	.depth = 32, .tokens = 100000, .string = 64 * 1024
};

static unsigned
dice(struct world *w, unsigned sides)
{
	w->state = w->state * 1103515245u + 12345u;
	return (w->state >> 16) % sides;
}

/* ---- the client's side ---- */

static void
decode(struct arena *mem, const char *text, const struct json_table *t,
	void *to)
{
	assert_int_equal(
		json_decode_within((struct bytes){ (const unsigned char *)text,
					   strlen(text) },
			&wide, t, mem, to),
		ERR_OK);
}

static struct tailcfg_node *
node_of(struct client *c, const char *text)
{
	struct tailcfg_node *n = arena_alloc(c->mem, sizeof(*n));

	decode(c->mem, text, &tailcfg_node_table, n);
	assert_in_range(n->id, 1, NODES_MAX);
	return n;
}

static void
take_profiles(struct client *c, const struct json_raws *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct tailcfg_user_profile p = { 0 };

		decode(c->mem, list->at[i], &tailcfg_user_profile_table, &p);
		c->profiles[p.id > USERS || p.id < 1 ? USERS + 1 : p.id] = true;
	}
}

static void
take_patch(struct client *c, const struct tailcfg_peer_change *p)
{
	struct tailcfg_node *n = c->peers[p->node_id];

	assert_non_null(n); /* nobody hears of whom it does not have */
	if (p->derp_region)
		n->home_derp = p->derp_region;
	if (p->endpoints.at)
		n->endpoints = p->endpoints;
	if (p->key)
		n->key = p->key;
	if (p->disco_key)
		n->disco_key = p->disco_key;
	if (p->online != OPT_UNSET)
		n->online = p->online;
	if (p->last_seen)
		n->last_seen = p->last_seen;
	if (p->key_expiry)
		n->key_expiry = p->key_expiry;
	if (p->cap_map.at)
		n->cap_map = p->cap_map;
}

static void
take_text(struct client *c, char **at, const struct json_raw *raw)
{
	if (raw->text)
		*at = arena_strdup(c->mem, raw->text);
}

/* As clients do, each list where its name has its place. */
static void
take_filter(struct client *c, const char *text)
{
	json_object *all = text ? json_tokener_parse(text) : NULL;

	if (!text)
		return;
	assert_non_null(all);
	if (json_object_object_get_ex(all, "*", NULL))
		memset(c->pieces, 0, sizeof(c->pieces));
	json_object_object_foreach(all, name, rules)
	{
		if (strcmp(name, "*") != 0 && strcmp(name, "base") != 0)
			c->pieces[atoi(name)] =
				rules ? arena_strdup(c->mem,
						json_object_to_json_string(
							rules))
				      : NULL;
	}
	json_object_put(all);
}

/* A client has no order for one that is changed and patched. */
static void
no_id_twice(struct client *c, const struct tailcfg_map_response *m)
{
	const struct tailcfg_peer_change *patches = m->peers_changed_patch.at;

	for (size_t i = 0; i < m->peers_changed.count; i++) {
		int64_t id = node_of(c, m->peers_changed.at[i])->id;

		for (size_t k = 0; k < m->peers_changed_patch.count; k++)
			assert_int_not_equal(patches[k].node_id, id);
		for (size_t k = 0; k < m->peers_removed.count; k++)
			assert_int_not_equal(m->peers_removed.at[k], id);
	}
}

static void
take(struct client *c, const struct tailcfg_map_response *m)
{
	const struct tailcfg_peer_change *patches = m->peers_changed_patch.at;

	no_id_twice(c, m);

	take_text(c, &c->self, &m->node);
	take_filter(c, m->packet_filters.text);
	take_text(c, &c->ssh, &m->ssh_policy);
	take_profiles(c, &m->user_profiles);
	for (size_t i = 0; i < m->peers_removed.count; i++) {
		assert_non_null(c->peers[m->peers_removed.at[i]]);
		c->peers[m->peers_removed.at[i]] = NULL;
	}
	for (size_t i = 0; i < m->peers.count + m->peers_changed.count; i++) {
		struct tailcfg_node *n = node_of(
			c, i < m->peers.count
				   ? m->peers.at[i]
				   : m->peers_changed.at[i - m->peers.count]);

		c->peers[n->id] = n;
	}
	for (size_t i = 0; i < m->peers_changed_patch.count; i++)
		take_patch(c, &patches[i]);
}

static void
take_message(struct client *c, struct bytes b)
{
	struct tailcfg_map_response m = { 0 };
	char *text = arena_alloc(c->mem, MESSAGE_MAX);
	uint32_t len;
	size_t got;

	memcpy(&len, b.at, sizeof(len));
	got = ZSTD_decompress(text, MESSAGE_MAX - 1, b.at + 4, len);
	assert_false(ZSTD_isError(got));
	text[got] = '\0';
	decode(c->mem, text, &tailcfg_map_response_table, &m);
	take(c, &m);
	b.at += 4 + len;
	b.len -= 4 + len;
	if (b.len)
		take_message(c, b);
}

static void
gather(void *arg, struct blob *b)
{
	buf_put(arg, b->bytes, b->len);
	blob_drop(b);
}

static struct client *
client_new(void)
{
	struct client *c = calloc(1, sizeof(*c));

	c->mem = arena_new();
	return c;
}

static void
client_free(struct client *c)
{
	if (!c)
		return;
	map_held_free(&c->held);
	arena_free(c->mem);
	free(c);
}

static struct map_viewer
viewer(struct snap_node *n, struct client *c)
{
	return (struct map_viewer){
		.node = n, .held = &c->held, .capver = TAILCFG_CAPVER_NEWEST
	};
}

static void
get_full(struct snapshot *s, struct snap_node *n, struct client *c)
{
	struct map_viewer v = viewer(n, c);
	struct buf b;

	buf_init(&b, c->mem, MESSAGE_MAX);
	mapresp_full(s, &v, NOW, gather, &b);
	take_message(c, (struct bytes){ b.bytes, b.len });
	c->has_map = true;
}

static void
take_blob(struct client *c, struct blob *b)
{
	if (b)
		take_message(c, (struct bytes){ b->bytes, b->len });
	blob_drop(b);
}

static void
get_owed(struct snapshot *s, struct snap_node *n, struct client *c)
{
	struct map_viewer v = viewer(n, c);

	take_blob(c, mapresp_delta(s, &v, c->sent));
	take_blob(c, mapresp_self(s, &v, c->sent, NOW));
}

/* ---- what is compared ---- */

static void
same_text(struct world *w, const char *what, int64_t viewer_id, const char *a,
	const char *b)
{
	if (a && b && strcmp(a, b) == 0)
		return;
	printf("seed %u: %s of %lld\n told: %s\n new:  %s\n", w->seed, what,
		(long long)viewer_id, a ? a : "nothing", b ? b : "nothing");
	fail();
}

static char *
peer_text(struct arena *mem, const struct tailcfg_node *n)
{
	return n ? json_print(mem, &tailcfg_node_table, n) : NULL;
}

static void
compare(struct world *w, int64_t id, struct client *told, struct client *new)
{
	char what[64];

	same_text(w, "node", id, told->self, new->self);
	for (size_t i = 0; i < ENGINE_PIECES; i++)
		if (told->pieces[i] || new->pieces[i])
			same_text(w, "filter", id, told->pieces[i],
				new->pieces[i]);
	same_text(w, "ssh", id, told->ssh, new->ssh);
	for (int64_t i = 1; i <= NODES_MAX; i++) {
		if (!told->peers[i] && !new->peers[i])
			continue;
		snprintf(what, sizeof(what), "peer %lld", (long long)i);
		same_text(w, what, id, peer_text(told->mem, told->peers[i]),
			peer_text(new->mem, new->peers[i]));
	}
	for (int64_t i = 1; i <= USERS; i++)
		if (new->profiles[i] && !told->profiles[i]) {
			snprintf(what, sizeof(what), "profile %lld",
				(long long)i);
			same_text(w, what, id, NULL, "there");
		}
}

/* Whoever sees nothing of a user has not heard of it, ever. */
static void
look_after(struct world *w, struct snap_node *n)
{
	struct client *told = w->clients[n->id], *new = client_new();

	if (!told->has_map)
		get_full(w->s, n, told);
	else
		get_owed(w->s, n, told);
	told->sent = w->s->gen;
	get_full(w->s, n, new);
	compare(w, n->id, told, new);
	client_free(new);
}

static void
look_after_all(struct world *w)
{
	for (int64_t id = 1; id <= w->last; id++) {
		struct snap_node *n = snapshot_node(w->s, id);

		if (n && !n->hidden && dice(w, 3))
			look_after(w, n);
	}
}

/* ---- what happens ---- */

static struct key
key_of(unsigned n, uint8_t kind)
{
	struct key k;

	memset(&k, kind, sizeof(k));
	memcpy(k.bytes, &n, sizeof(n));
	return k;
}

static const char *const routes[] = { "[]", "[\"10.1.0.0/16\"]",
	"[\"10.1.0.0/16\",\"10.2.0.0/24\"]", "[\"0.0.0.0/0\",\"::/0\"]" };
static const char *const tags[] = { "[\"tag:a\"]", "[\"tag:b\"]",
	"[\"tag:a\",\"tag:b\"]" };

static void
begin(struct world *w)
{
	assert_int_equal(db_begin(w->db), ERR_OK);
}

static void
commit(struct world *w)
{
	assert_int_equal(db_commit(w->db), ERR_OK);
}

static void
come(struct world *w)
{
	unsigned n = (unsigned)w->last + 1;
	const char *carried = routes[dice(w, 4)];
	struct node row = { .machine_key = key_of(n, 1),
		.node_key = key_of(n, 2),
		.user_id = 1 + dice(w, USERS),
		.tags = "[]",
		.name = arena_printf(w->mem, "node%u", n),
		.hostname = "host",
		.ipv4 = arena_printf(w->mem, "100.64.0.%u", n),
		.ipv6 = arena_printf(w->mem, "fd7a:115c:a1e0::%u", n),
		.hostinfo = "{\"OS\":\"linux\",\"Hostname\":\"host\"}",
		.routes = carried,
		.approved_routes = dice(w, 2) ? carried : "[]",
		.requested_tags = "[]",
		.capver = 142,
		.register_method = "authkey",
		.created_at = NOW };

	if (dice(w, 3) == 0) {
		row.user_id = 0;
		row.tags = tags[dice(w, 3)];
	}
	if (n > NODES_MAX)
		return;
	begin(w);
	assert_int_equal(db_node_add(w->db, &row, &w->last), ERR_OK);
	commit(w);
	w->clients[w->last] = client_new();
}

static int64_t
anyone(struct world *w)
{
	int64_t start = 1 + dice(w, (unsigned)w->last);

	for (int64_t i = 0; i < w->last; i++) {
		int64_t id = 1 + (start + i) % w->last;

		if (snapshot_node(w->s, id))
			return id;
	}
	return 0;
}

static void
go(struct world *w, int64_t id)
{
	begin(w);
	assert_int_equal(db_node_delete(w->db, id), ERR_OK);
	commit(w);
	client_free(w->clients[id]);
	w->clients[id] = NULL;
}

static void
edit(struct world *w, int64_t id, unsigned how)
{
	struct node row;

	assert_int_equal(db_node_by_id(w->db, id, w->mem, &row), ERR_OK);
	switch (how) {
	case 0:
		row.name = arena_printf(
			w->mem, "name%lld-%u", (long long)id, dice(w, 99));
		break;
	case 1:
		row.tags = tags[dice(w, 3)];
		row.user_id = 0;
		break;
	case 2:
		row.tags = "[]";
		row.user_id = 1 + dice(w, USERS);
		break;
	case 3:
		row.routes = routes[dice(w, 4)];
		break;
	case 4:
		row.approved_routes = routes[dice(w, 4)];
		break;
	case 5:
		row.expires_at = NOW + 86400 + dice(w, 99);
		break;
	default:
		row.unapproved = !row.unapproved;
		client_free(w->clients[id]);
		w->clients[id] = client_new();
	}
	begin(w);
	assert_int_equal(db_node_update(w->db, &row), ERR_OK);
	commit(w);
}

/* All that is a user's goes to another, at once. */
static void
inherit(struct world *w)
{
	int64_t from = 1 + dice(w, USERS), to = 1 + dice(w, USERS);
	struct node *rows;
	size_t count;

	assert_int_equal(
		db_nodes_of_user(w->db, from, w->mem, &rows, &count), ERR_OK);
	begin(w);
	for (size_t i = 0; i < count; i++) {
		rows[i].user_id = to;
		assert_int_equal(db_node_update(w->db, &rows[i]), ERR_OK);
	}
	commit(w);
}

static void
be_promoted(struct world *w)
{
	struct user u;

	assert_int_equal(
		db_user_by_id(w->db, 1 + dice(w, USERS), w->mem, &u), ERR_OK);
	u.role = dice(w, 2) ? ROLE_ADMIN : ROLE_MEMBER;
	begin(w);
	assert_int_equal(db_user_update(w->db, &u), ERR_OK);
	commit(w);
}

static void
move(struct world *w, struct snap_node *n)
{
	struct snap_soft soft = { .endpoints = arena_printf(w->mem,
					  "[\"192.0.2.%u:1\"]", dice(w, 250)),
		.home_derp = 900 + dice(w, 3) };

	n->tokens = SOFT_BURST;
	snapshot_soft(w->s, n, &soft, NOW);
}

#define OWNERS                                                  \
	"\"tagOwners\":{\"tag:a\":[],\"tag:b\":[]},\"groups\":" \
	"{\"group:g\":[\"u1@example.org\",\"u2@example.org\"]},"

static const char *const policies[] = {
	"{}",
	"{\"grants\":[]}",
	"{" OWNERS "\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
	"\"dst\":[\"*:*\"]}]}",
	"{" OWNERS "\"acls\":[{\"action\":\"accept\",\"src\":[\"group:g\"],"
	"\"dst\":[\"tag:a:22\",\"10.1.0.0/16:*\"]}]}",
	"{" OWNERS "\"grants\":[{\"src\":[\"autogroup:member\"],\"dst\":"
	"[\"autogroup:self\"],\"ip\":[\"*\"]},{\"src\":[\"tag:b\"],\"dst\":"
	"[\"autogroup:admin\",\"10.2.0.0/24\"],\"ip\":[\"tcp:443\"]}],"
	"\"ssh\":[{\"action\":\"accept\",\"src\":[\"autogroup:member\"],"
	"\"dst\":[\"autogroup:self\"],\"users\":[\"root\"]}]}",
	"{" OWNERS "\"grants\":[{\"src\":[\"*\"],\"dst\":[\"10.0.0.0/8\"],"
	"\"ip\":[\"*\"],\"via\":[\"tag:a\"]}],\"nodeAttrs\":[{\"target\":"
	"[\"tag:b\"],\"attr\":[\"disable-ipv4\",\"x\"]}]}",
	"{" OWNERS "\"grants\":[{\"src\":[\"autogroup:admin\"],\"dst\":"
	"[\"autogroup:internet\"],\"ip\":[\"*\"]},{\"src\":[\"tag:a\"],"
	"\"dst\":[\"tag:b\"],\"app\":{\"example.org/cap/x\":[1]}}]}",
};

static void
obey(struct world *w, const char *text)
{
	struct json_texts none = { 0 };
	struct policy_error error;
	struct policy *p;

	assert_int_equal(
		policy_load((struct bytes){ (const unsigned char *)text,
				    strlen(text) },
			&none, w->mem, &p, &error),
		ERR_OK);
	snap_policy_take(w->s, p);
	snap_policy_settle(w->s);
}

static void
step(struct world *w)
{
	int64_t id = w->s->node_count ? anyone(w) : 0;
	unsigned what = dice(w, 10);

	arena_reset(w->mem);
	if (what == 0)
		obey(w, policies[dice(
				w, sizeof(policies) / sizeof(*policies))]);
	else if (!id || (what < 3 && w->s->node_count < ALIVE_MAX))
		come(w);
	else if (what == 3)
		go(w, id);
	else if (what == 4)
		move(w, snapshot_node(w->s, id));
	else if (what == 5)
		snapshot_online(w->s, snapshot_node(w->s, id), dice(w, 2), NOW);
	else if (what == 6 && dice(w, 2))
		be_promoted(w);
	else if (what == 6)
		inherit(w);
	else
		edit(w, id, dice(w, 7));
	assert_int_equal(snapshot_catch_up(w->s, w->db, NULL, NULL), ERR_OK);
	for (int i = 0; i <= ANNOUNCE_TICKS; i++)
		snapshot_tick(w->s, NOW);
}

static void
live(unsigned seed)
{
	struct world w = { .mem = arena_new(), .seed = seed, .state = seed };

	assert_int_equal(db_open_memory(&w.db), ERR_OK);
	for (int i = 1; i <= USERS; i++) {
		struct user u = { .name = arena_printf(
					  w.mem, "u%d@example.org", i),
			.display_name = "",
			.email = "",
			.picture_url = "",
			.created_at = NOW };
		int64_t id;

		assert_int_equal(db_user_add(w.db, &u, &id), ERR_OK);
	}
	w.s = snapshot_new("/nowhere");
	if (seed % 2) /* large groups, as far as filters go */
		w.s->cap_sources_from = 3;
	assert_int_equal(snapshot_load(w.s, w.db), ERR_OK);
	for (int i = 0; i < STEPS; i++) {
		step(&w);
		look_after_all(&w);
	}
	for (int64_t i = 0; i <= NODES_MAX; i++)
		client_free(w.clients[i]);
	snapshot_free(w.s);
	db_close(w.db);
	arena_free(w.mem);
}

static void
who_is_told_what_it_owes_has_what_a_new_client_would_get(void **state)
{
	unsigned lives = getenv("TEST_LONG") ? LIVES_LONG : LIVES;
	const char *seed = getenv("SEED");

	(void)state;
	if (seed) {
		live((unsigned)atoi(seed));
		return;
	}
	for (unsigned i = 1; i <= lives; i++)
		live(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			who_is_told_what_it_owes_has_what_a_new_client_would_get),
	};

	return cmocka_run_group_tests_name("map walks", tests, NULL, NULL);
}
