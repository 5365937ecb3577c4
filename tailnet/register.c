#include "tailnet/register.h"

#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "db/retired.h"
#include "tailnet/audit.h"
#include "tailnet/check_ends.h"
#include "tailnet/join.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/pending.h"
#include "tailnet/tag_owner.h"

/* One request on its way through the tests below. */
struct visit {
	struct db *db;
	const struct settings *s;
	const struct secret *pepper;
	const struct register_input *in;
	struct arena *mem;
	struct register_result *out;
	struct key node_key, old_node_key; /* zero: none */
	int64_t expiry;                    /* 0: none asked for */
	const char *auth_key;              /* "" without */
	const char *why;   /* words of a refusal, if they say more */
	struct node known; /* id 0: no node has this node key */
};

static enum err
refuse(struct visit *v, enum err reason)
{
	v->out->outcome = REGISTER_REFUSED;
	v->out->error = reason;
	v->out->words = v->why ? v->why : err_words(reason);
	return ERR_OK;
}

static enum err
answer(struct visit *v, enum register_outcome outcome)
{
	v->out->outcome = outcome;
	return ERR_OK;
}

static enum err
done(struct visit *v, const struct node *n)
{
	v->out->node = *n;
	v->out->outcome = REGISTER_DONE;
	if (!n->user_id)
		return ERR_OK;
	return db_user_by_id(v->db, n->user_id, v->mem, &v->out->user);
}

/* Refusals of the rules are the client's to hear; the rest is ours. */
static enum err
refuse_or_fail(struct visit *v, enum err e)
{
	switch (e) {
	case ERR_OK:
	case ERR_DB:
	case ERR_IO:
	case ERR_BUSY:
	case ERR_DISK_FULL:
	case ERR_NOT_WRITABLE:
	case ERR_REPLACED:
	case ERR_DENIED:
	case ERR_CRYPTO:
	case ERR_EXISTS:
	case ERR_NOT_FOUND:
		return e;
	default:
		return refuse(v, e);
	}
}

static bool
is_expired(const struct node *n, int64_t now)
{
	return n->expires_at && n->expires_at <= now;
}

/* Go's zero time and an absent member ask for nothing; what is before 1970 is
 * past like any other. */
static enum err
read_request(struct visit *v)
{
	const struct tailcfg_register_request *r = v->in->request;
	enum err e = key_parse(
		KEY_NODE, r->node_key ? r->node_key : "", &v->node_key);

	if (!e && key_is_zero(&v->node_key))
		e = ERR_BAD_INPUT;
	if (!e && r->old_node_key && *r->old_node_key &&
		key_parse(KEY_NODE, r->old_node_key, &v->old_node_key))
		e = ERR_BAD_INPUT;
	if (!e && r->hostinfo_raw.text &&
		strlen(r->hostinfo_raw.text) > REGISTER_HOSTINFO_MAX)
		e = ERR_TOO_BIG;
	if (!e && r->expiry && *r->expiry)
		e = clock_parse(r->expiry, &v->expiry);
	if (v->expiry == CLOCK_GO_ZERO)
		v->expiry = 0;
	v->auth_key = r->auth && r->auth->auth_key ? r->auth->auth_key : "";
	return e;
}

/* ---- logout ---- */

static bool
is_logout(const struct visit *v)
{
	return v->expiry && v->expiry <= v->in->now;
}

static enum err
log_out(struct visit *v)
{
	struct node n = v->known;
	const char *actor = arena_printf(v->mem, "node:%lld", (long long)n.id);
	enum err e = ERR_OK;

	v->out->outcome = REGISTER_LOGGED_OUT;
	if (!n.id)
		return ERR_OK;
	if (n.ephemeral)
		return node_remove(
			v->db, &n, actor, "machine.logged_out", v->in->now);
	if (is_expired(&n, v->in->now))
		return ERR_OK;
	n.expires_at = v->in->now;
	e = db_node_update(v->db, &n);
	if (!e)
		e = audit(v->db, v->in->now, actor, "machine.logged_out",
			"node", n.id, n.name);
	return e ? e : checks_follow(v->db, &v->known, &n, v->in->now);
}

