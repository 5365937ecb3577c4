#include "tailnet/mapchunk.h"

#include <stddef.h>
#include <string.h>

#include "base/fetch.h"
#include "tailnet/mapframe.h"
#include "tailnet/mapjson.h"
#include "tailnet/maprecord.h"
#include "tailnet/snapedit.h"
#include "tailnet/snapsee.h"

enum {
	PEER_TYPICAL = 1024, /* bytes of JSON; more only costs a copy */
	PEER_MAX = 256 * 1024,
	PATCHES_MAX = 32, /* so many cost about what a new frame does */
};

_Static_assert(CHUNK_NODES <= 64, "a bit each in snap_chunk.stale");

static struct bytes
encoded(struct snapshot *s, const struct snap_node *n)
{
	struct buf b;

	buf_init(&b, s->scratch, PEER_MAX);
	if (n) {
		buf_reserve(&b, PEER_TYPICAL);
		buf_puts(&b, ",");
		mapjson_put_common(s, &b, n);
	}
	return (struct bytes){ b.bytes, b.len };
}

/* The text of one peer, after its comma; empty if there is none. */
static struct bytes
kept(const struct snap_chunk *c, size_t i)
{
	size_t from = i ? c->end[i - 1] : 0;

	return (struct bytes){ c->text->bytes + from, c->end[i] - from };
}

/* Nodes and their texts lie anywhere: what the next ones need is fetched while
 * this one is encoded. */
static void
fetch_ahead(const struct snap_chunk *c, size_t i)
{
	const struct snap_node *n;

	if (i + 2 < CHUNK_NODES)
		fetch(c->at[i + 2], offsetof(struct snap_node, told));
	if (i + 1 < CHUNK_NODES && (n = c->at[i + 1])) {
		fetch(n->name, 1);
		fetch(n->ipv4, 1);
		fetch(n->ipv6, 1);
		fetch(n->host, 1);
		fetch(n->endpoints, 1);
	}
}

/* Those that are stale; whether each is as long as what it stands for. */
static bool
encode_stale(struct snapshot *s, struct snap_chunk *c,
	struct bytes text[CHUNK_NODES])
{
	bool fits = c->text;

	for (size_t i = 0; i < CHUNK_NODES; i++) {
		if (c->text && !(c->stale >> i & 1))
			continue;
		fetch_ahead(c, i);
		text[i] = encoded(s, c->at[i]);
		fits = fits && text[i].len == kept(c, i).len;
	}
	return fits;
}

static void
overwrite(struct snap_chunk *c, const struct bytes text[CHUNK_NODES])
{
	for (size_t i = 0; i < CHUNK_NODES; i++)
		if (c->stale >> i & 1 && text[i].len)
			memcpy(c->text->bytes + c->end[i] - text[i].len,
				text[i].at, text[i].len);
}

static void
put_together(struct snap_chunk *c, struct bytes text[CHUNK_NODES])
{
	struct blob *all;
	size_t len = 0;

	for (size_t i = 0; i < CHUNK_NODES; i++) {
		if (c->text && !(c->stale >> i & 1))
			text[i] = kept(c, i);
		len += text[i].len;
	}
	all = blob_new(NULL, len);
	len = 0;
	for (size_t i = 0; i < CHUNK_NODES; i++) {
		if (text[i].len)
			memcpy(all->bytes + len, text[i].at, text[i].len);
		len += text[i].len;
		c->end[i] = (uint32_t)len;
	}
	blob_drop(c->text);
	c->text = all;
}

static void
renew(struct snapshot *s, struct snap_chunk *c)
{
	struct bytes text[CHUNK_NODES];

	if (!c->stale)
		return;
	if (encode_stale(s, c, text))
		overwrite(c, text);
	else
		put_together(c, text);
	arena_reset(s->scratch);
	c->stale = 0;
}

static bool
holds(const struct snap_chunk *c, const struct snap_node *viewer)
{
	return c->at[viewer->id % CHUNK_NODES] == viewer;
}

/* What a viewer gets of the chunk. */
struct sight {
	const struct snap_node *viewer;
	uint64_t peers, records;
};

static struct sight
sight(struct snapshot *s, const struct snap_chunk *c,
	const struct snap_node *viewer)
{
	uint64_t peers = snap_sees(s, viewer, c->number);

	return (struct sight){ viewer, peers,
		maprecord_kinds(s, viewer, c, peers) };
}

