#include <string.h>

#include "base/list.h"
#include "base/own.h"
#include "db/attribute.h"
#include "db/live.h"
#include "db/node.h"
#include "db/user.h"
#include "policy/engine.h"
#include "tailnet/derpmap.h"
#include "tailnet/hostview.h"
#include "tailnet/policy_force.h"
#include "tailnet/snapdns.h"
#include "tailnet/snapedit.h"
#include "tailnet/snappolicy.h"

enum {
	CHANGES_AT_ONCE = 1000,
};

static void
take_owner(struct snapshot *s, struct snap_node *n, int64_t user_id)
{
	if (n->user_id == user_id)
		return;
	snap_give(s, n, user_id);
	snap_touch(s, n, ASPECT_WHOLE);
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
	snap_touch(s, n, ASPECT_KEY);
	snap_touch(s, n, ASPECT_SELF);
}

/* The row's counts where it changed: else the client has told a newer one. */
static void
take_capver(struct snapshot *s, struct snap_node *n, int64_t capver)
{
	if (n->row_capver == capver)
		return;
	n->row_capver = capver;
	if (n->capver == capver)
		return;
	n->capver = capver;
	memset(n->told, 0, sizeof(n->told));
	snap_touch(s, n, ASPECT_WHOLE);
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
		snap_touch(s, n, ASPECT_WHOLE);
	arena_reset(s->scratch);
}

/* Lists in JSON: whether some of what is wanted is not there. */
static bool
lacks(const char *wanted, const char *has)
{
	struct json_texts all, given;
	struct arena *mem;
	bool missing;

	if (strcmp(wanted, "[]") == 0)
		return false;
	mem = arena_new();
	missing = !json_texts_parse(wanted, mem, &all) &&
		  !json_texts_parse(has, mem, &given) &&
		  !list_within(&all, &given);
	arena_free(mem);
	return missing;
}

/* Everything of the row; only what differs is touched.  The hostinfo of the row
 * counts where it changed: else the worker knows a newer one. */
static void
take_row(struct snapshot *s, struct snap_node *n, const struct node *row)
{
	uint64_t before = n->gen;
	bool own, wait, untagged;

	n->machine_key = row->machine_key;
	n->created_at = row->created_at;
	n->ephemeral = row->ephemeral;
	take_capver(s, n, row->capver);
	take_owner(s, n, row->user_id);
	take_key(s, n, &row->node_key);
	if (take_texts(n, row))
		snap_touch(s, n, ASPECT_WHOLE);
	own = own_text(&n->routes, row->routes);
	wait = own_text(&n->approved_routes, row->approved_routes) || own
		       ? lacks(row->routes, row->approved_routes)
		       : n->routes_wait;
	untagged = lacks(row->requested_tags, row->tags);
	own_text(&n->custom, row->attributes);
	own |= own_text(&n->requested_tags, row->requested_tags);
	if (own_text(&n->hostname, row->hostname) || own || !n->hostinfo)
		take_hostinfo(s, n, row->hostinfo);
	if (n->expires_at != row->expires_at) {
		n->expires_at = row->expires_at;
		snap_touch(s, n, ASPECT_EXPIRY);
		own = true;
	}
	if (own || n->gen != before || wait != n->routes_wait ||
		untagged != n->untagged)
		snap_touch(s, n, ASPECT_SELF);
	n->routes_wait = wait;
	n->untagged = untagged;
	snap_hide(s, n, row->unapproved);
	snap_policy_node(s, n);
	snap_dns_node(s, n);
}

static void
apply_node_row(struct snapshot *s, const struct node *row)
{
	struct snap_node *n = snapshot_node(s, row->id);

	if (n) {
		take_row(s, n, row);
		return;
	}
	n = snap_insert(s, row);
	take_row(s, n, row);
	snap_touch(s, n, ASPECT_WHOLE);
}

/* As it was before take_row: nobody has seen any of it. */
static void
unsee(struct snapshot *s, struct snap_node *n)
{
	memset(n->changed, 0, sizeof(n->changed));
	n->gen = 0;
	TAILQ_REMOVE(&s->recent, n, recent);
	TAILQ_INSERT_TAIL(&s->recent, n, recent);
	snap_hold_back(s, n);
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
		TAILQ_INIT(&u->owned);
		HASH_ADD(hh, s->users, id, sizeof(u->id), u);
	}
	differs = own_text(&u->login, login);
	differs |= own_text(&u->display_name, display);
	differs |= own_text(&u->picture_url, row->picture_url);
	snap_policy_user(s, row);
	if (!differs)
		return;
	u->gen = ++s->gen;
	if (!TAILQ_EMPTY(&u->owned)) {
		s->commons[COMMON_USERS] = s->gen;
		snap_profiles_stale(s);
	}
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
	if (l->capver)
		n->capver = l->capver;
	n->online = l->online;
	n->stored = snapshot_live_print(l);
	n->last_seen = l->last_seen;
	n->online_since = l->online ? l->online_since : 0;
	own_text(&n->primary_routes, l->primary_routes);
	s->online_count += l->online;
	if (l->hostinfo)
		take_hostinfo(s, n, l->hostinfo);
	snap_policy_node(s, n);
	snap_stale(s, n, 1u << ASPECT_WHOLE);
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
	snap_policy_settings(s);
	return ERR_OK;
}

