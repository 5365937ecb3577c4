/*
 * presence.h: who is online, with grace.
 *
 * A node is online while it has a map stream.  When the stream ends, peers hear
 * nothing for GRACE_MS: a client that reconnects was never away.  Nodes that
 * node_live called online when this worker started have START_GRACE_MS to come
 * back.
 */
#ifndef WORKER_PRESENCE_H
#define WORKER_PRESENCE_H

#include "worker/worker.h"

enum {
	GRACE_MS = 10 * 1000,
	START_GRACE_MS = 60 * 1000,
};

void presence_start(struct worker *w);
void presence_left(struct worker *w, struct snap_node *n);
/* Once a second. */
void presence_tick(struct worker *w, int64_t now_ms);

#endif
