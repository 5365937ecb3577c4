#include "tailnet/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "db/live.h"
#include "db/node.h"
#include "db/user.h"
#include "tailnet/derpmap.h"
#include "tailnet/hostview.h"

enum {
	CHANGES_AT_ONCE = 1000,
};

struct snapshot *
snapshot_new(const char *home)
{
	struct snapshot *s = own_alloc(sizeof(*s));

	s->home = home;
	s->gen = 1;
	s->settings_mem = arena_new();
	s->scratch = arena_new();
	TAILQ_INIT(&s->recent);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->dirty);
	return s;
}

static void
node_free(struct snap_node *n)
{
	char **texts[] = { &n->name, &n->tags, &n->ipv4, &n->ipv6, &n->hostname,
		&n->endpoints, &n->routes, &n->requested_tags, &n->host,
		&n->hostinfo, &n->peer_json };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		own_free(texts[i]);
	free(n);
}

static void
user_free(struct snap_user *u)
{
	own_free(&u->login);
	own_free(&u->display_name);
	own_free(&u->picture_url);
	free(u);
}

static void
drop_deltas(struct snapshot *s)
{
	for (size_t i = 0; i < DELTA_CACHE; i++) {
		blob_drop(s->deltas[i].message);
		s->deltas[i] = (struct snap_delta){ 0 };
	}
}

static void
clear(struct snapshot *s)
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
		user_free(u);
	}
	for (size_t i = 0; i < s->chunk_count; i++) {
		blob_drop(s->chunks[i]->frame);
		free(s->chunks[i]);
	}
	free(s->chunks);
	s->chunks = NULL;
	s->chunk_count = s->node_count = s->online_count = 0;
	TAILQ_INIT(&s->recent);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->dirty);
	blob_drop(s->profiles);
	s->profiles = NULL;
	drop_deltas(s);
}

void
snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	clear(s);
	arena_free(s->settings_mem);
	arena_free(s->scratch);
	own_free(&s->derp_old);
	own_free(&s->derp_new);
	free(s);
}

struct snap_node *
snapshot_node(struct snapshot *s, int64_t id)
{
	struct snap_node *n;

	HASH_FIND(by_id, s->by_id, &id, sizeof(id), n);
	return n;
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

static void
chunk_stale(struct snap_chunk *c)
{
	blob_drop(c->frame);
	c->frame = NULL;
}

static void
chunk_remove(struct snapshot *s, struct snap_node *n)
{
	struct snap_chunk *c = chunk_of(s, n->id);
	size_t at = chunk_place(s, c->number);

	c->at[n->id % CHUNK_NODES] = NULL;
	chunk_stale(c);
	if (--c->count)
		return;
	memmove(s->chunks + at, s->chunks + at + 1,
		(s->chunk_count - at - 1) * sizeof(struct snap_chunk *));
	s->chunk_count--;
	free(c);
}

/* The cached forms of the node no longer hold. */
static void
stale(struct snapshot *s, struct snap_node *n)
{
	own_free(&n->peer_json);
	chunk_stale(chunk_of(s, n->id));
}

/*
 * A node that has just registered has no disco key yet, and a patch that brings
 * it makes every client rebuild its netmap.  So peers hear of a new node with
 * the first thing that it says (in the same moment, mostly), or after
 * ANNOUNCE_TICKS.
 */
static void
hold_back(struct snapshot *s, struct snap_node *n)
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
static void
touch(struct snapshot *s, struct snap_node *n, enum aspect a)
{
	if (n->unannounced && a != ASPECT_SELF) {
		announce(s, n);
		a = ASPECT_WHOLE;
	}
	n->changed[a] = ++s->gen;
	if (a == ASPECT_SELF)
		return;
	n->gen = s->gen;
	stale(s, n);
	TAILQ_REMOVE(&s->recent, n, recent);
	TAILQ_INSERT_HEAD(&s->recent, n, recent);
}

static void
profiles_stale(struct snapshot *s)
{
	blob_drop(s->profiles);
	s->profiles = NULL;
}

/* A user that gets a first node is new to all who see it; so is the owner of
 * all tagged nodes: 1.102 forgets a profile that no peer of its map has. */
static void
count_owner(struct snapshot *s, int64_t user_id, int by)
{
	struct snap_user *u = snapshot_user(s, user_id);
	size_t *nodes = u ? &u->nodes : &s->tagged_nodes;

	if (user_id && !u)
		return;
	*nodes += (size_t)by;
	if (*nodes == 0 || (by > 0 && *nodes == 1)) {
		profiles_stale(s);
		*(u ? &u->gen : &s->tagged_gen) = s->commons[COMMON_USERS] =
			++s->gen;
	}
}

static struct snap_node *
node_insert(struct snapshot *s, const struct node *row)
{
	struct snap_node *n = own_alloc(sizeof(*n));
	struct snap_chunk *c = chunk_of(s, row->id);

	n->id = row->id;
	n->node_key = row->node_key;
	n->tokens = SOFT_BURST;
	own_text(&n->endpoints, "[]");
	HASH_ADD(by_id, s->by_id, id, sizeof(n->id), n);
	HASH_ADD(by_key, s->by_key, node_key, sizeof(n->node_key), n);
	TAILQ_INSERT_TAIL(&s->recent, n, recent); /* its gen is 0 */
	c->at[n->id % CHUNK_NODES] = n;
	c->count++;
	s->node_count++;
	count_owner(s, row->user_id, 1);
	n->user_id = row->user_id;
	return n;
}

static void
remember_removal(struct snapshot *s, int64_t id)
{
	struct snap_removed *r = &s->removed[s->removed_next];

	if (s->removed_count == REMOVED_MAX)
		s->forgotten = r->gen;
	else
		s->removed_count++;
	*r = (struct snap_removed){ id, ++s->gen };
	s->removed_next = (s->removed_next + 1) % REMOVED_MAX;
}

static void
node_remove(struct snapshot *s, struct snap_node *n)
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
	chunk_remove(s, n);
	s->node_count--;
	count_owner(s, n->user_id, -1);
	remember_removal(s, n->id);
	node_free(n);
}

