/*
 * ws.h: WebSocket around DERP, for clients in browsers: binary messages carry
 * the byte stream, and where one ends means nothing (spec/protocol.md 7.1).
 *
 * Bytes in, bytes out.  wslay takes the client's frames apart and answers pings
 * and closes; what we send are plain messages of at most WS_MESSAGE_MAX.
 */
#ifndef WORKER_RELAY_WS_H
#define WORKER_RELAY_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	WS_MESSAGE_MAX = 32 * 1024, /* the browser's library reads no more */
	WS_HEAD_MAX = 4,
	WS_ACCEPT_SIZE = 29,
	/* Answers to pings that the client does not read; then it is closed. */
	WS_CONTROL_MAX = 4096,
};

struct ws;

/* A piece of the client's stream; false: it is not wanted any more. */
typedef bool ws_got(void *arg, const uint8_t *at, size_t len);

struct ws *ws_new(void);
void ws_free(struct ws *w);

/* ERR_BAD_INPUT: the client broke the protocol, sent text, closed, or `got`
 * had enough.  What ws_pull_control gives then may still be sent. */
enum err ws_feed(
	struct ws *w, const uint8_t *at, size_t len, ws_got *got, void *arg);
/* Pongs and closes that are due; `room` is at least WS_CONTROL_MAX. */
size_t ws_pull_control(struct ws *w, uint8_t *out, size_t room);

/* The head of a message of `len` bytes, 1 to WS_MESSAGE_MAX. */
size_t ws_head_put(uint8_t out[WS_HEAD_MAX], size_t len);

/* RFC 6455 4.2.2.  ERR_BAD_INPUT: not 16 bytes in base64. */
enum err ws_accept(const char *key, char out[WS_ACCEPT_SIZE]);

#endif
