/*
 * server.h: the connections that nginx hands over, from accept to close: how
 * many there may be and for how long, and what they ended for.
 *
 * A connection begins with an SCGI head.  /derp with an Upgrade becomes a
 * client of the relay (derp.h), plainly or inside WebSocket (websocket.h);
 * everything else gets its small answer and is closed.
 *
 * A connection is half open until the relay has welcomed it, and may be so for
 * HANDSHAKE_MS.  Beside what the relay keeps for a client, one costs at most
 * its SCGI head before that, and after it TUNNEL_OUT_MAX of bytes that the
 * socket did not take.
 */
#ifndef WORKER_RELAY_SERVER_H
#define WORKER_RELAY_SERVER_H

#include <stdint.h>
#include <uv.h>

#include "worker/relay/derp.h"

enum {
	TUNNEL_MAX = 16 * 1024,
	TUNNEL_HALF_OPEN_MAX = 1024, /* beyond it the oldest is dropped */
	/* Whoever takes no byte in that time while some wait has gone; looked
	 * at each second. */
	TUNNEL_STALL_MS = 2000,
	TUNNEL_OUT_MAX = 128 * 1024,
	TUNNEL_LOGS_MAX = 50, /* lines a second about connections */
};

struct server;

struct server_counts {
	int64_t accepted, connections, half_open;
	int64_t left[LEAVE_COUNT];
};

struct server_limits {
	size_t connections, half_open;
};

/* Calls that a relay of this server must be made with. */
extern const struct relay_calls tunnel_calls;

struct server *server_new(uv_loop_t *loop, struct relay *relay,
	const struct server_limits *limits);
/* Accepts on a listening socket.  ERR_IO. */
enum err server_listen(struct server *s, int fd);
/* Takes a connected socket over, as if it had been accepted.  ERR_IO. */
enum err server_adopt(struct server *s, int fd);
/* Each second. */
void server_tick(struct server *s, int64_t now_ms);
const struct server_counts *server_counts(const struct server *s);

/* No more accepts; clients are told and closed.  The loop ends by itself when
 * nothing else is on it; then the server may be freed. */
void server_stop(struct server *s);
void server_free(struct server *s);

#endif
