#include "tailnet/pending.h"

#include <string.h>

#include "base/text.h"
#include "tailnet/audit.h"
#include "tailnet/join.h"
#include "tailnet/keys.h"
#include "tailnet/tag_owner.h"

#define PREFIX "hskey-authreq-"

static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789-_";

static const char *
id_of(struct arena *mem, const struct secret *pepper,
	const struct key *machine_key, const struct key *node_key,
	const char *code)
{
	char word[PENDING_ID_LEN - PENDING_CODE_LEN + 1];
	uint8_t hash[32];

	pepper_hash(pepper,
		arena_printf(mem, "authreq %s %s %s",
			key_text(mem, KEY_MACHINE, machine_key),
			key_text(mem, KEY_NODE, node_key), code),
		hash);
	for (size_t i = 0; i < sizeof(word) - 1; i++)
		word[i] = id_letters[hash[i] % 64];
	word[sizeof(word) - 1] = '\0';
	return arena_printf(mem, PREFIX "%s%s", word, code);
}

const char *
tailnet_pending_id(
	struct arena *mem, const struct secret *pepper, const struct pending *p)
{
	return id_of(mem, pepper, &p->machine_key, &p->node_key, p->code);
}

static const char *
url_of(struct arena *mem, const struct settings *s, const struct secret *pepper,
	const struct pending *p)
{
	return arena_printf(mem, "%s/register/%s", s->url,
		tailnet_pending_id(mem, pepper, p));
}

static void
fill(struct pending *p, const struct pending_request *r)
{
	const struct tailcfg_register_request *request = r->in->request;

	p->hostname =
		request->hostinfo->hostname ? request->hostinfo->hostname : "";
	p->hostinfo =
		request->hostinfo_raw.text ? request->hostinfo_raw.text : "{}";
	p->capver = r->in->capver;
	p->ephemeral = request->ephemeral;
	p->wanted_expiry = r->wanted_expiry;
	p->old_node_key = r->old_node_key;
}

/* Nothing is written while nothing has changed and the life is long yet. */
static enum err
use_again(struct db *db, const struct pending_request *r, struct pending *p)
{
	struct pending before = *p;

	fill(p, r);
	if (p->expires_at - r->in->now > PENDING_LIFE_SECONDS / 2 &&
		strcmp(before.hostinfo, p->hostinfo) == 0 &&
		before.ephemeral == p->ephemeral &&
		before.wanted_expiry == p->wanted_expiry &&
		key_equal(&before.old_node_key, &p->old_node_key))
		return ERR_OK;
	p->expires_at = r->in->now + PENDING_LIFE_SECONDS;
	return db_pending_update(db, p);
}

static enum err
check_room(struct db *db, const struct register_input *in, struct arena *mem)
{
	int64_t all, here;
	enum err e = db_pending_count(db, in->now, &all);

	if (!e)
		e = db_pending_count_from(db, in->now, in->address, mem, &here);
	if (!e && (all >= PENDING_MAX || here >= PENDING_ADDRESS_MAX))
		e = ERR_FULL;
	return e;
}

static enum err
add(struct db *db, const struct secret *pepper, const struct pending_request *r,
	struct arena *mem, struct pending *p)
{
	enum err e = db_pending_replace(
		db, &r->in->machine_key, &r->node_key, r->in->now);

	if (!e)
		e = check_room(db, r->in, mem);
	if (e)
		return e;
	*p = (struct pending){ .machine_key = r->in->machine_key,
		.node_key = r->node_key,
		.address = r->in->address,
		.code = text_random(mem, PENDING_CODE_LEN),
		.created_at = r->in->now,
		.expires_at = r->in->now + PENDING_LIFE_SECONDS };
	fill(p, r);
	pepper_hash(pepper, tailnet_pending_id(mem, pepper, p), p->auth_hash);
	return db_pending_add(db, p, &p->id);
}

enum err
pending_link(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct pending_request *r,
	struct arena *mem, const char **url)
{
	struct pending p;
	enum err e = ERR_NOT_FOUND;

	if (!r->fresh)
		e = db_pending_by_keys(db, &r->in->machine_key, &r->node_key,
			r->in->now, mem, &p);
	if (e == ERR_NOT_FOUND)
		e = add(db, pepper, r, mem, &p);
	else if (!e)
		e = use_again(db, r, &p);
	if (!e)
		*url = url_of(mem, s, pepper, &p);
	return e;
}

enum err
tailnet_pending_find(struct db *db, const struct secret *pepper,
	const char *auth_id, struct arena *mem, struct pending *out)
{
	uint8_t hash[32];

	if (!text_starts(auth_id, PREFIX) ||
		strlen(auth_id) != sizeof(PREFIX) - 1 + PENDING_ID_LEN ||
		strspn(auth_id + sizeof(PREFIX) - 1, id_letters) !=
			PENDING_ID_LEN)
		return ERR_BAD_INPUT;
	pepper_hash(pepper, auth_id, hash);
	return db_pending_by_hash(db, hash, mem, out);
}

