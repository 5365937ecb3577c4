/*
 * ping.h: PingRequest, the one question that control may ask a client: by HEAD,
 * c2n, or a ping of another machine (spec/protocol.md 6.5).
 *
 * It travels on the map stream with KeepAlive, so that it may come before the
 * first map, and no client makes its netmap anew because of it.  The answer is
 * a request of its own, inside Noise, maybe in another tunnel of the machine.
 */
#ifndef WORKER_PING_H
#define WORKER_PING_H

#include "worker/stream.h"

struct ping {
	const char *path;  /* "/machine/…", another one each time */
	const char *types; /* "" is a HEAD */
	const char *ip;    /* whom to ping; NULL, or "" */
	struct bytes payload;
};

/* Behind whatever waits for the stream; false when too much does. */
bool ping_send(struct stream *st, const struct ping *p);

#endif