static void
take_owner(struct snapshot *s, struct snap_node *n, int64_t user_id)
{
	if (n->user_id == user_id)
		return;
	count_owner(s, n->user_id, -1);
	count_owner(s, user_id, 1);
	n->user_id = user_id;
	touch(s, n, ASPECT_WHOLE);
}

static void
take_key(struct snapshot *s, struct snap_node *n, const struct key *node_key)
{
	if (memcmp(&n->node_key, node_key, sizeof(*node_key)) == 0)
		return;
	memset(n->told, 0, sizeof(n->told));
	HASH_DELETE(by_key, s->by_key, n);
	n->node_key = *node_key;
	HASH_ADD(by_key, s->by_key, node_key, sizeof(n->node_key), n);
	touch(s, n, ASPECT_KEY);
	touch(s, n, ASPECT_SELF);
}

/* Texts that only a whole peer can tell of. */
static bool
take_texts(struct snap_node *n, const struct node *row)
{
	bool differs = own_text(&n->name, row->name);

	differs |= own_text(&n->tags, row->tags);
	differs |= own_text(&n->ipv4, row->ipv4);
	differs |= own_text(&n->ipv6, row->ipv6);
	return differs;
}

static void
take_hostinfo(struct snapshot *s, struct snap_node *n, const char *hostinfo)
{
	memset(n->told, 0, sizeof(n->told));
	if (!own_text(&n->hostinfo, hostinfo) && n->host)
		return;
	if (own_text(&n->host, hostview_of_text(s->scratch, hostinfo)))
		touch(s, n, ASPECT_WHOLE);
	arena_reset(s->scratch);
}

/* Everything of the row; only what differs is touched.  The hostinfo of the row
 * counts where it changed: else the worker knows a newer one. */
