#include "worker/relay/known.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/own.h"
#include "db/change.h"
#include "db/node.h"

struct entry {
	int64_t id, expires_at;
	bool unapproved;
	struct key key;
	UT_hash_handle by_id, by_key;
};

struct known {
	struct db *db;
	struct arena *mem;
	struct entry *by_id, *by_key;
	int64_t seq;
	int64_t now, looked_at; /* the last look, and the last that succeeded */
	bool loaded, settings_changed, key_changed, open;
};

struct known *
known_new(struct db *db)
{
	struct known *k = own_alloc(sizeof(*k));

	k->db = db;
	k->mem = arena_new();
	k->settings_changed = true;
	return k;
}

static void
drop(struct known *k, struct entry *e)
{
	HASH_DELETE(by_id, k->by_id, e);
	HASH_DELETE(by_key, k->by_key, e);
	free(e);
}

static void
drop_id(struct known *k, int64_t id)
{
	struct entry *e;

	HASH_FIND(by_id, k->by_id, &id, sizeof(id), e);
	if (e)
		drop(k, e);
}

static void
drop_all(struct known *k)
{
	struct entry *e, *next;

	HASH_ITER(by_id, k->by_id, e, next)
	drop(k, e);
}

static struct entry *
find(const struct known *k, const uint8_t *key)
{
	struct entry *e;

	HASH_FIND(by_key, k->by_key, key, KEY_SIZE, e);
	return e;
}

/* A key that moves from one row to another in one look may still stand under
 * the old row, whose own change comes later. */
static void
put(struct known *k, const struct node *n)
{
	struct entry *e = find(k, n->node_key.bytes);

	if (e)
		drop(k, e);
	drop_id(k, n->id);
	e = own_alloc(sizeof(*e));
	e->id = n->id;
	e->expires_at = n->expires_at;
	e->unapproved = n->unapproved;
	e->key = n->node_key;
	HASH_ADD(by_id, k->by_id, id, sizeof(e->id), e);
	HASH_ADD(by_key, k->by_key, key, sizeof(e->key), e);
}

void
known_free(struct known *k)
{
	if (!k)
		return;
	drop_all(k);
	arena_free(k->mem);
	free(k);
}

static enum err
load(struct known *k, int64_t seq)
{
	struct node *nodes;
	size_t count;
	enum err e = db_nodes(k->db, k->mem, &nodes, &count);

	if (e)
		return e;
	drop_all(k);
	for (size_t i = 0; i < count; i++)
		put(k, &nodes[i]);
	k->seq = seq;
	k->loaded = k->settings_changed = k->key_changed = true;
	return ERR_OK;
}

static enum err
apply(struct known *k, const struct change *c)
{
	struct node n;
	enum err e;

	if (c->kind == CHANGE_SETTING)
		k->settings_changed = true;
	if (c->kind == CHANGE_SERVER_KEY)
		k->key_changed = true;
	if (c->kind == CHANGE_NODE_GONE)
		drop_id(k, c->id);
	if (c->kind != CHANGE_NODE)
		return ERR_OK;
	e = db_node_by_id(k->db, c->id, k->mem, &n);
	if (e == ERR_NOT_FOUND) {
		drop_id(k, c->id);
		return ERR_OK;
	}
	if (!e)
		put(k, &n);
	return e;
}

static enum err
follow(struct known *k)
{
	struct change *changes;
	size_t count;
	enum err e = db_changes_after(
		k->db, k->seq, KNOWN_CHANGES_MAX, k->mem, &changes, &count);

	for (size_t i = 0; !e && i < count; i++) {
		e = apply(k, &changes[i]);
		if (!e)
			k->seq = changes[i].seq;
	}
	return e;
}

/* The log no longer reaches back to what was seen, another database lies in
 * its place, or there is too much to follow row by row. */
static bool
lost_track(const struct known *k, int64_t first, int64_t last)
{
	return !k->loaded || last < k->seq || first > k->seq + 1 ||
	       last - k->seq > KNOWN_CHANGES_MAX;
}

static enum err
catch_up(struct known *k)
{
	int64_t first, last;
	enum err e = db_change_last(k->db, &last);

	if (e || (k->loaded && last == k->seq))
		return e;
	e = db_change_first(k->db, &first);
	if (e)
		return e;
	return lost_track(k, first, last) ? load(k, last) : follow(k);
}

enum err
known_look(struct known *k, int64_t now)
{
	enum err e = db_read_begin(k->db);

	if (!e) {
		e = catch_up(k);
		db_read_end(k->db);
	}
	arena_reset(k->mem);
	k->now = now;
	if (!e)
		k->looked_at = now;
	return e;
}

bool
known_is_stale(const struct known *k)
{
	return !k->loaded || k->now - k->looked_at > KNOWN_STALE_SECONDS;
}

bool
known_settings_changed(struct known *k)
{
	bool changed = k->settings_changed;

	k->settings_changed = false;
	return changed;
}

bool
known_key_changed(struct known *k)
{
	bool changed = k->key_changed;

	k->key_changed = false;
	return changed;
}

void
known_set_open(struct known *k, bool open)
{
	k->open = open;
}

static bool
is_valid(const struct known *k, const struct entry *e)
{
	return e && node_is_admitted(e->expires_at, e->unapproved, k->now);
}

static bool
keeps(void *arg, const uint8_t key[32])
{
	const struct known *k = arg;

	return k->open || is_valid(k, find(k, key));
}

static int64_t
allows(void *arg, const uint8_t key[32])
{
	struct known *k = arg;
	struct entry *e;

	if (k->open)
		return ADMIT_ANY;
	e = find(k, key);
	/* It may have registered since the last look. */
	if (!is_valid(k, e) && !known_look(k, k->now))
		e = find(k, key);
	return is_valid(k, e) && !known_is_stale(k) ? e->id : 0;
}

struct admit
known_admit(struct known *k)
{
	return (struct admit){ allows, keeps, k };
}
