/*
 * derp.h: the relay between clients: who is here under which node key, and what
 * each of them still has to be sent.
 *
 * No socket and no clock: a connection hands in what it read (relay_input) and
 * takes out what is to be written (relay_pull) when its socket has room.  So a
 * client that does not read costs a bounded queue (queue.h) that loses its
 * oldest packets, and nobody waits for it.  Everything but packets is not
 * queued but owed: one pong, one keep-alive, a short list of peers that left.
 *
 * What one client can make us keep at most: QUEUE_BYTES_MAX of packets, one
 * frame that has come in part (RELAY_PARTIAL_MAX), GONE_MAX notes, and its
 * share of RELAY_SENT_TOTAL_MAX.  What a connection adds: tunnel.h.
 */
#ifndef WORKER_RELAY_DERP_H
#define WORKER_RELAY_DERP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/derp.h"
#include "worker/relay/admit.h"

enum {
	/* Below nginx' read timeout in any case (spec/protocol.md 2.6), and
	 * spread so that they do not come all at once. */
	KEEP_ALIVE_MIN_MS = 50 * 1000,
	KEEP_ALIVE_MAX_MS = 55 * 1000,
	HANDSHAKE_MS = 10 * 1000,
	RELAY_READ_MAX = 64 * 1024, /* handed in at once */
	RELAY_PARTIAL_MAX = DERP_FRAME_MAX + RELAY_READ_MAX,
	SAME_KEY_MAX = 8,    /* connections under one key; the oldest must go */
	GONE_MAX = 16,       /* peers that left, waiting to be told */
	GONE_BURST = 3,      /* "not here" notes: so many at once, */
	GONE_EACH_MS = 1000, /* then one each second */
	/* Who sent to whom, for "gone" notes; beyond it nobody is told. */
	RELAY_SENT_MAX = 1024,
	RELAY_SENT_TOTAL_MAX = 256 * 1024,
	RATE_BURST_MS = 2000, /* a burst is what comes in so long at the rate */
};

/* Why a connection ended; the words are labels of a counter. */
#define LEAVE_TABLE(X)                     \
	X(HUNG_UP, "hung-up")              \
	X(ANSWERED, "answered")            \
	X(BAD_REQUEST, "bad-request")      \
	X(BAD_FRAME, "bad-frame")          \
	X(TOO_BIG, "too-big")              \
	X(BAD_BOX, "bad-box")              \
	X(MESH, "mesh")                    \
	X(NOT_ADMITTED, "not-admitted")    \
	X(REVOKED, "revoked")              \
	X(HANDSHAKE, "handshake-timeout")  \
	X(HALF_OPEN, "too-many-half-open") \
	X(TOO_MANY, "too-many")            \
	X(SAME_KEY, "too-many-of-one-key") \
	X(STALLED, "stalled")              \
	X(STOPPING, "stopping")

enum leave {
	STAY,
#define X(name, word) LEAVE_##name,
	LEAVE_TABLE(X)
#undef X
	LEAVE_COUNT,
};

const char *leave_word(enum leave why);

struct relay_counts {
	int64_t clients, homes; /* now; homes: those who noted us as home */
	int64_t packets_in, packets_out, bytes_in, bytes_out;
	int64_t dropped_queue, dropped_unknown;
};

struct relay_calls {
	/* The client is owed something: pull when the loop has a moment. */
	void (*wake)(void *conn);
	/* Its queue is full: pull now if the socket takes it.  Must not end
	 * the connection before it returned. */
	void (*flush)(void *conn);
	/* End the connection; must call relay_leave before it returns. */
	void (*close)(void *conn, enum leave why);
	/* It was admitted after it had to wait: reading may go on. */
	void (*resume)(void *conn);
};

struct relay;
struct client;

struct relay *relay_new(const struct relay_calls *calls,
	const uint8_t private[DERP_KEY_LEN], const struct admit *admit);
/* Another one for who comes from now on. */
void relay_set_key(struct relay *r, const uint8_t private[DERP_KEY_LEN]);
void relay_free(struct relay *r); /* all have left before */

const uint8_t *relay_public(const struct relay *r);
const struct relay_counts *relay_counts(const struct relay *r);
/* Bytes a second that one client may send, 0 for any. */
void relay_set_rate(struct relay *r, int64_t bytes_a_second);

/* Someone connected: owes him the server's key.  `conn` is what calls get. */
struct client *relay_join(struct relay *r, void *conn, int64_t now_ms);
void relay_leave(struct client *c);
bool relay_is_welcome(const struct client *c);
/* It waits for an answer to who it is: nothing more is to be read from it. */
bool relay_is_asking(const struct client *c);
/* That answer (ADMIT_LATER): those who came with the key may stay or must go.
 */
void relay_answer(struct relay *r, const uint8_t key[DERP_KEY_LEN],
	bool allowed, int64_t now_ms);
/* What admission said: the node's id or ADMIT_ANY; 0 before welcome. */
int64_t relay_node(const struct client *c);

/* Bytes came, at most RELAY_READ_MAX.  Anything but STAY: close it with that
 * reason. */
enum leave relay_input(
	struct client *c, const void *bytes, size_t len, int64_t now_ms);
/* For how long nothing more should be read from it; 0 as a rule. */
int64_t relay_pause_ms(struct client *c, int64_t now_ms);

/* Whole frames that are owed, as many as fit; `room` is at least
 * DERP_FRAME_MAX.  Returns the bytes written, 0 when nothing is owed. */
size_t relay_pull(struct client *c, uint8_t *out, size_t room);

/* Each second: keep-alives, handshakes that take too long, nodes that may no
 * longer be here. */
void relay_tick(struct relay *r, int64_t now_ms);
/* Tells all, and those who come later: what is wrong here, "" for nothing.
 * `text` is a literal of at most 128 bytes. */
void relay_health(struct relay *r, const char *text);
/* Tells all that we go and come back. */
void relay_say_restarting(struct relay *r);

#endif
