/*
 * snapelect.h: the worker's elections (policy/elect.h): each node keeps which
 * subnets it was elected for, and node_live has it for pages, the command line
 * and the next worker.
 */
#ifndef TAILNET_SNAPELECT_H
#define TAILNET_SNAPELECT_H

#include "tailnet/snapshot.h"

/* After routers changed in the engine: puts down who was elected, there too. */
void snap_election(struct snapshot *s);
/* What it does not advertise, or may not carry any more, it was not elected
 * for: should it come back to it, another serves. */
void snap_election_prune(struct snapshot *s, struct snap_node *n);

#endif