/* ---- a node key that a node has ---- */

static const struct json_texts *
request_tags(const struct visit *v)
{
	return &v->in->request->hostinfo->request_tags;
}

/* A node that took tags, or got them from an admin, is still what the key let
 * in: it is no other one. */
static bool
same_owner(struct visit *v, const struct node *n, const struct preauth_key *k)
{
	struct json_texts has;

	if (strcmp(k->tags, "[]") != 0)
		return n->user_id == 0;
	if (n->user_id == k->user_id || n->preauth_key_id == k->id)
		return true;
	return request_tags(v)->count && !n->user_id &&
	       !json_texts_parse(n->tags, v->mem, &has) &&
	       list_within(request_tags(v), &has);
}

/* A key that somebody shows: its row, whose it is, what it gives. */
struct shown {
	struct preauth_key key;
	struct user owner; /* id 0: it has tags and no user */
	const char *tags;  /* of the node; "[]" for its owner's */
	bool asked;        /* they are those of --advertise-tags */
};

/* Who is suspended or not approved lets nothing in, whatever keys are about. */
static enum err
check_owner(struct visit *v, struct shown *k)
{
	enum err e = db_user_by_id(v->db, k->key.user_id, v->mem, &k->owner);

	if (!e && k->owner.status == USER_SUSPENDED)
		e = ERR_SUSPENDED;
	if (!e && k->owner.status == USER_NEEDS_APPROVAL)
		e = ERR_USER_WAITS;
	return e;
}

/* Those of the key; or what is asked for beyond them, if its tags, or with none
 * its owner, own that. */
static enum err
find_tags(struct visit *v, struct shown *k)
{
	const struct json_texts *wanted = request_tags(v);
	struct json_texts given;
	enum err e = json_texts_parse(k->key.tags, v->mem, &given);

	k->tags = k->key.tags;
	if (e || list_within(wanted, &given))
		return e;
	k->asked = true;
	e = tags_taken(v->db, given.count ? NULL : &k->owner, &given, wanted,
		v->mem, &v->why);
	return e ? e : tags_normal(v->mem, wanted->at, wanted->count, &k->tags);
}

static enum err
find_shown(struct visit *v, struct shown *k)
{
	enum err e;

	*k = (struct shown){ .tags = "[]" };
	e = tailnet_preauth_key_find(
		v->db, v->pepper, v->auth_key, v->mem, &k->key);
	return e;
}

static enum err
check_usable(struct visit *v, struct shown *k)
{
	enum err e = preauth_key_usable(&k->key, v->in->now);

	if (!e && k->key.user_id)
		e = check_owner(v, k);
	return e ? e : find_tags(v, k);
}

/* The key of another owner asks for another node, and that one needs a node key
 * of its own: told that this one has expired, the client makes it. */
static enum err
known_with_key(struct visit *v)
{
	struct shown k;
	enum err e = find_shown(v, &k);

	if (e == ERR_KEY_UNKNOWN || (!e && same_owner(v, &v->known, &k.key)))
		return done(v, &v->known);
	if (!e)
		e = check_usable(v, &k);
	return e ? refuse_or_fail(v, e) : answer(v, REGISTER_KEY_EXPIRED);
}

/* A machine may bring its end nearer, never further away. */
static enum err
shorten(struct visit *v)
{
	struct node n = v->known;
	enum err e;

	if (n.expires_at && v->expiry > n.expires_at)
		return refuse(v, ERR_EXTEND);
	if (n.expires_at == v->expiry)
		return done(v, &n);
	n.expires_at = v->expiry;
	e = db_node_update(v->db, &n);
	if (!e)
		e = audit(v->db, v->in->now,
			arena_printf(v->mem, "node:%lld", (long long)n.id),
			"machine.expiry_set", "node", n.id,
			clock_print(v->mem, n.expires_at));
	if (!e)
		e = checks_follow(v->db, &v->known, &n, v->in->now);
	return e ? e : done(v, &n);
}

