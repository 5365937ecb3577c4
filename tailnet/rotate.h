/*
 * rotate.h: other keys for an instance whose keys were lost or leaked, or are
 * to be changed: docs/DEPLOY.md, "Lost or leaked keys", says when which.
 *
 * Each is one transaction with its audit row, while all runs: handlers take the
 * new secrets at their next request, worker and relay with the change log.  A
 * kill at any moment leaves the old or the new, whole (secrets.h).  `dry` does
 * all of it and takes it back, so that what it counts is what would be.
 */
#ifndef TAILNET_ROTATE_H
#define TAILNET_ROTATE_H

#include "db/peppered.h"
#include "db/sealed.h"
#include "proto/key.h"

/* Where a kill may come between; for tests. */
enum rotate_step {
	ROTATE_STAGED,    /* NAME.next is written */
	ROTATE_CHANGED,   /* and all rows, uncommitted */
	ROTATE_COMMITTED, /* NAME.next counts and is called so */
	ROTATE_STEPS,
};

struct rotation {
	struct db *db;
	const char *home;
	const char *actor;
	int64_t now;
	bool dry;
	void (*at)(enum rotate_step step); /* NULL */
};

/* Every function: *why says in words what is wrong, and what to do; NULL where
 * the error says it. */

struct rotated_seal {
	bool lost; /* the old one was not there: what it closed is gone */
	int64_t rows[SEALED_PLACES];
};
/* keys/seal.  ERR_CRYPTO: the old one is not there, or not the one; where
 * `may_lose`, what it closed is given up: the server's keys are made anew, and
 * the rest as db/sealed.h says. */
enum err tailnet_rotate_seal(const struct rotation *r, bool may_lose,
	struct arena *mem, struct rotated_seal *out, const char **why);

/* keys/pepper.  The old one need not be there: what it hashed ends anyway. */
enum err tailnet_rotate_pepper(const struct rotation *r, struct arena *mem,
	struct peppered *out, const char **why);

enum {
	NOISE_GRACE_DEFAULT = 30 * 86400,
	NOISE_GRACE_MOST = 365 * 86400,
};

struct rotated_noise {
	struct key public; /* the new one */
	int64_t answered;  /* how many older ones are answered still */
	int64_t machines;  /* that are known, and may hold the old one */
};
/*
 * The server's machine key.  Clients keep the one that they read at their start
 * (docs/PROTOCOL.md), so that the old one is answered for `grace` seconds more;
 * 0 where it leaked: then machines are cut off until their client is started
 * again.  Older ones end with it when `grace` is 0.
 */
enum err tailnet_rotate_noise(const struct rotation *r, int64_t grace,
	struct arena *mem, struct rotated_noise *out, const char **why);
/* No new key; those before are answered no more.  *ended: how many. */
enum err tailnet_end_old_noise(
	const struct rotation *r, int64_t *ended, const char **why);

/* The key of the own relay, which clients read at each connection. */
enum err tailnet_rotate_relay(
	const struct rotation *r, struct arena *mem, const char **why);

#endif
