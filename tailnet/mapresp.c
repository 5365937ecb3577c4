#include "tailnet/mapresp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "proto/zframe.h"
#include "tailnet/mapchunk.h"
#include "tailnet/mapdelta.h"
#include "tailnet/mapframe.h"
#include "tailnet/mapjson.h"
#include "tailnet/maprecord.h"
#include "tailnet/mapshared.h"
#include "tailnet/snapsee.h"

enum {
	MESSAGE_MAX = 64 * 1024 * 1024,
};

/* Owners of what the viewer sees, by id; 0 for the tagged ones, always: other
 * texts name it. */
static void
seen_owners(
	struct snapshot *s, const struct map_viewer *v, struct snap_ids *out)
{
	struct snap_user *u, *next;

	out->count = 0;
	snap_ids_add(out, 0);
	HASH_ITER(hh, s->users, u, next)
	if (snap_sees_any_of(s, v->node, &u->owned))
		snap_ids_add(out, u->id);
	snap_ids_sort(out);
}

/* Viewers that see nodes of the same people share it. */
static struct blob *
profiles_frame(
	struct snapshot *s, const struct map_viewer *v, struct arena *mem)
{
	struct snap_ids *users = &s->delta_key;
	struct snap_profiles *p;
	struct buf b;

	seen_owners(s, v, users);
	for (size_t i = 0; i < PROFILES_CACHE; i++)
		if (s->profiles[i].frame &&
			snap_ids_equal(&s->profiles[i].users, users))
			return blob_ref(s->profiles[i].frame);
	p = &s->profiles[s->next_profiles++ % PROFILES_CACHE];
	blob_drop(p->frame);
	snap_ids_copy(&p->users, users);
	buf_init(&b, mem, MESSAGE_MAX);
	mapjson_profiles(s, &b, users);
	p->frame = mapframe_of((struct bytes){ b.bytes, b.len });
	return blob_ref(p->frame);
}

/* The parts are counted first: their length stands before them. */
struct parts {
	struct blob **at;
	size_t count, room, len;
};

static void
add_part(struct parts *p, struct blob *b)
{
	if (p->count == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->at = own_grow(p->at, p->room, sizeof(struct blob *));
	}
	p->at[p->count++] = b;
	p->len += b->len;
}

static struct blob *between, *before_peers, *after_peers;

static void
add_peers(struct snapshot *s, const struct map_viewer *v, struct parts *p)
{
	bool comma = false;

	for (size_t i = 0; i < s->chunk_count; i++) {
		struct blob *b =
			mapchunk_frame(s, s->chunks[i], v->node, v->exact);

		if (!b)
			continue;
		if (comma)
			add_part(p, blob_ref(between));
		comma = true;
		add_part(p, b);
	}
}

static void
full_frames(struct snapshot *s, const struct map_viewer *v, int64_t now,
	struct arena *mem, struct parts *p)
{
	struct buf head;

	if (!between) {
		between = mapframe_stored(",");
		before_peers = mapframe_stored("],\"Peers\":[");
		after_peers = mapframe_stored("]}");
	}
	buf_init(&head, mem, MESSAGE_MAX);
	mapjson_head(s, &head, v, now);
	add_part(p, mapframe_of((struct bytes){ head.bytes, head.len }));
	add_part(p, profiles_frame(s, v, mem));
	add_part(p, blob_ref(before_peers));
	add_peers(s, v, p);
	add_part(p, blob_ref(after_peers));
}

/* Only tools ask without zstd; they get it all made for them. */
static struct blob *
full_plain(struct snapshot *s, const struct map_viewer *v, int64_t now,
	struct arena *mem)
{
	bool comma = false;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	mapjson_head(s, &b, v, now);
	seen_owners(s, v, &s->delta_key);
	mapjson_profiles(s, &b, &s->delta_key);
	buf_puts(&b, "],\"Peers\":[");
	for (size_t i = 0; i < s->chunk_count; i++)
		mapchunk_put(s, &b, s->chunks[i], v->node, &comma);
	buf_puts(&b, "]}");
	return mapframe_message(mem, &b, true);
}

/* Of the peers that their frames show as they were; NULL: they are not behind.
 */
static struct blob *
patches(struct snapshot *s, const struct map_viewer *v, struct arena *mem)
{
	bool any = false;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	buf_puts(&b, "{\"PeersChangedPatch\":[");
	for (size_t i = 0; i < s->chunk_count; i++)
		mapchunk_patches(s, &b, s->chunks[i], v->node, &any);
	buf_puts(&b, "]}");
	return any ? mapframe_message(mem, &b, false) : NULL;
}

