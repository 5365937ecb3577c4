/*
 * fake_map.c: map messages, and what a client keeps of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "tests/lib/fake_client.h"

enum {
	MESSAGE_MAX = 256 * 1024 * 1024,
};

static const struct json_limits wide = {
	.depth = 32, .tokens = 50000000, .string = 1024 * 1024
};

static void
copy(char *out, size_t size, const char *text)
{
	if (text)
		snprintf(out, size, "%s", text);
}

static const char *
first_of(const struct json_texts *texts)
{
	return texts->count ? texts->at[0] : "";
}

static enum err
decode(const char *text, const struct json_table *t, struct arena *mem,
	void *to)
{
	return json_decode_within(
		(struct bytes){ (const unsigned char *)text, strlen(text) },
		&wide, t, mem, to);
}

static enum err
take_node(const char *text, struct arena *mem, struct fake_peer *out)
{
	struct tailcfg_node n = { .id = 0 };
	enum err e = decode(text, &tailcfg_node_table, mem, &n);

	if (e)
		return e;
	*out = (struct fake_peer){ .id = n.id,
		.home_derp = n.home_derp,
		.cap = n.cap,
		.online = n.online,
		.machine_authorized = n.machine_authorized,
		.endpoints = n.endpoints.count,
		.allowed_ips = n.allowed_ips.at ? n.allowed_ips.count
						: n.addresses.count };
	copy(out->name, sizeof(out->name), n.name);
	copy(out->address, sizeof(out->address), first_of(&n.addresses));
	copy(out->key, sizeof(out->key), n.key);
	copy(out->disco_key, sizeof(out->disco_key), n.disco_key);
	copy(out->endpoint, sizeof(out->endpoint), first_of(&n.endpoints));
	copy(out->key_expiry, sizeof(out->key_expiry), n.key_expiry);
	copy(out->last_seen, sizeof(out->last_seen), n.last_seen);
	return ERR_OK;
}

const struct fake_peer *
fake_peer(const struct fake_client *c, int64_t id)
{
	for (size_t i = 0; i < c->peer_count; i++)
		if (c->peers[i].id == id)
			return &c->peers[i];
	return NULL;
}

const struct fake_peer *
fake_peer_named(const struct fake_client *c, const char *label)
{
	size_t len = strlen(label);

	for (size_t i = 0; i < c->peer_count; i++)
		if (!strncmp(c->peers[i].name, label, len) &&
			c->peers[i].name[len] == '.')
			return &c->peers[i];
	return NULL;
}

static struct fake_peer *
peer_slot(struct fake_client *c, int64_t id)
{
	struct fake_peer *p = (struct fake_peer *)fake_peer(c, id);

	if (p)
		return p;
	if (c->peer_count == c->peer_room) {
		c->peer_room = 2 * c->peer_room + 8;
		c->peers = realloc(c->peers, c->peer_room * sizeof(*p));
		if (!c->peers)
			abort();
	}
	return &c->peers[c->peer_count++];
}

static enum err
take_nodes(
	struct fake_client *c, const struct json_raws *nodes, struct arena *mem)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct fake_peer p;
		enum err e = take_node(nodes->at[i], mem, &p);

		if (e)
			return e;
		*peer_slot(c, p.id) = p;
	}
	return ERR_OK;
}

static void
remove_peers(struct fake_client *c, const struct json_ints *ids)
{
	for (size_t i = 0; i < ids->count; i++) {
		struct fake_peer *p =
			(struct fake_peer *)fake_peer(c, ids->at[i]);

		if (p)
			*p = c->peers[--c->peer_count];
	}
}

static void
patch(struct fake_client *c, const struct tailcfg_peer_change *change)
{
	struct fake_peer *p = (struct fake_peer *)fake_peer(c, change->node_id);

	if (!p) {
		c->counts.unknown++;
		return;
	}
	if (change->derp_region)
		p->home_derp = change->derp_region;
	if (change->cap)
		p->cap = change->cap;
	if (change->online != OPT_UNSET)
		p->online = change->online;
	if (change->endpoints.at) {
		p->endpoints = change->endpoints.count;
		copy(p->endpoint, sizeof(p->endpoint),
			first_of(&change->endpoints));
	}
	copy(p->key, sizeof(p->key), change->key);
	copy(p->disco_key, sizeof(p->disco_key), change->disco_key);
	copy(p->key_expiry, sizeof(p->key_expiry), change->key_expiry);
	copy(p->last_seen, sizeof(p->last_seen), change->last_seen);
}

/* What a message does not say stays. */
static void
keep_text(char **to, const struct json_raw *from)
{
	if (!from->text)
		return;
	free(*to);
	*to = strdup(from->text);
	if (!*to)
		abort();
}

