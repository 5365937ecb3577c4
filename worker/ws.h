/*
 * ws.h: the WebSocket layer of a tunnel (wslay), for browser clients
 * (spec/protocol.md 2.5): binary messages carry the Noise bytes, boundaries
 * mean nothing.  Unmasks, answers pings, closes with 1003 on text.
 */
#ifndef WORKER_WS_H
#define WORKER_WS_H

#include <stdbool.h>
#include <stddef.h>

#include "worker/conn.h"

enum {
	WS_MESSAGE_MAX = 32 * 1024, /* what the peer's library reads at most */
};

struct ws;
typedef void ws_got(void *arg, const unsigned char *at, size_t len);

struct ws *ws_new(struct conn *c);
void ws_free(struct ws *ws);
/* Bytes from the socket; calls `got` for each piece of a binary message.  False
 * when the connection is over (a close frame was queued if one is due). */
bool ws_feed(struct ws *ws, const unsigned char *at, size_t len, ws_got *got,
	void *arg);
void ws_send(struct ws *ws, const void *at, size_t len);
void ws_close(struct ws *ws, int code, const char *reason);

/* The Sec-WebSocket-Accept of a Sec-WebSocket-Key; 29 bytes. */
void ws_accept(const char *key, char out[29]);

#endif
