#include "tailnet/policy_ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "db/policy_text.h"
#include "policy/engine.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_seen.h"
#include "tailnet/policy_world.h"

enum {
	THE_MACHINE = 1, /* there is one at a time, and it may have no id yet */
};

/* What a connection keeps. */
struct asked {
	int64_t id; /* the newest version when it was loaded; 0: there is none
		     */
	char hash[POLICY_HASH_TEXT + 1];
	const struct policy *policy; /* the engine's */
	struct engine *engine;
};

static void
drop(void *kept)
{
	struct asked *a = kept;

	engine_free(a->engine);
	free(a);
}

/* The newest version need not be the one in force. */
static enum err
load(struct db *db, struct asked *a)
{
	struct arena *mem = arena_new();
	struct policy_force force = { .policy = NULL };
	enum err e = policy_in_force(db, mem, &force);

	if (!e) {
		a->policy = force.policy;
		a->engine = engine_new();
		engine_set_policy(a->engine, force.policy);
	}
	arena_free(mem);
	return e;
}

static enum err
ask(struct db *db, struct asked **out)
{
	struct asked *a = db_kept(db);
	char hash[POLICY_HASH_TEXT + 1];
	int64_t id = 0;
	enum err e = db_policy_newest(db, &id, hash);

	if (e)
		return e;
	/* A transaction that was undone gives its number back. */
	if (!a || a->id != id || strcmp(a->hash, hash) != 0) {
		a = own_alloc(sizeof(*a));
		a->id = id;
		memcpy(a->hash, hash, sizeof(hash));
		db_keep(db, a, drop);
		e = load(db, a);
		if (e)
			db_keep(db, NULL, NULL);
	}
	*out = a;
	return e;
}

enum err
policy_ask(struct db *db, const struct policy **out)
{
	struct asked *a;
	enum err e = ask(db, &a);

	if (!e)
		*out = a->policy;
	return e;
}

static enum err
put_person(struct engine *engine, struct arena *mem, const struct user *u)
{
	struct engine_person p = policy_person(mem, u);

	return engine_put_person(engine, &p);
}

enum err
policy_ask_tag(struct db *db, const struct user *u,
	const struct json_texts *held, const char *tag, bool *may)
{
	struct arena *mem = arena_new();
	struct asked *a;
	enum err e = ask(db, &a);

	if (!e && u)
		e = put_person(a->engine, mem, u);
	if (!e)
		*may = engine_owns_tag(
			a->engine, u ? u->id : 0, u ? NULL : held, tag);
	if (!e && u)
		engine_drop_person(a->engine, u->id);
	arena_free(mem);
	return e;
}

static enum err
put_machine(struct engine *engine, struct arena *mem, const struct node *n,
	const struct json_texts *routes)
{
	const struct seen_machine seen = { .id = THE_MACHINE,
		.user_id = n->user_id,
		.tags = n->tags,
		.ipv4 = n->ipv4,
		.ipv6 = n->ipv6,
		.approved_routes = "[]" };
	struct engine_machine m;

	policy_machine(mem, &seen, &m);
	m.routes = *routes;
	return engine_put_machine(engine, &m);
}

static enum err
put_asked(struct asked *a, struct arena *mem, const struct node *n,
	const struct user *owner, const struct json_texts *routes)
{
	enum err e = owner ? put_person(a->engine, mem, owner) : ERR_OK;

	return e ? e : put_machine(a->engine, mem, n, routes);
}

static void
drop_asked(struct asked *a, const struct user *owner)
{
	engine_drop_machine(a->engine, THE_MACHINE);
	if (owner)
		engine_drop_person(a->engine, owner->id);
}

enum err
policy_ask_routes(struct db *db, const struct node *n, const struct user *owner,
	const struct json_texts *routes, struct arena *mem,
	struct json_texts *out)
{
	struct asked *a;
	enum err e = ask(db, &a);

	*out = (struct json_texts){ NULL, 0 };
	if (e || !a->policy)
		return e;
	e = put_asked(a, mem, n, owner, routes);
	if (!e)
		engine_auto_approved(a->engine, THE_MACHINE, mem, out);
	drop_asked(a, owner);
	return e;
}

enum err
policy_ask_approvers(struct db *db, const struct node *n,
	const struct user *owner, const struct json_texts *routes,
	struct arena *mem, struct policy_place **out)
{
	struct asked *a;
	enum err e = ask(db, &a);

	*out = arena_array(mem, routes->count + 1, sizeof(**out));
	memset(*out, 0, routes->count * sizeof(**out));
	if (e || !a->policy)
		return e;
	e = put_asked(a, mem, n, owner, routes);
	for (size_t i = 0; !e && i < routes->count; i++)
		(*out)[i] = engine_auto_approver(
			a->engine, THE_MACHINE, routes->at[i]);
	drop_asked(a, owner);
	return e;
}

/* Loaded pools are CIDRs. */
static struct prefix
prefix_of(struct range r)
{
	char text[RANGE_TEXT_SIZE];
	struct prefix p = { .bits = 0 };

	range_print_prefix(r, text);
	(void)prefix_parse(text, &p);
	return p;
}

enum err
policy_ask_pools(struct db *db, const struct node *n, const struct user *owner,
	struct arena *mem, struct prefix **out, size_t *count)
{
	const struct json_texts none = { NULL, 0 };
	const struct range *pools;
	struct asked *a;
	enum err e = ask(db, &a);

	*count = 0;
	if (e || !a->policy)
		return e;
	e = put_asked(a, mem, n, owner, &none);
	if (!e)
		*count = engine_pools(a->engine, THE_MACHINE, mem, &pools);
	*out = arena_array(mem, *count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++)
		(*out)[i] = prefix_of(pools[i]);
	drop_asked(a, owner);
	return e;
}
