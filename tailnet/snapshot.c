#include "tailnet/snapedit.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/own.h"
#include "tailnet/mapdelta.h"
#include "tailnet/mapshared.h"
#include "tailnet/snapdns.h"
#include "tailnet/snappolicy.h"

struct snapshot *
snapshot_new(const char *home)
{
	struct snapshot *s = own_alloc(sizeof(*s));

	s->home = home;
	s->gen = 1;
	s->cap_sources_from = CAP_SOURCES_FROM;
	s->settings_mem = arena_new();
	s->scratch = arena_new();
	s->record_mem = arena_new();
	TAILQ_INIT(&s->recent);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->tagged);
	TAILQ_INIT(&s->specials);
	snap_policy_start(s);
	return s;
}

static void
node_free(struct snap_node *n)
{
	char **texts[] = { &n->name, &n->tags, &n->ipv4, &n->ipv6, &n->hostname,
		&n->endpoints, &n->routes, &n->approved_routes,
		&n->requested_tags, &n->custom, &n->host, &n->hostinfo,
		&n->peer_caps, &n->primary_routes };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		own_free(texts[i]);
	free(n);
}

void
snap_user_free(struct snap_user *u)
{
	own_free(&u->login);
	own_free(&u->display_name);
	own_free(&u->picture_url);
	free(u);
}

static void
chunk_free(struct snap_chunk *c)
{
	for (size_t i = 0; i < CHUNK_FRAMES; i++)
		snap_frame_drop(&c->frames[i]);
	blob_drop(c->text);
	free(c);
}

static void
profiles_forget(struct snapshot *s)
{
	snap_profiles_stale(s);
	for (size_t i = 0; i < PROFILES_CACHE; i++) {
		free(s->profiles[i].users.at);
		s->profiles[i].users = (struct snap_ids){ 0 };
	}
}

void
snap_clear(struct snapshot *s)
{
	struct snap_node *n, *next_node;
	struct snap_user *u, *next_user;

	HASH_ITER(by_id, s->by_id, n, next_node)
	{
		HASH_DELETE(by_id, s->by_id, n);
		HASH_DELETE(by_key, s->by_key, n);
		node_free(n);
	}
	HASH_ITER(hh, s->users, u, next_user)
	{
		HASH_DEL(s->users, u);
		snap_user_free(u);
	}
	for (size_t i = 0; i < s->chunk_count; i++)
		chunk_free(s->chunks[i]);
	free(s->chunks);
	s->chunks = NULL;
	s->chunk_count = s->node_count = s->online_count = 0;
	s->hidden_count = 0;
	TAILQ_INIT(&s->recent);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->tagged);
	TAILQ_INIT(&s->specials);
	profiles_forget(s);
	mapdelta_forget(s);
	mapshared_forget(s);
	snap_policy_free(s);
	snap_policy_start(s);
}

void
snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	snap_clear(s);
	snap_policy_free(s);
	snap_dns_free(s);
	arena_free(s->settings_mem);
	arena_free(s->scratch);
	arena_free(s->record_mem);
	own_free(&s->derp_old);
	own_free(&s->derp_new);
	arena_free(s->relays_mem);
	free(s);
}

struct snap_node *
snapshot_node_by_key(struct snapshot *s, const struct key *node_key)
{
	struct snap_node *n;

	HASH_FIND(by_key, s->by_key, node_key, sizeof(*node_key), n);
	return n;
}

struct snap_user *
snapshot_user(struct snapshot *s, int64_t id)
{
	struct snap_user *u;

	HASH_FIND(hh, s->users, &id, sizeof(id), u);
	return u;
}

