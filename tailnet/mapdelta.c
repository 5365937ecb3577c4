#include "tailnet/mapdelta.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "tailnet/mapframe.h"
#include "tailnet/mapjson.h"
#include "tailnet/maprecord.h"
#include "tailnet/snapedit.h"
#include "tailnet/snapids.h"
#include "tailnet/snapsee.h"

enum {
	MESSAGE_MAX = 64 * 1024 * 1024,
};

/* Nodes and profiles that changed since `from`; the same for all viewers, so
 * the last answer is kept. */
static const struct snap_changed *
changed_since(struct snapshot *s, uint64_t from)
{
	struct snap_changed *c = &s->changed;
	struct snap_user *u, *next;
	const struct snap_node *n;

	if (c->from == from && c->to == s->gen)
		return c;
	c->nodes.count = c->users.count = 0;
	c->from = from;
	c->to = s->gen;
	TAILQ_FOREACH (n, &s->recent, recent) {
		if (n->gen <= from)
			break;
		snap_ids_add(&c->nodes, n->id);
	}
	snap_ids_sort(&c->nodes);
	if (s->commons[COMMON_USERS] <= from)
		return c;
	HASH_ITER(hh, s->users, u, next)
	if (u->gen > from)
		snap_ids_add(&c->users, u->id);
	return c;
}

/* ---- the lists ---- */

enum list {
	LIST_USERS,
	LIST_WHOLE,
	LIST_GONE,
	LIST_PATCH,
	LISTS,
};

struct lists {
	struct snapshot *s;
	const struct map_viewer *v;
	uint64_t from;
	struct snap_ids *list; /* s->lists */
};

/* Whether another peer than `but` is that user's, and was when the client was
 * told last: 1.102 forgets a profile when the last one goes. */
static bool
holds_any_of(
	const struct lists *l, int64_t user_id, const struct snap_node *but)
{
	const struct snap_owned *owned = snap_owned(l->s, user_id);
	const struct snap_node *n;

	if (!owned)
		return false;
	TAILQ_FOREACH (n, owned, owned)
		if (n != but && n->owned_gen <= l->from &&
			map_held_has(l->v->held, n->id))
			return true;
	return false;
}

static void
add_whole(struct lists *l, const struct snap_node *n, bool owner_is_new)
{
	struct snap_ids *users = &l->list[LIST_USERS];

	if (owner_is_new && !snap_ids_have(users, n->user_id) &&
		!holds_any_of(l, n->user_id, n))
		snap_ids_add(users, n->user_id);
	snap_ids_add(&l->list[LIST_WHOLE], n->id);
	map_held_add(l->v->held, n->id);
	map_held_record(l->v->held, n->id, maprecord_kind(l->s, l->v->node, n));
}

/* What is held and may not be seen any more. */
static void
take_gone(struct lists *l)
{
	struct map_held *held = l->v->held;

	for (size_t i = 0; i < held->count;) {
		struct held_chunk c = held->at[i];
		uint64_t sees = snap_sees(l->s, l->v->node, c.number);
		uint64_t gone = c.peers & ~sees;

		for (; gone; gone &= gone - 1) {
			int64_t id =
				c.number * CHUNK_NODES + __builtin_ctzll(gone);

			snap_ids_add(&l->list[LIST_GONE], id);
			map_held_record(held, id, 0);
		}
		map_held_set_chunk(held, c.number, c.peers & sees);
		i += (c.peers & sees) != 0;
	}
}

static void
take_if_other(struct lists *l, const struct snap_node *n)
{
	if (map_held_has(l->v->held, n->id) &&
		map_held_record_of(l->v->held, n->id) !=
			maprecord_kind(l->s, l->v->node, n))
		add_whole(l, n, false);
}

/* Without IPv4, or with it again: every record may be another. */
static void
take_all_if_other(struct lists *l)
{
	for (size_t i = 0; i < l->v->held->count; i++) {
		struct held_chunk c = l->v->held->at[i];

		for (; c.peers; c.peers &= c.peers - 1)
			take_if_other(
				l, snapshot_node(l->s,
					   c.number * CHUNK_NODES +
						   __builtin_ctzll(c.peers)));
	}
	l->v->held->only_ipv6 = l->v->node->only_ipv6;
}

