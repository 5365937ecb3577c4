/*
 * mapfilter.h: the packet filter of a viewer, in pieces.
 *
 * Clients keep a filter as lists of rules by name: a list replaces the one of
 * that name, null takes it away, null for "*" takes all of them away
 * (spec/map-and-state.md 1).  So an edit of a rule, or a machine that joins a
 * source set, costs a client the pieces that changed
 * (docs/adr/0016-a-filter-in-pieces.md).
 */
#ifndef TAILNET_MAPFILTER_H
#define TAILNET_MAPFILTER_H

#include "base/buf.h"
#include "tailnet/mapresp.h"

/* Whatever was sent before. */
#define MAPFILTER_NOTHING "\"PacketFilters\":{\"*\":null,\"base\":[]}"

/* The member, with all pieces and instead of any that were sent before; then
 * v->held has them. */
void mapfilter_put(
	struct snapshot *s, struct buf *out, const struct map_viewer *v);
/* The pieces that are not what v->held has; then it has them.  Without it: all
 * of them.
 *
 * 1.102 takes a filter in beside its peers, and at each makes a list of the
 * peer relays that it may use from the peers as it was last told them whole: a
 * home that came by a patch is not in it, and the relay is asked nowhere.  So
 * who may use one is told what makes it rebuild, too. */
void mapfilter_put_changes(
	struct snapshot *s, struct buf *out, const struct map_viewer *v);

#endif
