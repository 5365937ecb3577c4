/*
 * fanout.h: from changes in the snapshot to messages on the map streams.
 *
 * A stream owes whatever changed since the generation it was sent; it is paid
 * when its last message has left.  The first change after a quiet time goes out
 * at once; while changes go on, all streams are paid once in a window that
 * grows with their number (FANOUT_LEAST_MS … FANOUT_MOST_MS), so that the cost
 * of a storm is streams per window, not events times streams
 * (spec/performance.md 3.7).
 *
 * Clients between 1.82 and 1.100 take a whole netmap in by a queue, and a patch
 * beside it: a patch that comes while the queue is not empty meets the old
 * peers, or is overwritten by the older netmap, and is lost (seen with 1.90:
 * half of all joins stayed without a direct path).  So for FANOUT_SETTLE_MS
 * after a message that made such a client rebuild, its deltas make it rebuild
 * too: those keep their order.
 */
#ifndef WORKER_FANOUT_H
#define WORKER_FANOUT_H

#include "worker/stream.h"

enum {
	FANOUT_LEAST_MS = 50,
	FANOUT_MOST_MS = 1000,
	FANOUT_SETTLE_MS = 5000,
	FANOUT_ORDERED_TO = 113,   /* capability version of 1.80 … */
	FANOUT_ORDERED_FROM = 142, /* … and 1.102, which need none of it */
	KEEPALIVE_SECONDS = 50,    /* plus 0 to KEEPALIVE_JITTER */
	KEEPALIVE_JITTER = 8,
};

void fanout_start(struct worker *w);

/* The stream is a map stream of that node from now on; it owes everything. */
void fanout_add(struct stream *st);
void fanout_remove(struct stream *st);
/* Pays one stream what it owes, if its last message has left. */
void fanout_pay(struct stream *st);
/* How many streams owe their clients something, or have bytes that wait. */
size_t fanout_behind(void);
/* The keep-alive of a stream, when its timer fires. */
void fanout_keepalive(struct stream *st);

#endif
