#include "tailnet/mapresp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "proto/zframe.h"
#include "tailnet/mapchunk.h"
#include "tailnet/mapframe.h"
#include "tailnet/mapjson.h"

enum {
	MESSAGE_MAX = 64 * 1024 * 1024,
};

static struct blob *
profiles_frame(struct snapshot *s, struct arena *mem)
{
	struct buf b;

	if (!s->profiles) {
		buf_init(&b, mem, MESSAGE_MAX);
		mapjson_profiles(s, &b, 0);
		s->profiles = mapframe_of((struct bytes){ b.bytes, b.len });
	}
	return blob_ref(s->profiles);
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
	add_part(p, profiles_frame(s, mem));
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
	mapjson_profiles(s, &b, 0);
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
		mapchunk_patches(&b, s->chunks[i], v->node, &any);
	buf_puts(&b, "]}");
	return any ? mapframe_message(mem, &b, false) : NULL;
}

void
mapresp_full(struct snapshot *s, const struct map_viewer *v, int64_t now,
	map_part *put, void *arg)
{
	struct arena *mem = arena_new();
	struct parts p = { 0 };
	struct blob *newer;
	struct buf length;

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

/* Nodes that changed since `from`, without the viewer. */
struct changed {
	struct snap_node **at;
	size_t count;
};

static int
by_id(const void *a, const void *b)
{
	const struct snap_node *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static struct changed
changed_since(struct snapshot *s, uint64_t from, const struct snap_node *but,
	struct arena *mem)
{
	struct changed c = { 0 };
	struct snap_node *n;
	size_t count = 0;

	TAILQ_FOREACH (n, &s->recent, recent) {
		if (n->gen <= from)
			break;
		count++;
	}
	c.at = arena_array(mem, count + 1, sizeof(struct snap_node *));
	TAILQ_FOREACH (n, &s->recent, recent) {
		if (n->gen <= from)
			break;
		if (n != but && !n->hidden)
			c.at[c.count++] = n;
	}
	qsort(c.at, c.count, sizeof(struct snap_node *), by_id);
	return c;
}

static bool
is_whole(const struct snap_node *n, uint64_t from)
{
	return n->changed[ASPECT_WHOLE] > from;
}

/* `"NAME":[` before the first, `,` before the others, `]` after the last. */
struct list {
	struct buf *out;
	const char *name;
	bool begun;
	bool *member; /* whether the message has a member already */
};

static void
list_next(struct list *l)
{
	if (l->begun) {
		buf_puts(l->out, ",");
		return;
	}
	buf_puts(l->out, *l->member ? ",\"" : "{\"");
	buf_puts(l->out, l->name);
	buf_puts(l->out, "\":[");
	l->begun = *l->member = true;
}

static void
list_end(struct list *l)
{
	if (l->begun)
		buf_puts(l->out, "]");
}

/* Shut out and let in again: the list of the changed has it. */
static bool
is_back(struct snapshot *s, int64_t id)
{
	const struct snap_node *n = snapshot_node(s, id);

	return n && !n->hidden;
}

static void
put_removed(struct snapshot *s, struct list *l, uint64_t from)
{
	for (size_t i = 0; i < s->removed_count; i++) {
		const struct snap_removed *r =
			&s->removed[(s->removed_next + REMOVED_MAX - 1 - i) %
				    REMOVED_MAX];

		if (r->gen <= from)
			break;
		if (is_back(s, r->id))
			continue;
		list_next(l);
		buf_putf(l->out, "%" PRId64, r->id);
	}
}

static bool
delta_json(struct snapshot *s, struct buf *out, const struct changed *c,
	uint64_t from)
{
	bool any = false;
	struct list users = { out, "UserProfiles", false, &any };
	struct list whole = { out, "PeersChanged", false, &any };
	struct list gone = { out, "PeersRemoved", false, &any };
	struct list patch = { out, "PeersChangedPatch", false, &any };

	if (s->commons[COMMON_USERS] > from && mapjson_has_profiles(s, from)) {
		list_next(&users);
		mapjson_profiles(s, out, from);
		list_end(&users);
	}
	for (size_t i = 0; i < c->count; i++)
		if (is_whole(c->at[i], from)) {
			list_next(&whole);
			mapjson_put_peer(s, out, c->at[i]);
		}
	list_end(&whole);
	put_removed(s, &gone, from);
	list_end(&gone);
	for (size_t i = 0; i < c->count; i++)
		if (!is_whole(c->at[i], from)) {
			list_next(&patch);
			mapjson_patch(out, c->at[i], from);
		}
	list_end(&patch);
	if (any)
		buf_puts(out, "}");
	return any;
}

/* Says again what the first map said; clients take it for a reason to build the
 * whole netmap anew (spec/map-and-state.md 1.5). */
static void
force_rebuild(struct buf *json)
{
	json->len--; /* the last brace */
	buf_puts(json, ",\"CollectServices\":false}");
}

bool
mapresp_is_soft(const struct snapshot *s, uint64_t from)
{
	static const enum aspect hard[] = { ASPECT_WHOLE, ASPECT_KEY,
		ASPECT_DISCO, ASPECT_EXPIRY };
	const struct snap_node *n;

	if (s->commons[COMMON_USERS] > from ||
		(s->removed_count &&
			s->removed[(s->removed_next + REMOVED_MAX - 1) %
				   REMOVED_MAX]
					.gen > from))
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

static struct blob *
delta_made(struct snapshot *s, const struct map_viewer *v, uint64_t from,
	const struct snap_node *but)
{
	struct arena *mem = arena_new();
	struct changed c = changed_since(s, from, but, mem);
	struct blob *made = NULL;
	struct buf b;

	buf_init(&b, mem, MESSAGE_MAX);
	if (delta_json(s, &b, &c, from)) {
		if (v->rebuild)
			force_rebuild(&b);
		made = mapframe_message(mem, &b, v->plain);
	}
	arena_free(mem);
	return made;
}

static struct snap_delta *
cached(struct snapshot *s, uint64_t from)
{
	for (size_t i = 0; i < DELTA_CACHE; i++)
		if (s->deltas[i].to == s->gen && s->deltas[i].from == from)
			return &s->deltas[i];
	return NULL;
}

struct blob *
mapresp_delta(struct snapshot *s, const struct map_viewer *v, uint64_t from)
{
	struct snap_delta *d;

	if (v->plain || v->rebuild || v->node->gen > from)
		return delta_made(s, v, from, v->node);
	d = cached(s, from);
	if (!d) {
		d = &s->deltas[s->delta_next++ % DELTA_CACHE];
		blob_drop(d->message);
		d->from = from;
		d->to = s->gen;
		d->message = delta_made(s, v, from, NULL);
	}
	return d->message ? blob_ref(d->message) : NULL;
}

struct blob *
mapresp_self(struct snapshot *s, const struct map_viewer *v, uint64_t from,
	int64_t now)
{
	struct arena *mem;
	struct blob *made;
	struct buf b;

	if (!mapjson_has_self_changes(s, v, from))
		return NULL;
	mem = arena_new();
	buf_init(&b, mem, MESSAGE_MAX);
	mapjson_self_changes(s, &b, v, from, now);
	made = mapframe_message(mem, &b, v->plain);
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