/* The row as it is now, under the lock. */
static enum err
still_waiting(struct db *db, int64_t id, int64_t now, struct arena *mem,
	struct pending *p)
{
	enum err e = db_pending_by_id(db, id, mem, p);

	if (!e && p->state != PENDING_WAITING)
		e = ERR_DECIDED;
	if (!e && p->expires_at <= now)
		e = ERR_EXPIRED;
	return e;
}

/* What the machine asks for (--advertise-tags), in the name of who it joins as:
 * whoever manages machines gives tags by saying so, not by letting it in. */
static enum err
take_tags(struct db *db, const struct pending_decision *d,
	const struct user *owner, struct join *j, struct arena *mem)
{
	const struct json_texts *wanted = &j->hostinfo->request_tags;
	const char *words;
	enum err e = tags_taken(db, owner, NULL, wanted, mem, &words);

	if (e == ERR_TAGS_REFUSED && d->words)
		*d->words = words;
	if (e || !wanted->count)
		return e;
	j->user_id = 0;
	return tags_normal(mem, wanted->at, wanted->count, &j->tags);
}

/* The owner: with tags nobody, else a user that exists, and whose name whoever
 * decides may use. */
static enum err
check_owner(struct db *db, const struct pending_decision *d, struct join *j,
	struct arena *mem)
{
	struct json_texts l = { NULL, 0 };
	const char *unknown;
	struct user owner;
	enum err e = ERR_OK;

	if (d->tags && *d->tags)
		e = json_texts_parse(d->tags, mem, &l);
	if (!e)
		e = tags_normal(mem, l.at, l.count, &j->tags);
	if (!e)
		e = tags_known(db, &l, &unknown);
	if (e)
		return e;
	if (l.count)
		j->user_id = 0;
	else if (!j->user_id)
		return ERR_NO_OWNER;
	if (!j->user_id)
		return ERR_OK;
	e = db_user_by_id(db, j->user_id, mem, &owner);
	if (!e && !actor_may_own_as(d->actor, &owner))
		e = ERR_DENIED;
	if (!e && owner.status == USER_SUSPENDED)
		e = ERR_SUSPENDED;
	if (!e && owner.status == USER_NEEDS_APPROVAL)
		e = ERR_USER_WAITS;
	return e ? e : take_tags(db, d, &owner, j, mem);
}

static enum err
join_pending(struct db *db, const struct settings *s, const struct pending *p,
	struct join *j, int64_t until, struct arena *mem, struct node *out)
{
	enum err e;

	j->machine_key = p->machine_key;
	j->node_key = p->node_key;
	j->old_node_key = p->old_node_key;
	j->hostinfo_raw = p->hostinfo;
	j->capver = p->capver;
	j->ephemeral = p->ephemeral;
	j->wanted_expiry = p->wanted_expiry > j->now ? p->wanted_expiry : 0;
	j->detail = arena_printf(mem, "%s, from %s", j->method, p->address);
	if (until && (!j->wanted_expiry || until < j->wanted_expiry))
		j->wanted_expiry = until;
	e = node_join(db, s, j, mem, out);
	/* Somebody else's key let the machine in meanwhile. */
	return e == ERR_EXISTS ? ERR_DECIDED : e;
}

enum err
tailnet_pending_approve(struct db *db, const struct settings *s,
	const struct pending *p, int64_t user_id, const char *tags,
	const char *method, const struct actor *a, int64_t now,
	struct arena *mem, struct node *out)
{
	const struct pending_decision d = {
		.user_id = user_id, .tags = tags, .method = method, .actor = a
	};

	return tailnet_pending_decide(db, s, p, &d, now, mem, out);
}

enum err
tailnet_pending_decide(struct db *db, const struct settings *s,
	const struct pending *p, const struct pending_decision *d, int64_t now,
	struct arena *mem, struct node *out)
{
	struct join j = { .user_id = d->user_id,
		.set_tags = true,
		.method = d->method,
		.actor = actor_text(mem, d->actor),
		.unapproved = d->without_right,
		.now = now };
	struct tailcfg_hostinfo hostinfo;
	struct pending row;
	struct node node;
	enum err e = db_begin(db);

	j.hostinfo = &hostinfo;
	if (!e)
		e = still_waiting(db, p->id, now, mem, &row);
	if (!e)
		e = tailcfg_hostinfo_decode(
			(struct json_raw){ row.hostinfo }, mem, &hostinfo);
	if (!e)
		e = check_owner(db, d, &j, mem);
	if (!e)
		e = join_pending(db, s, &row, &j, d->until, mem, &node);
	if (!e)
		e = db_pending_approve(db, row.id, node.id, j.actor, now);
	e = db_end(db, e);
	if (!e)
		*out = node;
	return e;
}

enum err
tailnet_pending_reject(struct db *db, const struct pending *p,
	const char *reason, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct pending row;
	enum err e = db_begin(db);

	if (!e)
		e = still_waiting(db, p->id, now, mem, &row);
	if (!e)
		e = db_pending_reject(db, row.id, reason, actor, now);
	if (!e)
		e = audit(db, now, actor, "registration.rejected", "pending",
			row.id, reason);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
