#include "tailnet/maprecord.h"

#include <string.h>

#include "base/json.h"
#include "policy/engine.h"

enum {
	RECORD_MAX = 1024 * 1024,
};

static void
put_texts(struct buf *out, const char *name, const struct json_texts *texts)
{
	buf_putf(out, ",\"%s\":", name);
	json_put_texts(out, texts);
}

static void
put_common(struct buf *out, const struct snap_node *n)
{
	buf_puts(out, ",\"Addresses\":[");
	if (n->ipv4) {
		buf_puts(out, "\"");
		buf_puts(out, n->ipv4);
		buf_puts(out, n->ipv6 ? "/32\"," : "/32\"");
	}
	if (n->ipv6) {
		buf_puts(out, "\"");
		buf_puts(out, n->ipv6);
		buf_puts(out, "/128\"");
	}
	buf_puts(out, "]");
}

static void
put_caps(struct buf *out, const struct snap_node *n)
{
	if (n->peer_caps && *n->peer_caps) {
		buf_puts(out, ",\"CapMap\":");
		buf_puts(out, n->peer_caps);
	}
}

static bool
equal(const struct json_texts *a, const struct json_texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}

/* A client on the server's host that sent the server's own network into the
 * tailnet would cut the server off, and with it itself. */
static void
keep_server(const struct snapshot *s, struct json_texts *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!own_net_overlap(&s->own_net, l->at[i]))
			l->at[kept++] = l->at[i];
	l->count = kept;
}

static void
put_special(struct snapshot *s, struct buf *out, const struct snap_node *viewer,
	const struct snap_node *n)
{
	struct engine_record r = { 0 };

	engine_record(s->engine, viewer->id, n->id, s->record_mem, &r);
	if (viewer != n && viewer->on_server) {
		keep_server(s, &r.allowed_ips);
		keep_server(s, &r.primary_routes);
	}
	put_texts(out, "Addresses", &r.addresses);
	if (!equal(&r.addresses, &r.allowed_ips))
		put_texts(out, "AllowedIPs", &r.allowed_ips);
	if (r.primary_routes.count)
		put_texts(out, "PrimaryRoutes", &r.primary_routes);
	arena_reset(s->record_mem);
}

static bool
is_common(const struct snap_node *viewer, const struct snap_node *n)
{
	return !viewer || n->hidden || (!n->special && !viewer->only_ipv6);
}

void
maprecord_put(struct snapshot *s, struct buf *out,
	const struct snap_node *viewer, const struct snap_node *n)
{
	if (is_common(viewer, n))
		put_common(out, n);
	else
		put_special(s, out, viewer, n);
	if (viewer != n)
		put_caps(out, n);
}

/* FNV-1a. */
static uint64_t
hash(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

static const uint64_t hash_start = UINT64_C(14695981039346656037);

uint64_t
maprecord_kind(struct snapshot *s, const struct snap_node *viewer,
	const struct snap_node *n)
{
	struct arena *mem;
	struct buf own, plain;
	uint64_t h = 0;

	if (is_common(viewer, n))
		return 0;
	mem = arena_new();
	buf_init(&own, mem, RECORD_MAX);
	buf_init(&plain, mem, RECORD_MAX);
	put_special(s, &own, viewer, n);
	put_common(&plain, n);
	if (own.len != plain.len ||
		memcmp(own.bytes, plain.bytes, own.len) != 0)
		h = hash(hash_start, own.bytes, own.len) | 1;
	arena_free(mem);
	return h;
}

uint64_t
maprecord_kinds(struct snapshot *s, const struct snap_node *viewer,
	const struct snap_chunk *c, uint64_t peers)
{
	uint64_t left = viewer->only_ipv6 ? peers : peers & c->special;
	uint64_t h = 0;

	for (; left; left &= left - 1) {
		const struct snap_node *n = c->at[__builtin_ctzll(left)];
		uint64_t one[2] = { (uint64_t)n->id,
			maprecord_kind(s, viewer, n) };

		if (one[1])
			h = hash(h ? h : hash_start, one, sizeof(one));
	}
	return h;
}
