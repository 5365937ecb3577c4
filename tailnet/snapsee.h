/*
 * snapsee.h: who may see whom: the one place where maps ask.
 */
#ifndef TAILNET_SNAPSEE_H
#define TAILNET_SNAPSEE_H

#include "tailnet/snapshot.h"

/* A bit for each node of that chunk that the viewer may see: it is there, not
 * hidden, not the viewer itself. */
uint64_t snap_sees(const struct snapshot *s, const struct snap_node *viewer,
	int64_t chunk_number);
bool snap_sees_node(const struct snapshot *s, const struct snap_node *viewer,
	const struct snap_node *n);
bool snap_sees_any_of(const struct snapshot *s, const struct snap_node *viewer,
	const struct snap_owned *nodes);
bool snap_sees_anyone(const struct snapshot *s, const struct snap_node *viewer);

#endif