/* In the order in which clients do it. */
static enum err
apply(struct fake_client *c, const struct tailcfg_map_response *r,
	struct arena *mem)
{
	const struct tailcfg_peer_change *changes = r->peers_changed_patch.at;
	enum err e = ERR_OK;

	if (r->peers.count > 0) {
		c->peer_count = 0;
		e = take_nodes(c, &r->peers, mem);
	} else {
		remove_peers(c, &r->peers_removed);
		e = take_nodes(c, &r->peers_changed, mem);
		for (size_t i = 0; i < r->peers_changed_patch.count; i++)
			patch(c, &changes[i]);
	}
	c->counts.removed += r->peers_removed.count;
	c->counts.changed += r->peers_changed.count;
	c->counts.patches += r->peers_changed_patch.count;
	if (!e && r->node.text) {
		e = take_node(r->node.text, mem, &c->self);
		c->has_map = true;
	}
	copy(c->domain, sizeof(c->domain), r->domain);
	keep_text(&c->dns_config, &r->dns_config);
	keep_text(&c->derp_map, &r->derp_map);
	/* A client ends the poll when its first map lacks its own node. */
	return !e && !c->has_map ? ERR_BAD_INPUT : e;
}

void
fake_message_free(struct fake_message *m)
{
	if (!m)
		return;
	arena_free(m->mem);
	free(m);
}

static void
keep(struct fake_client *c, struct fake_message *m)
{
	if (!c->keep_messages) {
		fake_message_free(m);
		return;
	}
	*c->last = m;
	c->last = &m->next;
}

/* The plain size of one or more frames in a row; 0 if one does not tell. */
static size_t
plain_size(struct bytes frames)
{
	size_t sum = 0;

	while (frames.len > 0) {
		unsigned long long plain =
			ZSTD_getFrameContentSize(frames.at, frames.len);
		size_t len =
			ZSTD_findFrameCompressedSize(frames.at, frames.len);

		if (ZSTD_isError(len) || plain > MESSAGE_MAX - sum)
			return 0;
		sum += (size_t)plain;
		frames.at += len;
		frames.len -= len;
	}
	return sum;
}

static enum err
only_count(struct fake_client *c, size_t framed, size_t plain)
{
	c->counts.messages++;
	c->counts.framed_bytes += framed;
	c->counts.plain_bytes += plain;
	c->has_map = true;
	return ERR_OK;
}

enum err
fake_map_take(struct fake_client *c, struct bytes frames)
{
	size_t size = plain_size(frames);
	struct fake_message *m;
	enum err e;

	if (!size)
		return ERR_BAD_INPUT;
	if (c->blind)
		return only_count(c, 4 + frames.len, size);
	m = calloc(1, sizeof(*m));
	if (!m)
		abort();
	m->mem = arena_new();
	m->text = arena_alloc(m->mem, size + 1);
	e = ZSTD_decompress(m->text, size, frames.at, frames.len) == size
		    ? decode(m->text, &tailcfg_map_response_table, m->mem,
			      &m->response)
		    : ERR_BAD_INPUT;
	c->counts.messages++;
	c->counts.framed_bytes += 4 + frames.len;
	c->counts.plain_bytes += size;
	c->counts.keep_alives += m->response.keep_alive;
	if (!e && !m->response.keep_alive)
		e = apply(c, &m->response, m->mem);
	keep(c, m);
	return e;
}
