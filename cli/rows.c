#include "cli/rows.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/texts.h"
#include "tailnet/register.h"
#include "tailnet/routes.h"

enum err
rows_load(struct cli *c, struct rows *out)
{
	int64_t age = cli_worker_age(c);
	enum err e = db_users(c->db, c->mem, &out->users, &out->user_count);

	if (!e)
		e = db_preauth_keys(c->db, c->mem, &out->keys, &out->key_count);
	if (!e)
		e = db_lives(c->db, c->mem, &out->lives, &out->live_count);
	out->now = c->now;
	out->worker_alive = age >= 0 && age <= WORKER_LATE_SECONDS;
	if (!e)
		e = primaries_find(c->db,
			&(struct primaries_when){ c->now, out->worker_alive },
			c->mem, &out->primaries);
	return e ? cli_fail(c, e, "reading the database") : ERR_OK;
}

/* Each of these structs begins with its id, and lists come in its order. */
_Static_assert(offsetof(struct user, id) == 0, "rows_by_id");
_Static_assert(offsetof(struct preauth_key, id) == 0, "rows_by_id");
_Static_assert(offsetof(struct live, node_id) == 0, "rows_by_id");

static const void *
by_id(const void *rows, size_t count, size_t size, int64_t id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *row = (const char *)rows + middle * size;
		int64_t found;

		memcpy(&found, row, sizeof(found));
		if (found == id)
			return row;
		if (found < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct user *
rows_user(const struct rows *r, int64_t id)
{
	return by_id(r->users, r->user_count, sizeof(*r->users), id);
}

const struct preauth_key *
rows_key(const struct rows *r, int64_t id)
{
	return by_id(r->keys, r->key_count, sizeof(*r->keys), id);
}

const struct live *
rows_live(const struct rows *r, int64_t node_id)
{
	return by_id(r->lives, r->live_count, sizeof(*r->lives), node_id);
}

bool
rows_online(const struct rows *r, const struct node *n)
{
	const struct live *l = rows_live(r, n->id);

	return l && l->online && r->worker_alive &&
	       node_is_admitted(n->expires_at, n->unapproved, r->now);
}

void
put_user(struct value *v, const struct user *u)
{
	value_int(v, "id", u->id);
	value_text(v, "name", u->name);
	value_time(v, "created_at", u->created_at);
	value_text(v, "display_name", u->display_name);
	value_text(v, "email", u->email);
	value_text(v, "provider_id", "");
	value_text(v, "provider", "");
	value_text(v, "profile_pic_url", u->picture_url);
	/* Ours, so it is told only where it is none of headscale's users. */
	if (u->role != ROLE_MEMBER)
		value_text(v, "role", role_word(u->role));
}

static void
put_owner(struct value *v, const struct user *u)
{
	if (u)
		put_user(value_object(v, "user"), u);
	else
		value_null(v, "user");
}

const char *
key_masked(struct arena *mem, const struct preauth_key *k)
{
	return arena_printf(mem, "hskey-auth-%s-***", k->prefix);
}

bool
key_used(const struct preauth_key *k)
{
	return k->used_at && !k->reusable;
}

void
put_key(struct value *v, const struct preauth_key *k, const struct user *owner,
	const char *text)
{
	/* A key that was revoked shows the time of that as its end. */
	int64_t end = k->expires_at;

	if (k->revoked_at && (!end || k->revoked_at < end))
		end = k->revoked_at;
	put_owner(v, owner);
	value_int(v, "id", k->id);
	value_text(v, "key", text ? text : key_masked(v->mem, k));
	value_bool(v, "reusable", k->reusable);
	value_bool(v, "ephemeral", k->ephemeral);
	value_bool(v, "used", key_used(k));
	value_time(v, "expiration", end);
	value_time(v, "created_at", k->created_at);
	value_texts(v, "acl_tags", k->tags);
}

size_t
routes_served(struct arena *mem, const struct node *n, const struct rows *r,
	const char ***out)
{
	const char **approved, **routes;
	size_t approved_count = texts_split(mem, n->approved_routes, &approved);
	size_t count = texts_split(mem, n->routes, &routes), served = 0;
	const char **at = arena_array(mem, count + 1, sizeof(*at));

	for (size_t i = 0; i < count; i++)
		if (primaries_serves(&r->primaries, n->id, routes[i]))
			at[served++] = routes[i];
	for (size_t i = 0; i < count; i++)
		if (route_is_exit(routes[i]) &&
			texts_have(approved, approved_count, routes[i]))
			at[served++] = routes[i];
	*out = at;
	return served;
}

static const struct user tagged_devices = {
	.id = TAGGED_USER_ID,
	.name = "tagged-devices",
	.display_name = "Tagged Devices",
	.created_at = CLOCK_GO_ZERO,
};

static void
put_node_key(struct value *v, const struct node *n, const struct rows *r)
{
	const struct preauth_key *k = rows_key(r, n->preauth_key_id);

	if (k)
		put_key(value_object(v, "pre_auth_key"), k,
			rows_user(r, k->user_id), NULL);
	else
		value_null(v, "pre_auth_key");
}

/* The numbers of headscale's enum; "web" is a person's decision like "cli". */
static int64_t
method_number(const char *method)
{
	return strcmp(method, "authkey") == 0 ? 1
	       : strcmp(method, "oidc") == 0  ? 3
					      : 2;
}

static void
put_node_keys(struct value *v, const struct node *n, const struct live *live)
{
	static const struct key none;
	char text[KEY_TEXT_SIZE];

	key_print(KEY_MACHINE, &n->machine_key, text);
	value_text(v, "machine_key", arena_strdup(v->mem, text));
	key_print(KEY_NODE, &n->node_key, text);
	value_text(v, "node_key", arena_strdup(v->mem, text));
	key_print(KEY_DISCO, live ? &live->disco_key : &none, text);
	value_text(v, "disco_key", arena_strdup(v->mem, text));
}

static void
put_addresses(struct value *v, const struct node *n)
{
	struct value *list = value_list(v, "ip_addresses");

	if (n->ipv4)
		value_text(list, NULL, n->ipv4);
	if (n->ipv6)
		value_text(list, NULL, n->ipv6);
}

static void
put_routes(struct value *v, const struct node *n, const struct rows *r)
{
	const char **served;
	size_t count = routes_served(v->mem, n, r, &served);
	struct value *list;

	value_texts(v, "approved_routes", n->approved_routes);
	value_texts(v, "available_routes", n->routes);
	list = value_list(v, "subnet_routes");
	for (size_t i = 0; i < count; i++)
		value_text(list, NULL, served[i]);
}

void
put_node(struct value *v, const struct node *n, const struct rows *r,
	bool in_list)
{
	const struct live *live = rows_live(r, n->id);
	const struct user *owner = n->user_id ? rows_user(r, n->user_id)
				   : in_list  ? &tagged_devices
					      : NULL;

	value_int(v, "id", n->id);
	put_node_keys(v, n, live);
	put_addresses(v, n);
	value_text(v, "name", n->hostname);
	put_owner(v, owner);
	value_time(v, "last_seen", live ? live->last_seen : 0);
	value_time(v, "expiry", n->expires_at);
	put_node_key(v, n, r);
	value_time(v, "created_at", n->created_at);
	value_int(v, "register_method", method_number(n->register_method));
	value_text(v, "given_name", n->name);
	value_bool(v, "online", rows_online(r, n));
	put_routes(v, n, r);
	value_texts(v, "tags", n->tags);
}

enum err
answer_node(struct cli *c, const struct node *n, const char *words)
{
	struct value *v = value_new_object(c->mem);
	struct rows rows;
	enum err e = rows_load(c, &rows);

	if (e)
		return e;
	put_node(v, n, &rows, false);
	cli_answer(c, v, words);
	return ERR_OK;
}

static enum err
user_by_email(struct cli *c, const char *email, struct user *out)
{
	struct user *users, *found = NULL;
	size_t count;
	enum err e = db_users(c->db, c->mem, &users, &count);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(users[i].email, email) == 0) {
			if (found)
				return ERR_NOT_FOUND;
			found = &users[i];
		}
	if (!found)
		return ERR_NOT_FOUND;
	*out = *found;
	return ERR_OK;
}

enum err
find_user(struct cli *c, const char *words, struct user *out)
{
	int64_t id;
	enum err e = text_int(words, &id)
			     ? db_user_by_name(c->db, words, c->mem, out)
			     : db_user_by_id(c->db, id, c->mem, out);

	if (e == ERR_NOT_FOUND && strchr(words, '@'))
		e = user_by_email(c, words, out);
	if (e == ERR_NOT_FOUND)
		cli_refuse(c, "user not found: \"%s\"", words);
	else if (e)
		cli_fail(c, e, "finding the user");
	return e;
}