static void
take_row(struct snapshot *s, struct snap_node *n, const struct node *row)
{
	uint64_t before = n->gen;
	bool own;

	n->machine_key = row->machine_key;
	n->created_at = row->created_at;
	n->ephemeral = row->ephemeral;
	if (row->capver > n->capver)
		n->capver = row->capver;
	take_owner(s, n, row->user_id);
	take_key(s, n, &row->node_key);
	if (take_texts(n, row))
		touch(s, n, ASPECT_WHOLE);
	own = own_text(&n->routes, row->routes);
	own |= own_text(&n->requested_tags, row->requested_tags);
	if (own_text(&n->hostname, row->hostname) || own || !n->hostinfo)
		take_hostinfo(s, n, row->hostinfo);
	if (n->expires_at != row->expires_at) {
		n->expires_at = row->expires_at;
		touch(s, n, ASPECT_EXPIRY);
		own = true;
	}
	if (own || n->gen != before)
		touch(s, n, ASPECT_SELF);
}

static void
apply_node_row(struct snapshot *s, const struct node *row)
{
	struct snap_node *n = snapshot_node(s, row->id);

	if (n) {
		take_row(s, n, row);
		return;
	}
	n = node_insert(s, row);
	take_row(s, n, row);
	touch(s, n, ASPECT_WHOLE);
}

/* As it was before take_row: nobody has seen any of it. */
static void
unsee(struct snapshot *s, struct snap_node *n)
{
	memset(n->changed, 0, sizeof(n->changed));
	n->gen = 0;
	TAILQ_REMOVE(&s->recent, n, recent);
	TAILQ_INSERT_TAIL(&s->recent, n, recent);
	hold_back(s, n);
}

static void
apply_user_row(struct snapshot *s, const struct user *row)
{
	struct snap_user *u = snapshot_user(s, row->id);
	const char *login = *row->email ? row->email : row->name;
	const char *display = *row->display_name ? row->display_name : login;
	bool differs;

	if (!u) {
		u = own_alloc(sizeof(*u));
		u->id = row->id;
		HASH_ADD(hh, s->users, id, sizeof(u->id), u);
	}
	differs = own_text(&u->login, login);
	differs |= own_text(&u->display_name, display);
	differs |= own_text(&u->picture_url, row->picture_url);
	if (!differs)
		return;
	u->gen = ++s->gen;
	if (u->nodes) {
		s->commons[COMMON_USERS] = s->gen;
		profiles_stale(s);
	}
}

static void
set_live_dirty(struct snapshot *s, struct snap_node *n)
{
	if (!n->live_dirty)
		TAILQ_INSERT_TAIL(&s->dirty, n, dirty);
	n->live_dirty = true;
}

static void
apply_live_row(struct snapshot *s, const struct live *l)
{
	struct snap_node *n = snapshot_node(s, l->node_id);

	if (!n)
		return;
	own_text(&n->endpoints, l->endpoints);
	n->disco_key = l->disco_key;
	n->home_derp = l->home_derp;
	if (l->capver > n->capver)
		n->capver = l->capver;
	n->online = l->online;
	n->last_seen = l->last_seen;
	s->online_count += l->online;
	if (l->hostinfo)
		take_hostinfo(s, n, l->hostinfo);
	stale(s, n);
}

static enum err
load_settings(struct snapshot *s, struct db *db)
{
	struct arena *mem = arena_new();
	struct settings fresh;
	enum err e = settings_load(db, mem, &fresh);

	if (e) {
		arena_free(mem);
		return e;
	}
	arena_free(s->settings_mem);
	s->settings_mem = mem;
	s->settings = fresh;
	return ERR_OK;
}

/* The settings that clients see: name of the network, DNS, relay. */
static enum err
apply_settings(struct snapshot *s, struct db *db)
{
	char *domain = NULL, *title = NULL;
	bool magic = s->settings.magic_dns, renamed, retitled;
	struct snap_node *n, *next;
	enum err e;

	own_text(&domain, s->settings.dns_domain);
	own_text(&title, s->settings.tailnet_name);
	e = load_settings(s, db);
	renamed = !e && strcmp(domain, s->settings.dns_domain) != 0;
	retitled = !e && strcmp(title, s->settings.tailnet_name) != 0;
	if (renamed || retitled || (!e && magic != s->settings.magic_dns))
		s->commons[COMMON_DNS] = s->commons[COMMON_DOMAIN] = ++s->gen;
	HASH_ITER(by_id, s->by_id, n, next)
	{
		if (renamed) /* names end in it */
			touch(s, n, ASPECT_WHOLE);
		if (renamed || retitled)
			touch(s, n, ASPECT_SELF);
	}
	own_free(&domain);
	own_free(&title);
	snapshot_derp_refresh(s);
	return e;
}

