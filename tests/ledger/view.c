#include "tests/ledger/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/node.h"
#include "db/setting.h"
#include "db/user.h"
#include "tailnet/sign_in.h"

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct view_row *)a)->key,
		((const struct view_row *)b)->key);
}

static void
sort_rows(struct view *v)
{
	qsort(v->rows, v->count, sizeof(*v->rows), by_key);
}

static void
fill_rows(struct view *v, const struct node *nodes, size_t count)
{
	v->rows = arena_array(v->mem, count + 1, sizeof(*v->rows));
	v->count = count;
	for (size_t i = 0; i < count; i++) {
		const struct node *n = &nodes[i];
		struct view_row *r = &v->rows[i];

		snprintf(r->key, sizeof(r->key), "%s",
			key_text(v->mem, KEY_NODE, &n->node_key));
		snprintf(r->name, sizeof(r->name), "%s", n->name);
		snprintf(r->address, sizeof(r->address), "%s/32", n->ipv4);
		snprintf(r->expiry, sizeof(r->expiry), "%lld",
			(long long)n->expires_at);
		r->routes = n->approved_routes;
	}
	sort_rows(v);
}

void
view_hash(const struct secret *pepper, const char *cookie,
	char out[VIEW_HASH_SIZE])
{
	uint8_t hash[SESSION_HASH_SIZE];

	session_hash(pepper, cookie, hash);
	text_hex(out, hash, sizeof(hash));
}

/* Of everybody. */
static enum err
take_sessions(struct db *db, struct view *v)
{
	struct web_session *rows;
	struct user *users;
	size_t user_count, count;
	enum err e = db_users(db, v->mem, &users, &user_count);

	if (e)
		return e;
	v->sessions = arena_array(
		v->mem, user_count * SESSIONS_MAX + 1, sizeof(v->sessions[0]));
	for (size_t i = 0; !e && i < user_count; i++) {
		e = db_web_sessions(
			db, users[i].id, clock_now(), v->mem, &rows, &count);
		for (size_t k = 0; !e && k < count && k < SESSIONS_MAX; k++)
			text_hex(v->sessions[v->session_count++], rows[k].hash,
				SESSION_HASH_SIZE);
	}
	return e;
}

enum err
view_of_db(struct db *db, struct arena *mem, struct view *out)
{
	struct node *nodes = NULL;
	size_t count = 0;
	enum err e;

	*out = (struct view){ .mem = mem, .setting = VIEW_GONE };
	e = db_nodes(db, mem, &nodes, &count);
	if (!e)
		e = db_preauth_keys(db, mem, &out->keys, &out->key_count);
	if (!e)
		e = take_sessions(db, out);
	if (!e)
		e = view_lists_of_db(db, out);
	if (!e)
		e = db_setting_get(db, VIEW_SETTING, mem, &out->setting);
	if (e && e != ERR_NOT_FOUND)
		return e;
	fill_rows(out, nodes, count);
	return ERR_OK;
}

static void
take_peer(struct view_row *r, const struct fake_peer *p)
{
	int64_t at = 0;

	if (clock_parse(p->key_expiry, &at) || at == CLOCK_GO_ZERO)
		at = 0;
	snprintf(r->key, sizeof(r->key), "%s", p->key);
	snprintf(r->name, sizeof(r->name), "%.*s", (int)strcspn(p->name, "."),
		p->name);
	snprintf(r->address, sizeof(r->address), "%s", p->address);
	snprintf(r->expiry, sizeof(r->expiry), "%lld", (long long)at);
}

void
view_of_client(const struct fake_client *c, struct arena *mem, struct view *out)
{
	*out = (struct view){ .mem = mem, .count = c->peer_count + 1 };
	out->rows = arena_array(mem, out->count, sizeof(*out->rows));
	for (size_t i = 0; i < c->peer_count; i++)
		take_peer(&out->rows[i], &c->peers[i]);
	take_peer(&out->rows[c->peer_count], &c->self);
	sort_rows(out);
	view_lists_of_client(c, out);
}

static const struct view_row *
row_of(const struct view *v, const char *key)
{
	struct view_row like;

	snprintf(like.key, sizeof(like.key), "%s", key);
	return bsearch(&like, v->rows, v->count, sizeof(*v->rows), by_key);
}

const char *
view_machine(const struct view *v, const char *subject)
{
	return row_of(v, subject) ? VIEW_HERE : VIEW_GONE;
}

const char *
view_name(const struct view *v, const char *subject)
{
	const struct view_row *r = row_of(v, subject);

	return r ? r->name : VIEW_GONE;
}

const char *
view_address(const struct view *v, const char *subject)
{
	const struct view_row *r = row_of(v, subject);

	return r ? r->address : VIEW_GONE;
}

const char *
view_expiry(const struct view *v, const char *subject)
{
	const struct view_row *r = row_of(v, subject);

	return r ? r->expiry : VIEW_GONE;
}

const char *
view_routes(const struct view *v, const char *subject)
{
	const struct view_row *r = row_of(v, subject);

	return r ? r->routes : VIEW_GONE;
}

static int
by_id(const void *id, const void *key)
{
	int64_t a = *(const int64_t *)id;
	int64_t b = ((const struct preauth_key *)key)->id;

	return (a > b) - (a < b);
}

const char *
view_key(const struct view *v, const char *subject)
{
	int64_t id = strtoll(subject, NULL, 10);
	const struct preauth_key *k =
		bsearch(&id, v->keys, v->key_count, sizeof(*v->keys), by_id);

	return !k ? VIEW_GONE : k->used_at ? "used" : "unused";
}

const char *
view_session(const struct view *v, const char *subject)
{
	for (size_t i = 0; i < v->session_count; i++)
		if (strcmp(v->sessions[i], subject) == 0)
			return "open";
	return VIEW_GONE;
}

const char *
view_setting(const struct view *v, const char *subject)
{
	(void)subject; /* there is one */
	return v->setting;
}

static bool
same_row(const struct view_row *a, const struct view_row *b)
{
	return strcmp(a->key, b->key) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->address, b->address) == 0 &&
	       strcmp(a->expiry, b->expiry) == 0;
}

static const char *
row_words(const struct view *v, size_t i, struct arena *mem)
{
	const struct view_row *r = &v->rows[i];

	return i < v->count ? arena_printf(mem, "%s %s %s expiry %s", r->key,
				      r->name, r->address, r->expiry)
			    : "nothing";
}

const char *
view_differs(const struct view *db, const struct view *map, struct arena *mem)
{
	for (size_t i = 0; i < db->count || i < map->count; i++)
		if (i >= db->count || i >= map->count ||
			!same_row(&db->rows[i], &map->rows[i]))
			return arena_printf(mem,
				"the database has %zu with %s, the netmap %zu "
				"with %s",
				db->count, row_words(db, i, mem), map->count,
				row_words(map, i, mem));
	return view_lists_differ(db, map, mem);
}
