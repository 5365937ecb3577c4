/*
 * join.h: a machine that was let in gets its row: the part that auth keys and
 * approvals share.  Inside the caller's transaction.
 */
#ifndef TAILNET_JOIN_H
#define TAILNET_JOIN_H

#include "db/node.h"
#include "proto/tailcfg.h"
#include "tailnet/settings.h"

struct join {
	struct key machine_key, node_key;
	struct key old_node_key; /* that it had until now; zero: none */
	int64_t user_id;         /* 0: tagged */
	const char *tags;        /* JSON, normal; "[]" with a user */
	bool set_tags;           /* also on a row that has tags already */
	const struct tailcfg_hostinfo *hostinfo;
	const char *hostinfo_raw;
	int64_t capver;
	bool ephemeral;
	const char *method;
	bool unapproved;        /* counts with the setting device_approval */
	int64_t preauth_key_id; /* 0: none */
	int64_t wanted_expiry;  /* 0: none; it may only shorten */
	const char *actor, *detail;
	const char *address; /* where it came from; NULL: that of the origin */
	int64_t now;
};

/*
 * From a user to tags the row goes along, and from tags to a user when a person
 * let the machine in: it is the machine with the old node key, and it keeps id,
 * addresses, name and approved routes.  By key nothing goes back to a user, so
 * that an admin's tags survive the restart of a container.
 *
 * New routes are approved if the policy says so (auto_approve.h).
 *
 * Same machine and same owner: the same row, with its id, addresses and name,
 * and the old node key retired; it is approved if it was before, or if a
 * person who may lets it in now: an auth key approves new machines alone.
 * Otherwise a new row.
 *
 * ERR_NODE_KEY_TAKEN: the node key is or was another machine's.  ERR_EXISTS: it
 * is this machine's already, under another owner: a new node key is needed.
 * ERR_EXPIRED: it was this machine's and is retired.  ERR_NO_ADDRESS.
 */
enum err node_join(struct db *db, const struct settings *s,
	const struct join *j, struct arena *mem, struct node *out);

#endif
