/*
 * probe.h: whether routers that share a subnet still answer.
 *
 * A router whose cable was pulled, or whose process hangs, keeps its connection
 * for minutes as far as anyone can tell: the tunnel ends at nginx.  So those
 * that share a subnet with another one that is online are asked each
 * PROBE_EVERY_MS to send a HEAD request through their tunnel.  Who does not
 * within PROBE_ANSWER_MS is silent, and carries only what nobody else can
 * (policy/elect.h), until it answers or comes back by a new stream.
 *
 * An answer says nothing if the stream is another one meanwhile, or if this
 * process was late itself; a stream is asked when it has lasted a while, for a
 * client that takes in its first map may be slow.
 */
#ifndef WORKER_PROBE_H
#define WORKER_PROBE_H

#include "worker/stream.h"

enum {
	PROBE_EVERY_MS = 10 * 1000,
	PROBE_ANSWER_MS = 5 * 1000,
	PROBE_SETTLED_MS = 5 * 1000, /* a stream that is asked is so old */
	PROBE_LATE_MS = 1000,        /* of us; then nothing is concluded */
};

#define PROBE_PATH "/machine/ping-response"

void probe_start(struct worker *w);
/* The answer: a request to PROBE_PATH of whatever method. */
void probe_answer(struct stream *st);

#endif