void
snapshot_derp_refresh(struct snapshot *s)
{
	struct arena *mem = arena_new();
	const char *old, *new;

	derpmap_make(&s->settings, s->home, mem, &old, &new);
	if (own_text(&s->derp_old, old) | own_text(&s->derp_new, new))
		s->commons[COMMON_DERP] = ++s->gen;
	arena_free(mem);
}

static enum err
load_rows(struct snapshot *s, struct db *db, struct arena *mem)
{
	struct user *users = NULL;
	struct node *nodes = NULL;
	struct live *lives = NULL;
	size_t user_count = 0, node_count = 0, live_count = 0;
	enum err e = db_users(db, mem, &users, &user_count);

	if (!e)
		e = db_nodes(db, mem, &nodes, &node_count);
	if (!e)
		e = db_lives(db, mem, &lives, &live_count);
	if (!e)
		e = db_change_last(db, &s->seq);
	if (!e)
		e = load_settings(s, db);
	if (e)
		return e;
	clear(s);
	for (size_t i = 0; i < user_count; i++)
		apply_user_row(s, &users[i]);
	for (size_t i = 0; i < node_count; i++)
		apply_node_row(s, &nodes[i]);
	for (size_t i = 0; i < live_count; i++)
		apply_live_row(s, &lives[i]);
	s->forgotten = s->gen; /* whoever stands before that needs it whole */
	s->removed_count = s->removed_next = 0;
	return ERR_OK;
}

enum err
snapshot_load(struct snapshot *s, struct db *db)
{
	struct arena *mem = arena_new();
	enum err e = db_read_begin(db);

	if (!e)
		e = load_rows(s, db, mem);
	db_read_end(db);
	arena_free(mem);
	if (!e)
		snapshot_derp_refresh(s);
	return e;
}