/* The settings that clients see: name of the network, DNS, relay, features. */
static enum err
apply_settings(struct snapshot *s, struct db *db)
{
	char *domain = NULL, *title = NULL;
	bool magic = s->settings.magic_dns, renamed, retitled, recapped;
	bool override = s->settings.override_local_dns;
	bool taildrop = s->settings.taildrop, update = s->settings.auto_update;
	char *version = NULL;
	struct snap_node *n, *next;
	enum err e;

	own_text(&domain, s->settings.dns_domain);
	own_text(&title, s->settings.tailnet_name);
	own_text(&version, s->settings.client_version);
	e = load_settings(s, db);
	renamed = !e && strcmp(domain, s->settings.dns_domain) != 0;
	retitled = !e && strcmp(title, s->settings.tailnet_name) != 0;
	recapped = !e && (taildrop != s->settings.taildrop ||
				 update != s->settings.auto_update);
	if (renamed || retitled)
		s->commons[COMMON_DOMAIN] = ++s->gen;
	if (renamed ||
		(!e && (magic != s->settings.magic_dns ||
			       override != s->settings.override_local_dns)))
		s->commons[COMMON_DNS] = ++s->gen;
	if (!e && strcmp(version, s->settings.client_version) != 0)
		s->commons[COMMON_VERSION] = ++s->gen;
	HASH_ITER(by_id, s->by_id, n, next)
	{
		if (renamed) /* names end in it */
			snap_touch(s, n, ASPECT_WHOLE);
		if (renamed || retitled || recapped)
			snap_touch(s, n, ASPECT_SELF);
	}
	own_free(&domain);
	own_free(&title);
	own_free(&version);
	snapshot_derp_refresh(s);
	return e;
}

void
snapshot_derp_refresh(struct snapshot *s)
{
	static const struct derpmap_rows none;
	struct arena *mem = arena_new();
	const char *old, *new;

	derpmap_make(&s->settings, s->relays ? s->relays : &none,
		engine_relays(s->engine), s->home, mem, &old, &new);
	if (own_text(&s->derp_old, old))
		s->commons[COMMON_DERP_OLD] = ++s->gen;
	if (own_text(&s->derp_new, new))
		s->commons[COMMON_DERP_NEW] = ++s->gen;
	arena_free(mem);
}

static enum err
load_relays(struct snapshot *s, struct db *db)
{
	struct arena *mem = arena_new();
	struct derpmap_rows *rows = arena_alloc(mem, sizeof(*rows));
	enum err e = derpmap_rows_load(db, mem, rows);

	if (e) {
		arena_free(mem);
		return e;
	}
	arena_free(s->relays_mem);
	s->relays_mem = mem;
	s->relays = rows;
	return ERR_OK;
}

static enum err
apply_relays(struct snapshot *s, struct db *db)
{
	enum err e = load_relays(s, db);

	if (!e)
		snapshot_derp_refresh(s);
	return e;
}

static enum err
load_rows(struct snapshot *s, struct db *db, struct arena *mem)
{
	struct user *users = NULL;
	struct node *nodes = NULL;
	struct live *lives = NULL;
	size_t user_count = 0, node_count = 0, live_count = 0;
	struct policy_force force = { 0 };
	enum err e = db_users(db, mem, &users, &user_count);

	if (!e)
		e = db_nodes(db, mem, &nodes, &node_count);
	if (!e)
		e = db_lives(db, mem, &lives, &live_count);
	if (!e)
		e = db_change_last(db, &s->seq);
	if (!e)
		e = db_attributes_next(db, &s->attributes_until);
	if (!e)
		e = load_settings(s, db);
	if (!e)
		e = load_relays(s, db);
	if (!e)
		e = snap_dns_load(s, db);
	if (!e)
		e = policy_in_force(db, mem, &force);
	if (e)
		return e;
	snap_clear(s);
	snap_policy_settings(s);
	snap_policy_take(s, force.policy);
	for (size_t i = 0; i < user_count; i++)
		apply_user_row(s, &users[i]);
	for (size_t i = 0; i < node_count; i++)
		apply_node_row(s, &nodes[i]);
	for (size_t i = 0; i < live_count; i++)
		apply_live_row(s, &lives[i]);
	snap_policy_settle(s);
	s->forgotten = s->gen; /* whoever stands before that needs it whole */
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
		snap_remove(s, n);
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
		snap_policy_user_gone(s, id);
		snap_user_free(u);
		snap_profiles_stale(s);
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply_policy(struct snapshot *s, struct db *db, struct arena *mem)
{
	struct policy_force force;
	enum err e = policy_in_force(db, mem, &force);

	if (!e)
		snap_policy_take(s, force.policy);
	return e;
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
	case CHANGE_POLICY:
		return apply_policy(s, db, mem);
	case CHANGE_RELAY:
		return apply_relays(s, db);
	case CHANGE_DNS:
		return snap_dns_load(s, db);
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
		if (!e && count)
			e = db_attributes_next(db, &s->attributes_until);
	}
	arena_free(mem);
	snap_policy_settle(s);
	return e;
}