/* What may be seen now and is not held. */
static void
take_new(struct lists *l)
{
	for (size_t i = 0; i < l->s->chunk_count; i++) {
		const struct snap_chunk *c = l->s->chunks[i];
		uint64_t new = snap_sees(l->s, l->v->node, c->number) &
			       ~map_held_chunk(l->v->held, c->number);

		for (; new; new &= new - 1) {
			const struct snap_node *n = c->at[__builtin_ctzll(new)];

			if (!n->unannounced)
				add_whole(l, n, true);
		}
	}
}

static void
take_changed(struct lists *l, const struct snap_changed *c)
{
	for (size_t i = 0; i < c->nodes.count; i++) {
		const struct snap_node *n = snapshot_node(l->s, c->nodes.at[i]);
		bool held = n && map_held_has(l->v->held, n->id);

		if (!n || n == l->v->node)
			continue;
		if (!held && snap_sees_node(l->s, l->v->node, n))
			add_whole(l, n, true);
		else if (held && n->changed[ASPECT_WHOLE] > l->from)
			add_whole(l, n, n->owned_gen > l->from);
		else if (held)
			snap_ids_add(&l->list[LIST_PATCH], n->id);
	}
}

static void
take_users(struct lists *l, const struct snap_changed *c)
{
	struct snap_ids *told = &l->list[LIST_USERS];

	for (size_t i = 0; i < c->users.count; i++) {
		int64_t id = c->users.at[i];

		if (!snap_ids_have(told, id) &&
			(id == l->v->node->user_id ||
				holds_any_of(l, id, NULL)))
			snap_ids_add(told, id);
	}
	snap_ids_sort(told);
}

/* Peers that are held, and whose routes this viewer gets otherwise now. */
static void
take_rerouted(struct lists *l)
{
	struct map_held *held = l->v->held;
	const struct snap_node *n;

	for (size_t i = held->record_count; i-- > 0;) {
		n = snapshot_node(l->s, held->records[i].id);
		if (n && !n->special)
			take_if_other(l, n);
	}
	if (l->v->node->only_ipv6 || held->only_ipv6) {
		take_all_if_other(l);
		return;
	}
	TAILQ_FOREACH (n, &l->s->specials, specials)
		take_if_other(l, n);
}

/* Who is told whole needs no patch, and one id in both has no order for a
 * client (spec/map-and-state.md 1.4).  Both lists are sorted. */
static void
drop_needless_patches(struct lists *l)
{
	const struct snap_ids *whole = &l->list[LIST_WHOLE];
	struct snap_ids *patch = &l->list[LIST_PATCH];
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < patch->count; i++) {
		while (at < whole->count && whole->at[at] < patch->at[i])
			at++;
		if (at == whole->count || whole->at[at] != patch->at[i])
			patch->at[kept++] = patch->at[i];
	}
	patch->count = kept;
}

static bool
may_have_new(const struct lists *l)
{
	return l->v->node->changed[ASPECT_PEERS] > l->from;
}

static bool
may_be_rerouted(const struct lists *l)
{
	return l->v->node->changed[ASPECT_ROUTES] > l->from;
}

/* Whether anything is owed. */
static bool
fill(struct lists *l)
{
	const struct snap_changed *c = changed_since(l->s, l->from);
	size_t all = 0;

	for (size_t i = 0; i < LISTS; i++)
		l->list[i].count = 0;
	if (l->s->peers_gen > l->from || may_have_new(l))
		take_gone(l);
	take_changed(l, c);
	if (may_have_new(l)) {
		take_new(l);
		snap_ids_sort(&l->list[LIST_WHOLE]);
	}
	if (may_be_rerouted(l)) {
		take_rerouted(l);
		snap_ids_sort(&l->list[LIST_WHOLE]);
		drop_needless_patches(l);
	}
	take_users(l, c);
	for (size_t i = 0; i < LISTS; i++)
		all += l->list[i].count;
	return all > 0;
}

/* ---- the message ---- */