static enum err
apply_node(struct snapshot *s, struct db *db, struct arena *mem, int64_t id)
{
	struct snap_node *n = snapshot_node(s, id);
	struct node row;
	enum err e = db_node_by_id(db, id, mem, &row);

	if (!e)
		apply_node_row(s, &row);
	if (!e && !n)
		unsee(s, snapshot_node(s, id));
	else if (e == ERR_NOT_FOUND && n)
		node_remove(s, n);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply_user(struct snapshot *s, struct db *db, struct arena *mem, int64_t id)
{
	struct snap_user *u = snapshot_user(s, id);
	struct user row;
	enum err e = db_user_by_id(db, id, mem, &row);

	if (!e) {
		apply_user_row(s, &row);
	} else if (e == ERR_NOT_FOUND && u) {
		HASH_DEL(s->users, u);
		user_free(u);
		profiles_stale(s);
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply(struct snapshot *s, struct db *db, struct arena *mem,
	const struct change *c)
{
	switch (c->kind) {
	case CHANGE_NODE:
	case CHANGE_NODE_GONE:
		return apply_node(s, db, mem, c->id);
	case CHANGE_USER:
		return apply_user(s, db, mem, c->id);
	case CHANGE_SETTING:
		return apply_settings(s, db);
	default: /* nothing of it is in the snapshot */
		return ERR_OK;
	}
}

/* Rows are read as they are now, so one reading of each is enough. */
static bool
comes_again(const struct change *changes, size_t count, size_t i)
{
	for (size_t k = i + 1; k < count && k < i + 16; k++)
		if (changes[k].kind == changes[i].kind &&
			changes[k].id == changes[i].id)
			return true;
	return false;
}

enum err
snapshot_catch_up(
	struct snapshot *s, struct db *db, snapshot_seen *seen, void *arg)
{
	struct arena *mem = arena_new();
	struct change *changes;
	size_t count = CHANGES_AT_ONCE;
	int64_t first = 0;
	enum err e = db_change_first(db, &first);

	if (!e && first > s->seq + 1)
		e = snapshot_load(s, db);
	while (!e && count == CHANGES_AT_ONCE) {
		arena_reset(mem);
		e = db_changes_after(
			db, s->seq, CHANGES_AT_ONCE, mem, &changes, &count);
		for (size_t i = 0; !e && i < count; i++) {
			if (!comes_again(changes, count, i))
				e = apply(s, db, mem, &changes[i]);
			if (e)
				break;
			s->seq = changes[i].seq;
			if (seen)
				seen(arg, &changes[i]);
		}
	}
	arena_free(mem);
	return e;
}

static bool
take_token(struct snap_node *n, int64_t now)
{
	int64_t earned = (now - n->tokens_at) / SOFT_PAUSE_SECONDS;

	if (earned > 0) {
		n->tokens = n->tokens + earned > SOFT_BURST
				    ? SOFT_BURST
				    : n->tokens + earned;
		n->tokens_at = now;
	}
	if (n->tokens == 0)
		return false;
	n->tokens--;
	return true;
}

static unsigned
soft_differences(struct snap_node *n, const struct snap_soft *soft)
{
	static const struct key none;
	unsigned differs = 0;

	if (soft->endpoints && own_text(&n->endpoints, soft->endpoints))
		differs |= 1u << ASPECT_ENDPOINTS;
	if (memcmp(&soft->disco_key, &none, sizeof(none)) != 0 &&
		memcmp(&soft->disco_key, &n->disco_key, sizeof(none)) != 0) {
		n->disco_key = soft->disco_key;
		differs |= 1u << ASPECT_DISCO;
	}
	if (soft->home_derp && soft->home_derp != n->home_derp) {
		n->home_derp = soft->home_derp;
		differs |= 1u << ASPECT_DERP;
	}
	if (soft->capver && soft->capver != n->capver) {
		n->capver = soft->capver;
		differs |= 1u << ASPECT_WHOLE;
	}
	if (soft->host && own_text(&n->host, soft->host))
		differs |= 1u << ASPECT_WHOLE;
	return differs;
}

static void
touch_all(struct snapshot *s, struct snap_node *n, unsigned aspects)
{
	for (enum aspect a = 0; a < ASPECTS; a++)
		if (aspects & 1u << a)
			touch(s, n, a);
}

bool
snapshot_soft(struct snapshot *s, struct snap_node *n,
	const struct snap_soft *soft, int64_t now)
{
	unsigned differs = soft_differences(n, soft);
	bool unseen = soft->hostinfo && own_text(&n->hostinfo, soft->hostinfo);

	memset(n->told, 0, sizeof(n->told));
	if (unseen || differs)
		set_live_dirty(s, n);
	if (!differs)
		return unseen;
	stale(s, n);
	if (n->unannounced) {
		touch(s, n, ASPECT_WHOLE);
		return true;
	}
	if (!n->deferred && take_token(n, now)) {
		touch_all(s, n, differs);
		return true;
	}
	if (!n->deferred)
		TAILQ_INSERT_TAIL(&s->waiting, n, waiting);
	n->deferred |= differs;
	return true;
}

void
snapshot_tick(struct snapshot *s, int64_t now)
{
	struct snap_node *n, *next;

	for (n = TAILQ_FIRST(&s->waiting); n; n = next) {
		next = TAILQ_NEXT(n, waiting);
		if (n->unannounced) {
			if (--n->unannounced == 0) {
				n->unannounced = 1; /* touch ends it */
				touch(s, n, ASPECT_WHOLE);
			}
			continue;
		}
		if (!take_token(n, now))
			continue;
		TAILQ_REMOVE(&s->waiting, n, waiting);
		touch_all(s, n, n->deferred);
		n->deferred = 0;
	}
}

void
snapshot_online(
	struct snapshot *s, struct snap_node *n, bool online, int64_t now)
{
	n->last_seen = now;
	set_live_dirty(s, n);
	if (n->online == online)
		return;
	n->online = online;
	if (online)
		s->online_count++;
	else
		s->online_count--;
	touch(s, n, ASPECT_ONLINE);
}