static enum err
known_node(struct visit *v)
{
	if (is_expired(&v->known, v->in->now))
		return answer(v, REGISTER_KEY_EXPIRED);
	if (v->expiry)
		return shorten(v);
	if (*v->auth_key)
		return known_with_key(v);
	return done(v, &v->known);
}

/* ---- a node key that nobody has ---- */

static int64_t
owner_of(const struct shown *k)
{
	return strcmp(k->tags, "[]") == 0 ? k->key.user_id : 0;
}

/*
 * A client may give up a register that was answered and send it again with
 * another node key (1.90 does so with --force-reauth).  So for REPEAT_SECONDS a
 * spent key is still good for the machine that spent it, on the node it made.
 */
static bool
is_repeat(struct visit *v, const struct shown *k)
{
	struct node n;
	enum err e = db_node_by_machine(
		v->db, &v->in->machine_key, owner_of(k), v->mem, &n);

	return !e && n.preauth_key_id == k->key.id &&
	       !is_expired(&n, v->in->now) &&
	       v->in->now - k->key.used_at <= REPEAT_SECONDS;
}

/* Compare and swap, so that of two at once one is refused. */
static enum err
use_key(struct visit *v, struct shown *k)
{
	enum err e = find_shown(v, k), usable;

	if (e)
		return e;
	usable = check_usable(v, k);
	if (usable == ERR_KEY_USED) {
		if (k->key.user_id)
			e = check_owner(v, k);
		if (!e)
			e = find_tags(v, k);
		return e || is_repeat(v, k) ? e : ERR_KEY_USED;
	}
	if (usable)
		return usable;
	e = db_preauth_key_use(v->db, k->key.id, v->in->now);
	return e == ERR_NOT_FOUND ? ERR_KEY_USED : e;
}

static enum err
join_by_key(struct visit *v)
{
	const struct tailcfg_register_request *r = v->in->request;
	struct shown k;
	struct node node;
	struct join j;
	enum err e = use_key(v, &k);

	if (e)
		return refuse_or_fail(v, e);
	j = (struct join){ .machine_key = v->in->machine_key,
		.node_key = v->node_key,
		.old_node_key = v->old_node_key,
		.user_id = owner_of(&k),
		.tags = k.tags,
		.set_tags = k.asked,
		.hostinfo = r->hostinfo,
		.hostinfo_raw = r->hostinfo_raw.text,
		.capver = v->in->capver,
		.ephemeral = r->ephemeral || k.key.ephemeral,
		.method = "authkey",
		.preauth_key_id = k.key.id,
		.unapproved = k.key.unapproved,
		.wanted_expiry = v->expiry,
		.actor = arena_printf(
			v->mem, "preauth-key:%lld", (long long)k.key.id),
		.detail = arena_printf(v->mem, "by key %s, from %s",
			k.key.prefix, v->in->address),
		.address = v->in->address,
		.now = v->in->now };
	e = node_join(v->db, v->s, &j, v->mem, &node);
	return e ? refuse_or_fail(v, e) : done(v, &node);
}

static enum err
ask_a_person(struct visit *v, bool fresh)
{
	struct pending_request r = { .in = v->in,
		.node_key = v->node_key,
		.old_node_key = v->old_node_key,
		.wanted_expiry = v->expiry,
		.fresh = fresh };
	enum err e = tags_askable(v->db, request_tags(v), v->mem, &v->why);

	if (!e)
		e = pending_link(
			v->db, v->s, v->pepper, &r, v->mem, &v->out->auth_url);
	return e ? refuse_or_fail(v, e) : answer(v, REGISTER_AUTH_URL);
}