static void
put_item(struct lists *l, struct buf *out, enum list list, int64_t id)
{
	const struct snap_node *n = snapshot_node(l->s, id);

	switch (list) {
	case LIST_USERS:
		mapjson_profile(l->s, out, id);
		break;
	case LIST_WHOLE:
		mapjson_put_peer(l->s, out, l->v->node, n);
		break;
	case LIST_PATCH:
		mapjson_patch(out, n, l->from);
		break;
	default:
		buf_putf(out, "%" PRId64, id);
	}
}

static void
put_lists(struct lists *l, struct buf *out)
{
	static const char *const name[LISTS] = { "UserProfiles", "PeersChanged",
		"PeersRemoved", "PeersChangedPatch" };
	const char *before = "{";

	for (size_t i = 0; i < LISTS; i++) {
		const struct snap_ids *ids = &l->list[i];

		if (!ids->count)
			continue;
		buf_puts(out, before);
		buf_putf(out, "\"%s\":[", name[i]);
		for (size_t k = 0; k < ids->count; k++) {
			if (k)
				buf_puts(out, ",");
			put_item(l, out, (enum list)i, ids->at[k]);
		}
		buf_puts(out, "]");
		before = ",";
	}
	/* What the first map said already; clients take it for a reason to
	 * build the whole netmap anew (spec/map-and-state.md 1.5). */
	buf_puts(out, l->v->rebuild ? ",\"CollectServices\":false}" : "}");
}

static struct blob *
made(struct lists *l)
{
	struct arena *mem = arena_new();
	struct blob *b;
	struct buf json;

	buf_init(&json, mem, MESSAGE_MAX);
	put_lists(l, &json);
	b = mapframe_message(mem, &json, l->v->plain);
	arena_free(mem);
	return b;
}

/* ---- what is kept of them ---- */

static void
make_key(struct lists *l)
{
	struct snap_ids *key = &l->s->delta_key;

	key->count = 0;
	snap_ids_add(key, (int64_t)l->from);
	snap_ids_add(key, l->v->plain | l->v->rebuild << 1);
	for (size_t i = 0; i < LISTS; i++) {
		snap_ids_add(key, (int64_t)l->list[i].count);
		for (size_t k = 0; k < l->list[i].count; k++)
			snap_ids_add(key, l->list[i].at[k]);
	}
	for (size_t k = 0; k < l->list[LIST_WHOLE].count; k++)
		snap_ids_add(key, (int64_t)map_held_record_of(l->v->held,
					  l->list[LIST_WHOLE].at[k]));
}

static struct snap_delta *
kept(struct snapshot *s)
{
	const struct snap_ids *key = &s->delta_key;

	for (size_t i = 0; i < DELTA_CACHE; i++) {
		struct snap_delta *d = &s->deltas[i];

		if (d->to == s->gen && snap_ids_equal(&d->key, key))
			return d;
	}
	return NULL;
}

static struct snap_delta *
keep(struct snapshot *s, struct blob *message)
{
	struct snap_delta *d = &s->deltas[s->delta_next++ % DELTA_CACHE];

	blob_drop(d->message);
	d->message = message;
	d->to = s->gen;
	snap_ids_copy(&d->key, &s->delta_key);
	return d;
}

struct blob *
mapdelta(struct snapshot *s, const struct map_viewer *v, uint64_t from)
{
	struct lists l = { s, v, from, s->lists };
	struct snap_delta *d;

	_Static_assert((int)LISTS == (int)DELTA_LISTS, "of the snapshot");
	if (!fill(&l))
		return NULL;
	make_key(&l);
	d = kept(s);
	if (!d)
		d = keep(s, made(&l));
	return blob_ref(d->message);
}

void
mapdelta_forget(struct snapshot *s)
{
	for (size_t i = 0; i < DELTA_CACHE; i++) {
		blob_drop(s->deltas[i].message);
		free(s->deltas[i].key.at);
		s->deltas[i] = (struct snap_delta){ 0 };
	}
	for (size_t i = 0; i < DELTA_LISTS; i++)
		free(s->lists[i].at);
	memset(s->lists, 0, sizeof(s->lists));
	free(s->delta_key.at);
	free(s->changed.nodes.at);
	free(s->changed.users.at);
	s->delta_key = (struct snap_ids){ 0 };
	s->changed = (struct snap_changed){ 0 };
}
