/*
 * register.h: how a machine becomes a node.
 *
 * tailnet_register answers one RegisterRequest, in one transaction that is
 * committed with FULL sync before it returns: key spent, addresses taken, name
 * found, row and audit row written, all or nothing.  The order of the tests is
 * that of spec/map-and-state.md 5.2 with DESIGN's changes: logout; known node
 * key; followup; auth key; interactive.
 *
 * A request that is repeated (its answer was lost) is success without using the
 * key twice: same machine key and same node key.  A machine that asks for a
 * link again with the same node key gets the same one, while it waits.
 *
 * --advertise-tags is granted by the policy (tag_owner.h): to the owner of a
 * plain key, to the tags of a tagged one, to whom a person lets it in for.
 *
 * A node key that is retired, or this machine's under another owner than the
 * auth key's, is answered with REGISTER_KEY_EXPIRED: the client comes again
 * with a new one, and the auth key is not spent by the first try.
 */
#ifndef TAILNET_REGISTER_H
#define TAILNET_REGISTER_H

#include "db/node.h"
#include "db/pending.h"
#include "db/user.h"
#include "proto/tailcfg.h"
#include "tailnet/people.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

enum {
	CAPVER_MIN = 113,    /* client 1.80 */
	REPEAT_SECONDS = 60, /* a spent key, again from the same machine */
	/* Of a request; a row that waits keeps it, and strangers make those. */
	REGISTER_HOSTINFO_MAX = 32 * 1024,
};

enum register_outcome {
	REGISTER_DONE,        /* node (and user) are filled */
	REGISTER_KEY_EXPIRED, /* NodeKeyExpired: the client makes a new key */
	REGISTER_LOGGED_OUT,  /* also NodeKeyExpired */
	REGISTER_AUTH_URL,    /* auth_url is filled */
	REGISTER_WAIT,    /* pending_id, deadline: ask again when it changes */
	REGISTER_REFUSED, /* error: its words are for the client */
};

struct register_input {
	const struct tailcfg_register_request *request;
	struct key machine_key; /* of the Noise session */
	int64_t capver;         /* of the Noise session */
	const char *address;    /* where the tunnel comes from */
	bool may_wait;          /* false: a followup must be answered now */
	int64_t now;
};

struct register_result {
	enum register_outcome outcome;
	enum err error;
	const char *words; /* for the client, with the reason of a rejection */
	struct node node;
	struct user user; /* id 0 for a tagged node */
	const char *auth_url;
	int64_t pending_id, deadline;
};

/* ERR_OK whenever *out says it; an error only for what is not the client's
 * doing (database, disk): the handler answers 5xx and the client retries. */
enum err tailnet_register(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct register_input *in,
	struct arena *mem, struct register_result *out);

/* The pending row of an id as it stands in a link.  ERR_BAD_INPUT for a wrong
 * form, ERR_NOT_FOUND. */
enum err tailnet_pending_find(struct db *db, const struct secret *pepper,
	const char *auth_id, struct arena *mem, struct pending *out);

/* And the id that stands in the link of a row. */
const char *tailnet_pending_id(struct arena *mem, const struct secret *pepper,
	const struct pending *p);

/*
 * Admits a waiting machine for a user (or with tags, then user_id 0).
 * ERR_DECIDED when it was decided already, ERR_EXPIRED, ERR_NODE_KEY_TAKEN,
 * ERR_SUSPENDED (the user), ERR_DENIED (not a user that `a` may own as),
 * ERR_TAG_UNKNOWN.  In the name of a user the machine gets the tags that it
 * asks for, all that user owns, else ERR_TAGS_REFUSED.
 */
enum err tailnet_pending_approve(struct db *db, const struct settings *s,
	const struct pending *p, int64_t user_id, const char *tags,
	const char *method, const struct actor *a, int64_t now,
	struct arena *mem, struct node *out);
/* The same, for who may not approve machines too: with the setting
 * device_approval the machine comes in unapproved. */
struct pending_decision {
	int64_t user_id;
	const char *tags;
	const char *method; /* "web", "cli", "oidc" */
	const struct actor *actor;
	bool without_right;
	int64_t until;      /* its key ends then, if not before; 0: as usual */
	const char **words; /* NULL, or why tags were refused */
};
enum err tailnet_pending_decide(struct db *db, const struct settings *s,
	const struct pending *p, const struct pending_decision *d, int64_t now,
	struct arena *mem, struct node *out);
enum err tailnet_pending_reject(struct db *db, const struct pending *p,
	const char *reason, const char *actor, int64_t now);

/* Profile of the owner in maps and replies: a tagged node has the synthetic
 * user TAGGED_USER_ID for others and 2^32 + node id for itself. */
#define TAGGED_USER_ID               INT64_C(2147455555)
#define SELF_TAGGED_USER_ID(node_id) ((INT64_C(1) << 32) + (node_id))

#endif
