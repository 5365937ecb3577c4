/*
 * door.h: what an SCGI head asks the relay for, and the answer to it.
 *
 * /derp with an Upgrade becomes DERP, or DERP inside WebSocket where the
 * subprotocol says so; probes and mistakes get a small page.
 */
#ifndef WORKER_RELAY_DOOR_H
#define WORKER_RELAY_DOOR_H

#include "proto/cgi.h"
#include "proto/derp.h"

enum {
	DOOR_ANSWER_MAX = 512,
};

enum door_kind {
	DOOR_ANSWERED, /* send the answer, then close */
	DOOR_DERP,     /* send the answer, then frames */
	DOOR_WEBSOCKET,
};

/* The answer is text, "" where frames come without a head. */
enum door_kind door_answer(const struct scgi_head *h,
	const uint8_t key[DERP_KEY_LEN], char out[DOOR_ANSWER_MAX]);

#endif