static void
hold_chunk(struct snapshot *s, const struct map_viewer *v,
	const struct snap_chunk *c)
{
	uint64_t peers = snap_sees(s, v->node, c->number);
	uint64_t others = v->node->only_ipv6 ? peers : peers & c->special;

	map_held_set_chunk(v->held, c->number, peers);
	for (; others; others &= others - 1) {
		const struct snap_node *n = c->at[__builtin_ctzll(others)];

		map_held_record(v->held, n->id, maprecord_kind(s, v->node, n));
	}
}

static void
hold_all(struct snapshot *s, const struct map_viewer *v)
{
	if (!v->held)
		return;
	map_held_clear(v->held);
	v->held->only_ipv6 = v->node->only_ipv6;
	for (size_t i = 0; i < s->chunk_count; i++)
		hold_chunk(s, v, s->chunks[i]);
}

void
mapresp_full(struct snapshot *s, const struct map_viewer *v, int64_t now,
	map_part *put, void *arg)
{
	struct arena *mem = arena_new();
	struct parts p = { 0 };
	struct blob *newer;
	struct buf length;

	hold_all(s, v);
	if (v->plain) {
		put(arg, full_plain(s, v, now, mem));
		arena_free(mem);
		return;
	}
	full_frames(s, v, now, mem, &p);
	buf_init(&length, mem, ZFRAME_LENGTH_SIZE);
	zframe_put_length(&length, (uint32_t)p.len);
	put(arg, blob_new(length.bytes, length.len));
	for (size_t i = 0; i < p.count; i++)
		put(arg, p.at[i]);
	free(p.at);
	newer = patches(s, v, mem);
	if (newer)
		put(arg, newer);
	arena_free(mem);
}

bool
mapresp_too_old(const struct snapshot *s, uint64_t from)
{
	return from < s->forgotten;
}

bool
mapresp_is_soft(const struct snapshot *s, uint64_t from)
{
	static const enum aspect hard[] = { ASPECT_WHOLE, ASPECT_KEY,
		ASPECT_DISCO, ASPECT_EXPIRY, ASPECT_CAPS };
	const struct snap_node *n;

	if (s->commons[COMMON_USERS] > from || s->peers_gen > from)
		return false;
	TAILQ_FOREACH (n, &s->recent, recent) {
		if (n->gen <= from)
			break;
		for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++)
			if (n->changed[hard[i]] > from)
				return false;
	}
	return true;
}

struct blob *
mapresp_delta(struct snapshot *s, const struct map_viewer *v, uint64_t from)
{
	return mapdelta(s, v, from);
}

struct blob *
mapresp_self(struct snapshot *s, const struct map_viewer *v, uint64_t from,
	int64_t now)
{
	struct blob *made = NULL;
	struct arena *mem;
	struct buf b;

	if (!mapjson_may_have_self_changes(s, v, from, now))
		return NULL;
	mem = arena_new();
	buf_init(&b, mem, MESSAGE_MAX);
	if (mapjson_self_changes(s, &b, v, from, now))
		made = mapshared(s, mem, &b, v->plain);
	arena_free(mem);
	return made;
}

struct blob *
mapresp_shut_out(struct snapshot *s, const struct map_viewer *v, int64_t now)
{
	struct arena *mem = arena_new();
	struct blob *made;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	mapjson_shut_out(s, &b, v, now);
	made = mapframe_message(mem, &b, v->plain);
	arena_free(mem);
	return made;
}

struct blob *
mapresp_farewell(struct snapshot *s, bool plain, int64_t node_id,
	const char *name, const struct key *node_key)
{
	struct arena *mem = arena_new();
	struct blob *made;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	mapjson_farewell(s, &b, node_id, name, node_key);
	made = mapframe_message(mem, &b, plain);
	arena_free(mem);
	return made;
}

struct blob *
mapresp_keepalive(bool plain)
{
	static struct blob *made[2];

	if (!made[plain]) {
		struct arena *mem = arena_new();
		struct buf b;

		buf_init(&b, mem, MESSAGE_MAX);
		buf_puts(&b, "{\"KeepAlive\":true}");
		made[plain] = mapframe_message(mem, &b, plain);
		arena_free(mem);
	}
	return blob_ref(made[plain]);
}
