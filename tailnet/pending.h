/*
 * pending.h: the link that a machine without an auth key gets.
 *
 * The id in the link is "hskey-authreq-", 18 characters that follow from the
 * pepper, the two keys and the row's code, and the code itself.  So the same
 * link can be printed again for a row that waits, though only its hash is
 * stored: a client that asks twice gets one link and one row.  With another
 * node key (`up --force-reauth` once more) it gets a link of its own, and the
 * older one ends: who opens that reads that there is a newer one.
 */
#ifndef TAILNET_PENDING_H
#define TAILNET_PENDING_H

#include "tailnet/register.h"

enum {
	PENDING_ID_LEN = 24, /* behind "hskey-authreq-" */
	PENDING_CODE_LEN = 6,
};

struct pending_request {
	const struct register_input *in;
	struct key node_key, old_node_key; /* zero: none */
	int64_t wanted_expiry;
	bool fresh; /* a link that this machine has not seen */
};

/* The link for a machine; a row that waits already is used again and lives
 * longer.  ERR_FULL beyond PENDING_MAX and PENDING_ADDRESS_MAX. */
enum err pending_link(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct pending_request *r,
	struct arena *mem, const char **url);

#endif