static enum err
refuse_rejected(struct visit *v, const struct pending *p)
{
	(void)refuse(v, ERR_REJECTED);
	if (*p->reason)
		v->out->words = arena_printf(
			v->mem, "%s: %s", err_words(ERR_REJECTED), p->reason);
	return ERR_OK;
}

/* The row of the link in Followup, if it is this machine's and its node key's.
 * A leaked link tells another machine nothing (headscale 3393). */
static enum err
find_followup(struct visit *v, struct pending *p)
{
	const char *id = strstr(v->in->request->followup, "/register/");
	enum err e;

	if (!id)
		return ERR_NOT_FOUND;
	e = tailnet_pending_find(
		v->db, v->pepper, id + strlen("/register/"), v->mem, p);
	if (e == ERR_BAD_INPUT ||
		(!e && (!key_equal(&p->machine_key, &v->in->machine_key) ||
			       !key_equal(&p->node_key, &v->node_key))))
		e = ERR_NOT_FOUND;
	return e;
}

static enum err
by_key_or_person(struct visit *v, bool fresh)
{
	return *v->auth_key ? join_by_key(v) : ask_a_person(v, fresh);
}

/* An approval made the node key known, so the row of an approved machine comes
 * here only when its node is gone again. */
static enum err
follow_up(struct visit *v)
{
	struct pending p;
	enum err e = find_followup(v, &p);

	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && p.state == PENDING_REJECTED)
		return refuse_rejected(v, &p);
	if (e || p.state != PENDING_WAITING || p.expires_at <= v->in->now)
		return by_key_or_person(v, false);
	if (!v->in->may_wait)
		return by_key_or_person(v, true);
	v->out->pending_id = p.id;
	v->out->deadline = p.expires_at;
	return answer(v, REGISTER_WAIT);
}

/* Rotated away or of a deleted node. */
static enum err
retired(struct visit *v, const struct retired_key *k)
{
	if (!key_equal(&k->machine_key, &v->in->machine_key))
		return refuse(v, ERR_NODE_KEY_TAKEN);
	return answer(
		v, is_logout(v) ? REGISTER_LOGGED_OUT : REGISTER_KEY_EXPIRED);
}

static enum err
unknown_node(struct visit *v)
{
	const char *followup = v->in->request->followup;
	struct retired_key k;
	enum err e = db_retired_by_key(v->db, &v->node_key, v->mem, &k);

	if (!e)
		return retired(v, &k);
	if (e != ERR_NOT_FOUND)
		return e;
	if (is_logout(v))
		return answer(v, REGISTER_LOGGED_OUT);
	if (followup && *followup)
		return follow_up(v);
	return by_key_or_person(v, false);
}

static enum err
decide(struct visit *v)
{
	enum err e =
		db_node_by_node_key(v->db, &v->node_key, v->mem, &v->known);

	if (e == ERR_NOT_FOUND)
		return unknown_node(v);
	if (e)
		return e;
	if (!key_equal(&v->known.machine_key, &v->in->machine_key))
		return refuse(v, ERR_NODE_KEY_TAKEN);
	return is_logout(v) ? log_out(v) : known_node(v);
}

/* All of it or nothing; a refusal leaves nothing either. */
static enum err
decide_whole(struct visit *v)
{
	enum err e = db_begin(v->db);

	if (!e)
		e = decide(v);
	if (e || v->out->outcome != REGISTER_REFUSED)
		return db_end(v->db, e);
	db_rollback(v->db);
	return ERR_OK;
}

enum err
tailnet_register(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct register_input *in,
	struct arena *mem, struct register_result *out)
{
	struct register_result result = { .words = "" };
	struct visit v = { .db = db,
		.s = s,
		.pepper = pepper,
		.in = in,
		.mem = mem,
		.out = &result };
	enum err e =
		in->capver < CAPVER_MIN ? ERR_CLIENT_OLD : read_request(&v);

	if (e)
		e = refuse(&v, e);
	else
		e = decide_whole(&v);
	if (!e)
		*out = result;
	return e;
}
