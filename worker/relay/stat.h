/*
 * stat.h: the relay's counters, written to the table `stat` for /metrics.
 *
 * A writer may have to wait for others, so the write happens on libuv's work
 * thread with a connection of its own, one at a time.
 */
#ifndef WORKER_RELAY_STAT_H
#define WORKER_RELAY_STAT_H

#include "worker/relay/conn.h"
#include "worker/relay/stun_port.h"

enum {
	STAT_SECONDS = 10,
};

struct stat_sources {
	const struct relay *relay;
	const struct server *server;
	const struct stun_port *stun;
};

struct stat_writer;

struct stat_writer *stat_new(uv_loop_t *loop, const char *home);
/* Copies the counters and begins to write them, unless it is at it still. */
void stat_write(
	struct stat_writer *s, const struct stat_sources *from, int64_t now);
/* After the loop has ended. */
void stat_free(struct stat_writer *s);

#endif
