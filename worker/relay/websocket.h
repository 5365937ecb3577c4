/*
 * websocket.h: WebSocket around DERP, for clients in browsers: binary messages
 * carry the byte stream, and where one ends means nothing
 * (spec/protocol.md 7.1).
 *
 * Bytes in, bytes out.  wslay takes the client's frames apart and answers pings
 * and closes; what we send are plain messages of at most WEBSOCKET_MESSAGE_MAX.
 */
#ifndef WORKER_RELAY_WEBSOCKET_H
#define WORKER_RELAY_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	WEBSOCKET_MESSAGE_MAX =
		32 * 1024, /* the browser's library reads no more */
	WEBSOCKET_HEAD_MAX = 4,
	WEBSOCKET_ACCEPT_SIZE = 29,
	/* Answers to pings that the client does not read; then it is closed. */
	WEBSOCKET_CONTROL_MAX = 4096,
};

struct websocket;

/* A piece of the client's stream; false: it is not wanted any more. */
typedef bool websocket_got(void *arg, const uint8_t *at, size_t len);

struct websocket *websocket_new(void);
void websocket_free(struct websocket *w);

/* ERR_BAD_INPUT: the client broke the protocol, sent text, closed, or `got`
 * had enough.  What websocket_pull_control gives then may still be sent. */
enum err websocket_feed(struct websocket *w, const uint8_t *at, size_t len,
	websocket_got *got, void *arg);
/* Pongs and closes that are due; `room` is at least WEBSOCKET_CONTROL_MAX. */
size_t websocket_pull_control(struct websocket *w, uint8_t *out, size_t room);

/* The head of a message of `len` bytes, 1 to WEBSOCKET_MESSAGE_MAX. */
size_t websocket_head_put(uint8_t out[WEBSOCKET_HEAD_MAX], size_t len);

/* RFC 6455 4.2.2.  ERR_BAD_INPUT: not 16 bytes in base64. */
enum err websocket_accept(const char *key, char out[WEBSOCKET_ACCEPT_SIZE]);

#endif
