/*
 * counters.h: the relay's counters, written to the table `stat` for /metrics.
 *
 * A writer may have to wait for others, so the write happens on libuv's work
 * thread with a connection of its own, one at a time.
 */
#ifndef WORKER_RELAY_COUNTERS_H
#define WORKER_RELAY_COUNTERS_H

#include "worker/relay/server.h"
#include "worker/relay/stun_port.h"

enum {
	COUNTERS_SECONDS = 10,
};

struct counters_from {
	const struct relay *relay;
	const struct server *server;
	const struct stun_port *stun;
};

struct counters;

struct counters *counters_new(uv_loop_t *loop, const char *home);
/* Copies the counters and begins to write them, unless it is at it still. */
void counters_write(
	struct counters *s, const struct counters_from *from, int64_t now);
/* After the loop has ended. */
void counters_free(struct counters *s);

#endif
