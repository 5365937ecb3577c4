/*
 * presence.h: who is online, with grace.
 *
 * A node is online while it has a map stream.  When the stream ends, peers hear
 * nothing for GRACE_MS: a client that reconnects was never away.  Nodes that
 * node_live called online when this worker started have START_GRACE_MS to come
 * back.
 *
 * A router has ROUTER_GRACE_MS until what it shares with others is theirs
 * (policy/elect.h); a client that takes a new connection needs less.
 */
#ifndef WORKER_PRESENCE_H
#define WORKER_PRESENCE_H

#include "worker/worker.h"

enum {
	ROUTER_GRACE_MS = 1500,
	GRACE_MS = 10 * 1000,
	START_GRACE_MS = 60 * 1000,
};

void presence_start(struct worker *w);
void presence_left(struct worker *w, struct snap_node *n);
/* How many nodes have left and count as online still. */
size_t presence_leaving(const struct worker *w);
/* Once a second. */
void presence_tick(struct worker *w, int64_t now_ms);

#endif