/* The place of a number among the chunks, or where it would stand. */
static size_t
chunk_place(const struct snapshot *s, int64_t number)
{
	size_t low = 0, high = s->chunk_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->chunks[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct snap_chunk *
snap_chunk_at(const struct snapshot *s, int64_t number)
{
	size_t at = chunk_place(s, number);

	return at < s->chunk_count && s->chunks[at]->number == number
		       ? s->chunks[at]
		       : NULL;
}

/* The hidden stand in no chunk.  The others are asked for by every stream at
 * every payment, and a chunk is one step where a hash is four. */
struct snap_node *
snapshot_node(struct snapshot *s, int64_t id)
{
	const struct snap_chunk *c = snap_chunk_at(s, id / CHUNK_NODES);
	struct snap_node *n = c && id >= 0 ? c->at[id % CHUNK_NODES] : NULL;

	if (!n)
		HASH_FIND(by_id, s->by_id, &id, sizeof(id), n);
	return n;
}

void
snapshot_fetch(const struct snapshot *s, int64_t id)
{
	const struct snap_chunk *c = snap_chunk_at(s, id / CHUNK_NODES);

	if (c && id >= 0)
		fetch(c->at[id % CHUNK_NODES], sizeof(struct snap_node));
}

static struct snap_chunk *
chunk_of(struct snapshot *s, int64_t node_id)
{
	int64_t number = node_id / CHUNK_NODES;
	size_t at = chunk_place(s, number);
	struct snap_chunk *c;

	if (at < s->chunk_count && s->chunks[at]->number == number)
		return s->chunks[at];
	c = own_alloc(sizeof(*c));
	c->number = number;
	s->chunks = own_grow(
		s->chunks, s->chunk_count + 1, sizeof(struct snap_chunk *));
	memmove(s->chunks + at + 1, s->chunks + at,
		(s->chunk_count - at) * sizeof(struct snap_chunk *));
	s->chunks[at] = c;
	s->chunk_count++;
	return c;
}

void
snap_frame_drop(struct snap_frame *f)
{
	blob_drop(f->blob);
	*f = (struct snap_frame){ 0 };
}

static void
chunk_stale(struct snap_chunk *c, int64_t node_id, unsigned aspects)
{
	uint64_t bit = UINT64_C(1) << node_id % CHUNK_NODES;

	c->stale |= bit;
	for (size_t i = 0; i < CHUNK_FRAMES; i++) {
		struct snap_frame *f = &c->frames[i];

		f->behind |= bit & f->peers;
		if (aspects & ~SNAP_PATCHED && f->peers & bit)
			snap_frame_drop(f);
	}
}

static void
chunk_add(struct snapshot *s, struct snap_node *n)
{
	struct snap_chunk *c = chunk_of(s, n->id);

	c->at[n->id % CHUNK_NODES] = n;
	c->there |= UINT64_C(1) << n->id % CHUNK_NODES;
	chunk_stale(c, n->id, ~0u);
	c->count++;
}

static void
chunk_remove(struct snapshot *s, struct snap_node *n)
{
	struct snap_chunk *c = chunk_of(s, n->id);
	size_t at = chunk_place(s, c->number);

	c->at[n->id % CHUNK_NODES] = NULL;
	c->there &= ~(UINT64_C(1) << n->id % CHUNK_NODES);
	c->special &= c->there;
	chunk_stale(c, n->id, 1u << ASPECT_WHOLE);
	if (--c->count)
		return;
	memmove(s->chunks + at, s->chunks + at + 1,
		(s->chunk_count - at - 1) * sizeof(struct snap_chunk *));
	s->chunk_count--;
	chunk_free(c);
}

void
snap_stale(struct snapshot *s, const struct snap_node *n, unsigned aspects)
{
	if (!n->hidden)
		chunk_stale(chunk_of(s, n->id), n->id, aspects);
}

/*
 * A node that has just registered has no disco key yet, and a patch that brings
 * it makes every client rebuild its netmap.  So peers hear of a new node with
 * the first thing that it says (in the same moment, mostly), or after
 * ANNOUNCE_TICKS.
 */
void
snap_hold_back(struct snapshot *s, struct snap_node *n)
{
	n->unannounced = ANNOUNCE_TICKS;
	n->deferred = 1u << ASPECT_WHOLE;
	TAILQ_INSERT_TAIL(&s->waiting, n, waiting);
}

static void
announce(struct snapshot *s, struct snap_node *n)
{
	n->unannounced = 0;
	n->deferred = 0;
	TAILQ_REMOVE(&s->waiting, n, waiting);
}

/* The aspect changed now, for whoever may see it. */
void
snap_touch(struct snapshot *s, struct snap_node *n, enum aspect a)
{
	if (n->unannounced && a < ASPECT_SELF) {
		announce(s, n);
		a = ASPECT_WHOLE;
	}
	n->changed[a] = ++s->gen;
	if (a >= ASPECT_SELF)
		return;
	n->gen = s->gen;
	snap_stale(s, n, 1u << a);
	TAILQ_REMOVE(&s->recent, n, recent);
	TAILQ_INSERT_HEAD(&s->recent, n, recent);
}

void
snap_profiles_stale(struct snapshot *s)
{
	for (size_t i = 0; i < PROFILES_CACHE; i++) {
		blob_drop(s->profiles[i].frame);
		s->profiles[i].frame = NULL;
	}
}

void
snap_mark_special(struct snapshot *s, struct snap_node *n, bool special)
{
	uint64_t bit = UINT64_C(1) << n->id % CHUNK_NODES;
	struct snap_chunk *c = snap_chunk_at(s, n->id / CHUNK_NODES);

	if (n->special && !special)
		TAILQ_REMOVE(&s->specials, n, specials);
	else if (!n->special && special)
		TAILQ_INSERT_HEAD(&s->specials, n, specials);
	n->special = special;
	if (c && special && !n->hidden)
		c->special |= bit;
	else if (c)
		c->special &= ~bit;
}

struct snap_owned *
snap_owned(struct snapshot *s, int64_t user_id)
{
	struct snap_user *u;

	if (!user_id)
		return &s->tagged;
	u = snapshot_user(s, user_id);
	return u ? &u->owned : NULL;
}

/* In the list of its owner, whose profile the first one brings and the last one
 * takes. */
static void
own(struct snapshot *s, struct snap_node *n)
{
	struct snap_owned *owned = snap_owned(s, n->user_id);

	n->owned_gen = ++s->gen;
	if (!owned)
		return;
	if (TAILQ_EMPTY(owned))
		snap_profiles_stale(s);
	TAILQ_INSERT_HEAD(owned, n, owned);
}

static void
disown(struct snapshot *s, struct snap_node *n)
{
	struct snap_owned *owned = snap_owned(s, n->user_id);

	if (!owned)
		return;
	TAILQ_REMOVE(owned, n, owned);
	if (TAILQ_EMPTY(owned))
		snap_profiles_stale(s);
}

void
snap_give(struct snapshot *s, struct snap_node *n, int64_t user_id)
{
	if (!n->hidden)
		disown(s, n);
	n->user_id = user_id;
	if (!n->hidden)
		own(s, n);
}

struct snap_node *
snap_insert(struct snapshot *s, const struct node *row)
{
	struct snap_node *n = own_alloc(sizeof(*n));

	n->id = row->id;
	n->node_key = row->node_key;
	n->tokens = SOFT_BURST;
	own_text(&n->endpoints, "[]");
	own_text(&n->peer_caps, "");
	own_text(&n->primary_routes, "[]");
	HASH_ADD(by_id, s->by_id, id, sizeof(n->id), n);
	HASH_ADD(by_key, s->by_key, node_key, sizeof(n->node_key), n);
	TAILQ_INSERT_TAIL(&s->recent, n, recent); /* its gen is 0 */
	s->node_count++;
	n->user_id = row->user_id;
	n->hidden = row->unapproved;
	if (n->hidden) {
		s->hidden_count++;
		return n;
	}
	chunk_add(s, n);
	own(s, n);
	return n;
}

/* Out of what peers see.  Of one that nobody saw its own stream hears. */
static void
leave_peers(struct snapshot *s, struct snap_node *n)
{
	if (n->hidden) {
		s->hidden_count--;
		s->gen++;
		return;
	}
	chunk_remove(s, n);
	disown(s, n);
	s->peers_gen = ++s->gen;
}

void
snap_remove(struct snapshot *s, struct snap_node *n)
{
	HASH_DELETE(by_id, s->by_id, n);
	HASH_DELETE(by_key, s->by_key, n);
	TAILQ_REMOVE(&s->recent, n, recent);
	if (n->deferred)
		TAILQ_REMOVE(&s->waiting, n, waiting);
	if (n->live_dirty)
		TAILQ_REMOVE(&s->dirty, n, dirty);
	if (n->online)
		s->online_count--;
	snap_mark_special(s, n, false);
	snap_policy_node_gone(s, n->id);
	leave_peers(s, n);
	s->node_count--;
	node_free(n);
}

void
snap_hide(struct snapshot *s, struct snap_node *n, bool hidden)
{
	if (n->hidden == hidden)
		return;
	if (hidden) {
		snap_mark_special(s, n, false);
		leave_peers(s, n);
		n->hidden = true;
		s->hidden_count++;
	} else {
		s->hidden_count--;
		n->hidden = false;
		chunk_add(s, n);
		own(s, n);
		snap_touch(s, n, ASPECT_WHOLE);
	}
	snap_policy_node(s, n);
	snap_touch(s, n, ASPECT_SELF);
}

void
snap_live_dirty(struct snapshot *s, struct snap_node *n)
{
	if (!n->live_dirty)
		TAILQ_INSERT_TAIL(&s->dirty, n, dirty);
	n->live_dirty = true;
}
