/*
 * upgrade.h: what nginx hands to worker.sock: SCGI heads.
 *
 *   /ts2021            the tunnel: 101 and a session, or an answer in plain
 * words that names what broke the way in
 *   /_worker/metrics   the counters as text, for who reaches the socket itself
 *   /_worker/events/…  event streams of pages (worker/events.h)
 *
 * A head must be complete within HEAD_SECONDS; at most HEADS_MAX wait for
 * theirs longer than HEAD_GRACE_MS, and HEADS_AT_ONCE at all: the oldest is
 * dropped.  After a restart thousands of clients come at once, all with whole
 * heads, and are accepted before the first is read.
 */
#ifndef WORKER_UPGRADE_H
#define WORKER_UPGRADE_H

#include "worker/worker.h"

enum {
	HEAD_SECONDS = 10,
	HEADS_MAX = 1024,
	HEAD_GRACE_MS = 1000,
	HEADS_AT_ONCE = 8192,
};

/* For uv_listen on worker.sock; server->data is the worker. */
void upgrade_accept(uv_stream_t *server, int status);
/* Once a second. */
void upgrade_tick(int64_t now_ms);

#endif
