#include "tailnet/mapchunk.h"

#include <stddef.h>
#include <string.h>

#include "tailnet/mapframe.h"
#include "tailnet/mapjson.h"
#include "tailnet/snapedit.h"

enum {
	PEER_TYPICAL = 1024, /* bytes of JSON; more only costs a copy */
	PEER_MAX = 256 * 1024,
	CACHE_LINE = 64,
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
		mapjson_put_peer(s, &b, n);
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

	if (i + 2 < CHUNK_NODES && (n = c->at[i + 2]))
		for (size_t at = 0; at < offsetof(struct snap_node, told);
			at += CACHE_LINE)
			__builtin_prefetch((const char *)n + at);
	if (i + 1 < CHUNK_NODES && (n = c->at[i + 1])) {
		__builtin_prefetch(n->name);
		__builtin_prefetch(n->ipv4);
		__builtin_prefetch(n->ipv6);
		__builtin_prefetch(n->host);
		__builtin_prefetch(n->endpoints);
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

/* Before and after the viewer, each peer still after its comma. */
static void
parts_without(const struct snap_chunk *c, const struct snap_node *viewer,
	struct bytes part[2])
{
	struct bytes all = { c->text->bytes, c->text->len };
	struct bytes own = holds(c, viewer)
				   ? kept(c, (size_t)viewer->id % CHUNK_NODES)
				   : (struct bytes){ all.at + all.len, 0 };
	const unsigned char *after = own.at + own.len;

	part[0] = (struct bytes){ all.at, (size_t)(own.at - all.at) };
	part[1] = (struct bytes){ after, (size_t)(all.at + all.len - after) };
}

/* Only for this viewer. */
static struct blob *
frame_without(const struct snap_chunk *c, const struct snap_node *viewer)
{
	struct bytes part[2];
	struct blob *json, *made;

	parts_without(c, viewer, part);
	json = blob_new(NULL, part[0].len + part[1].len);
	memcpy(json->bytes, part[0].at, part[0].len);
	memcpy(json->bytes + part[0].len, part[1].at, part[1].len);
	made = mapframe_of_peers(
		(struct bytes){ json->bytes + 1, json->len - 1 });
	blob_drop(json);
	return made;
}

static bool
is_usable(const struct snap_chunk *c, bool exact)
{
	size_t owed = (size_t)__builtin_popcountll(c->behind);

	if (!c->frame || !owed)
		return c->frame;
	return !exact && c->patched + owed <= PATCHES_MAX;
}

struct blob *
mapchunk_frame(struct snapshot *s, struct snap_chunk *c,
	const struct snap_node *viewer, bool exact)
{
	if (holds(c, viewer)) {
		if (c->count == 1)
			return NULL;
		renew(s, c);
		return frame_without(c, viewer);
	}
	if (!is_usable(c, exact)) {
		snap_frame_drop(c);
		renew(s, c);
		c->frame = mapframe_of_peers(
			(struct bytes){ c->text->bytes + 1, c->text->len - 1 });
		c->frame_gen = s->gen;
	}
	return blob_ref(c->frame);
}

/* A change that waits for its token is nobody's to know yet. */
static bool
is_told(const struct snap_node *n, uint64_t from)
{
	return n->changed[ASPECT_ENDPOINTS] > from ||
	       n->changed[ASPECT_DERP] > from ||
	       n->changed[ASPECT_ONLINE] > from;
}

void
mapchunk_patches(struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma)
{
	if (!c->behind || holds(c, viewer))
		return;
	for (size_t i = 0; i < CHUNK_NODES; i++) {
		if (!(c->behind >> i & 1) || !is_told(c->at[i], c->frame_gen))
			continue;
		if (*comma)
			buf_puts(out, ",");
		*comma = true;
		mapjson_patch(out, c->at[i], c->frame_gen);
		c->patched++;
	}
}

void
mapchunk_put(struct snapshot *s, struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma)
{
	struct bytes part[2];

	renew(s, c);
	parts_without(c, viewer, part);
	for (size_t i = 0; i < 2; i++) {
		size_t skip = part[i].len && !*comma;

		buf_put(out, part[i].at + skip, part[i].len - skip);
		*comma |= part[i].len > 0;
	}
}