/* The peer as this viewer gets it, after its comma. */
static void
put_one(struct snapshot *s, struct buf *out, const struct snap_chunk *c,
	const struct sight *v, size_t i)
{
	struct bytes text = kept(c, i);

	if (v->records && maprecord_kind(s, v->viewer, c->at[i])) {
		buf_puts(out, ",");
		mapjson_put_peer(s, out, v->viewer, c->at[i]);
	} else {
		buf_put(out, text.at, text.len);
	}
}

/* Those that are seen, side by side, each after its comma; in s->scratch unless
 * it is all of them. */
static struct bytes
seen_text(struct snapshot *s, const struct snap_chunk *c, const struct sight *v)
{
	struct buf b;

	if (v->peers == c->there && !v->records)
		return (struct bytes){ c->text->bytes, c->text->len };
	buf_init(&b, s->scratch, CHUNK_NODES * PEER_MAX);
	buf_reserve(&b, c->text->len + 1);
	for (uint64_t left = v->peers; left; left &= left - 1)
		put_one(s, &b, c, v, (size_t)__builtin_ctzll(left));
	return (struct bytes){ b.bytes, b.len };
}

static struct blob *
compressed(struct snapshot *s, struct snap_chunk *c, const struct sight *v)
{
	struct bytes text;
	struct blob *made;

	renew(s, c);
	text = seen_text(s, c, v);
	made = mapframe_of_peers((struct bytes){ text.at + 1, text.len - 1 });
	arena_reset(s->scratch);
	return made;
}

static struct snap_frame *
frame_for(struct snap_chunk *c, const struct sight *v)
{
	for (size_t i = 0; i < CHUNK_FRAMES; i++) {
		struct snap_frame *f = &c->frames[i];

		if (f->blob && f->peers == v->peers && f->records == v->records)
			return f;
	}
	return NULL;
}

static bool
is_usable(const struct snap_frame *f, bool exact)
{
	size_t owed = (size_t)__builtin_popcountll(f->behind);

	if (!owed)
		return true;
	return !exact && f->patched + owed <= PATCHES_MAX;
}

/* In its own place, if it had one, else in that of the oldest. */
static struct snap_frame *
frame_make(struct snapshot *s, struct snap_chunk *c, struct snap_frame *f,
	const struct sight *v)
{
	if (!f)
		f = &c->frames[c->next_frame++ % CHUNK_FRAMES];
	snap_frame_drop(f);
	*f = (struct snap_frame){ .peers = v->peers,
		.records = v->records,
		.blob = compressed(s, c, v),
		.gen = s->gen };
	return f;
}

struct blob *
mapchunk_frame(struct snapshot *s, struct snap_chunk *c,
	const struct snap_node *viewer, bool exact)
{
	struct sight v = sight(s, c, viewer);
	struct snap_frame *f;

	if (!v.peers)
		return NULL;
	if (holds(c, viewer)) /* nobody else sees the same */
		return compressed(s, c, &v);
	f = frame_for(c, &v);
	if (!f || !is_usable(f, exact))
		f = frame_make(s, c, f, &v);
	return blob_ref(f->blob);
}

/* A change that waits for its token is nobody's to know yet. */
static bool
is_told(const struct snap_node *n, uint64_t from)
{
	return n->changed[ASPECT_ENDPOINTS] > from ||
	       n->changed[ASPECT_DERP] > from ||
	       n->changed[ASPECT_ONLINE] > from;
}

static bool
is_behind(const struct snap_chunk *c)
{
	uint64_t behind = 0;

	for (size_t i = 0; i < CHUNK_FRAMES; i++)
		behind |= c->frames[i].behind;
	return behind;
}

void
mapchunk_patches(struct snapshot *s, struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma)
{
	struct snap_frame *f;
	struct sight v;

	if (!is_behind(c) || holds(c, viewer))
		return;
	v = sight(s, c, viewer);
	f = frame_for(c, &v);
	for (uint64_t left = f ? f->behind : 0; left; left &= left - 1) {
		const struct snap_node *n = c->at[__builtin_ctzll(left)];

		if (!is_told(n, f->gen))
			continue;
		if (*comma)
			buf_puts(out, ",");
		*comma = true;
		mapjson_patch(out, n, f->gen);
		f->patched++;
	}
}

void
mapchunk_put(struct snapshot *s, struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma)
{
	struct sight v = sight(s, c, viewer);
	struct bytes text;
	size_t skip;

	if (!v.peers)
		return;
	renew(s, c);
	text = seen_text(s, c, &v);
	skip = !*comma;
	buf_put(out, text.at + skip, text.len - skip);
	*comma = true;
	arena_reset(s->scratch);
}
