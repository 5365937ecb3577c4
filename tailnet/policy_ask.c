#include "tailnet/policy_ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "db/policy_text.h"
#include "policy/engine.h"
#include "policy/ssh.h"
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

/* ---- SSH ----------------------------------------------------------------- */

#define NS_PER_SECOND INT64_C(1000000000)

static enum err
put_end(struct db *db, struct asked *a, const struct node *n, struct arena *mem)
{
	bool postures = a->policy->posture_count > 0;
	struct live live;
	struct user owner;
	enum err e = ERR_OK;

	if (n->user_id) {
		e = db_user_by_id(db, n->user_id, mem, &owner);
		if (!e)
			e = put_person(a->engine, mem, &owner);
	}
	if (!e)
		e = db_live_by_node(db, n->id, mem, &live);
	if (!e || e == ERR_NOT_FOUND) {
		policy_put_node(a->engine, mem, n, e ? NULL : &live, postures);
		e = ERR_OK;
	}
	return e;
}

/* Machines first: the two may have one owner. */
static void
drop_ends(struct asked *a, const struct node *from, const struct node *to)
{
	engine_drop_machine(a->engine, from->id);
	engine_drop_machine(a->engine, to->id);
	if (from->user_id)
		engine_drop_person(a->engine, from->user_id);
	if (to->user_id && to->user_id != from->user_id)
		engine_drop_person(a->engine, to->user_id);
}

static void
decide(struct asked *a, const struct node *from, const struct node *to,
	const char *login, struct policy_ssh *out)
{
	const struct machine *src = engine_machine(a->engine, from->id),
			     *dst = engine_machine(a->engine, to->id);
	const struct ssh_rule *rule = NULL;
	enum ssh_verdict v = SSH_NOTHING;

	if (src && dst)
		v = ssh_decide(a->engine, src, dst, login, &rule);
	if (v == SSH_NOTHING)
		return;
	out->allowed = true;
	out->check = v == SSH_CHECK;
	out->rule = rule->place;
	if (out->check && rule->check_period_ns > 0)
		out->period = rule->check_period_ns / NS_PER_SECOND;
}

enum err
policy_ask_ssh(struct db *db, const struct node *from, const struct node *to,
	const char *login, struct policy_ssh *out)
{
	struct arena *mem;
	struct asked *a;
	enum err e = ask(db, &a);

	memset(out, 0, sizeof(*out));
	if (e || !a->policy)
		return e;
	mem = arena_new();
	e = put_end(db, a, from, mem);
	if (!e)
		e = put_end(db, a, to, mem);
	if (!e)
		decide(a, from, to, login, out);
	drop_ends(a, from, to);
	arena_free(mem);
	return e;
}
