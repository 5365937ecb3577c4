/*
 * node.h (rules): what may be done to a node.  One transaction each, with audit
 * row; the change log tells the worker.
 */
#ifndef TAILNET_NODE_H
#define TAILNET_NODE_H

#include "db/node.h"
#include "proto/tailcfg.h"
#include "tailnet/people.h"
#include "tailnet/settings.h"

/* A label that label_is_valid accepts (upper case is lowered), free; it pins
 * the name; "" lets it follow the hostname again.  ERR_BAD_NAME, ERR_EXISTS,
 * ERR_NOT_FOUND, ERR_TOO_BIG for an FQDN past 253. */
enum err tailnet_node_rename(struct db *db, const struct settings *s,
	int64_t id, const char *name, const char *actor, int64_t now);

/* at: Unix seconds, 0 for never.  A time at or before `now` expires it now. */
enum err tailnet_node_expire(
	struct db *db, int64_t id, int64_t at, const char *actor, int64_t now);

/* As a login now would: the setting node_expiry, or never with tags. */
enum err tailnet_node_expire_default(struct db *db, const struct settings *s,
	int64_t id, const char *actor, int64_t now);

/* Lets a machine in that waits for it, or shuts it out again (setting
 * device_approval).  What is so already stays, without a row. */
enum err tailnet_node_approve(struct db *db, int64_t id, bool approved,
	const char *actor, int64_t now);

/* Retires its key, holds its addresses. */
enum err tailnet_node_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

/* Gives a person's machine to another.  `sign_in`: its key expires now, so that
 * the new owner signs in on it.  The same owner: nothing is done.  ERR_TAGGED,
 * ERR_DENIED (`a` may not own as one of the two), ERR_HAS_MACHINE. */
enum err tailnet_node_move(struct db *db, const struct actor *a, int64_t id,
	int64_t user_id, bool sign_in, int64_t now);

/* Sets its addresses; "": it has none of that family.  What it had is kept from
 * others for a while (address.h).  *fault is the family, 4 or 6, of
 * ERR_BAD_ADDRESS (it is none; without both it is 4), ERR_ADDRESS_RANGE,
 * ERR_ADDRESS_TAKEN. */
struct node_addresses {
	const char *ipv4, *ipv6;
};
enum err tailnet_node_addresses(struct db *db, const struct settings *s,
	int64_t id, const struct node_addresses *wanted, const char *actor,
	int64_t now, int *fault);

/* Replaces the tags (JSON, normal; at least one: ERR_NO_TAGS; each with an
 * owner in the policy, if there is one: ERR_TAG_UNKNOWN).  A user's node
 * becomes a tagged one: no user, no expiry.  ERR_EXISTS when the machine has a
 * tagged node already. */
enum err tailnet_node_tag(struct db *db, int64_t id, const char *tags,
	const char *actor, int64_t now);

/* What a change of the approved routes did. */
struct routes_set {
	size_t approved, withdrawn; /* the two exit routes count as one */
};

/* Replaces the approved routes (as routes_to_approve takes them; none: all are
 * withdrawn).  The same as before: nothing is written.  ERR_BAD_ROUTE for a new
 * one that is none, or that nobody can carry (route_trouble). */
enum err tailnet_node_routes(struct db *db, int64_t id,
	const struct json_texts *routes, const char *actor, int64_t now,
	struct routes_set *out);

/* One route of one machine, as a page of many has it. */
struct route_edit {
	int64_t node_id;
	const char *route; /* either exit route stands for both */
	bool approve;      /* else it is withdrawn */
};

/* All of them or none.  ERR_NOT_FOUND: a machine is gone, or neither advertises
 * the route nor has it approved. */
enum err tailnet_routes_edit(struct db *db, const struct route_edit *at,
	size_t count, const char *actor, int64_t now, struct routes_set *out);

/*
 * The durable part of a lite update: hostname (a name that is not pinned
 * follows it), advertised routes, requested tags.  A route that was not
 * advertised before is approved if the policy says so.  RequestTags that differ
 * are taken when the tags of the node own each of them in the policy; else they
 * are left out, with an audit row: a user's machine takes tags by logging in
 * again.  Nothing that differs: no write.
 */
enum err tailnet_node_hostinfo(struct db *db, const struct settings *s,
	int64_t id, const struct tailcfg_hostinfo *h, const char *raw,
	int64_t capver, int64_t now);

/* Ephemeral node, offline since before its time: gone.  ERR_NOT_FOUND when it
 * is not ephemeral (any more). */
enum err tailnet_node_reap(struct db *db, int64_t id, int64_t now);

/*
 * Parts of rules, for register.c: inside the caller's transaction.
 */

/* Its label from its hostname. */
enum err node_follow_hostname(struct db *db, struct arena *mem, struct node *n);
/* `reason`: "rotated" or "deleted". */
enum err node_retire_key(
	struct db *db, const struct node *n, const char *reason, int64_t now);
enum err node_remove(struct db *db, const struct node *n, const char *actor,
	const char *action, int64_t now);
/* Of RequestTags the well-formed ones, sorted, as JSON text. */
const char *node_wanted_tags(
	struct arena *mem, const struct json_texts *request_tags);

#endif
