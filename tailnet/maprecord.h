/*
 * maprecord.h: addresses, routes and capabilities of a node as a viewer gets
 * them: what of a peer differs between those who see it.
 *
 * Most nodes have their addresses and nothing else, the same for all.  Those
 * that carry routes, are exit nodes or lack IPv4 are special: who gets which
 * route from whom is the policy's to say.
 */
#ifndef TAILNET_MAPRECORD_H
#define TAILNET_MAPRECORD_H

#include "base/buf.h"
#include "tailnet/snapshot.h"

/* `,"Addresses":[…]` and what else is not empty.  Viewer NULL: the common one.
 */
void maprecord_put(struct snapshot *s, struct buf *out,
	const struct snap_node *viewer, const struct snap_node *n);

/* A number for what maprecord_put says: equal numbers, equal texts.  0: nothing
 * but its addresses, as everybody gets it. */
uint64_t maprecord_kind(struct snapshot *s, const struct snap_node *viewer,
	const struct snap_node *n);
/* The same for those peers of a chunk together. */
uint64_t maprecord_kinds(struct snapshot *s, const struct snap_node *viewer,
	const struct snap_chunk *c, uint64_t peers);

#endif
