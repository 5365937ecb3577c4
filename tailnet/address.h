/*
 * address.h: the next free addresses of a new node.
 *
 * Of the settings ipv4_prefix and ipv6_prefix, one of which may be empty, or of
 * the policy's pools for such nodes (nodeAttrs.ipPool): then of no other;
 * random or in sequence (setting address_order: the next behind that of the
 * newest node, around at the end). Never: first and last of the prefix, the
 * service addresses, 100.115.92.0/23, 100.100.0.0/24, 100.100.100.0/24, the
 * special v6 areas (spec/map-and-state.md 4), an address of a node, or one held
 * since a deletion (ADDRESS_HOLD_SECONDS).  Runs inside the caller's
 * transaction; UNIQUE columns are the last word.
 */
#ifndef TAILNET_ADDRESS_H
#define TAILNET_ADDRESS_H

#include "base/ip.h"
#include "db/node.h"
#include "tailnet/settings.h"

enum {
	ADDRESS_HOLD_SECONDS = 24 * 3600,
};

struct address_space {
	struct prefix ipv4, ipv6; /* family 0: none of that family */
	/* Instead of ipv4, if there are any: the first that has one left. */
	const struct prefix *pools;
	size_t pool_count;
};

/* Whether a machine may have it: in the prefix, neither its first nor its last,
 * not reserved.  A prefix without family holds nothing. */
bool address_may_be(const struct prefix *p, const struct ip *ip);
/* All of the prefix lies in an area that is never given. */
bool address_is_reserved(const struct prefix *p);
/* How many nodes have an address of that family outside of the prefix ("": all
 * that have one). */
enum err address_outside(struct db *db, bool four, const char *prefix,
	struct arena *mem, int64_t *count);

/* As address_next, out of other prefixes: smaller ones, for tests. */
enum err address_next_in(struct db *db, const struct address_space *space,
	const struct settings *s, int64_t now, struct arena *mem,
	const char **ipv4, const char **ipv6);

/* For a node that will have this user, if any, and these tags.  NULL for a
 * family without prefix.  ERR_NO_ADDRESS when a range is full. */
enum err address_next(struct db *db, const struct settings *s,
	const struct node *n, int64_t now, struct arena *mem, const char **ipv4,
	const char **ipv6);

#endif
