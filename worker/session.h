/*
 * session.h: one tunnel: Noise records outside, HTTP/2 (nghttp2) inside.
 *
 * A session begins when /ts2021 was answered with 101 and the Noise response;
 * it has no effect on anything else before the client's first record opens,
 * since the first message can be replayed (spec/reliability.md T3): until then
 * it is half open, and the oldest half-open one is dropped past HALF_OPEN_MAX.
 *
 *   HALF_OPEN ─ first record opens ─▶ OPEN ─ GOAWAY ─▶ DRAINING ─▶ CLOSED
 *
 * Its streams are in worker/stream.  Bytes wait inside nghttp2 and the streams'
 * queues as references to shared blobs until the socket takes them.
 */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include <nghttp2/nghttp2.h>

#include "proto/noise.h"
#include "proto/record.h"
#include "worker/conn.h"
#include "worker/h2mem.h"
#include "worker/wheel.h"
#include "worker/worker.h"
#include "worker/ws.h"

enum {
	HALF_OPEN_MAX = 4096, /* as many come at once after a restart */
	FIRST_RECORD_SECONDS = 10,
	STREAMS_MAX = 100, /* a session, at once */
	HEADER_LIST_MAX = 16 * 1024,
	BODIES_MAX = 512 * 1024, /* request bytes in flight, a session */
};

enum session_state {
	HALF_OPEN,
	OPEN,
	DRAINING,
	CLOSED,
};

struct stream;
struct machine;
TAILQ_HEAD(stream_list, stream);

struct session {
	struct worker *worker;
	struct conn *conn;
	struct ws *ws; /* the WebSocket layer, NULL on native tunnels */
	enum session_state state;
	int64_t id; /* of its row in noise_session; 0 before OPEN */
	struct key machine_key;
	int64_t capver;
	char address[46];
	uint8_t hash[8];
	struct record_sealer sealer;
	struct record_opener opener;
	nghttp2_session *h2;
	struct h2mem *h2mem; /* what h2 lives in */
	struct stream_list streams;
	size_t stream_count, body_bytes;
	struct stream *map; /* the map stream, NULL if none */
	int64_t started_ms;
	bool inside; /* nghttp2 is working: no second entry */
	/* The payload of the DATA frame that took all that its stream, the only
	 * one, has; 0: there may be more. */
	size_t took_all;
	struct wheel_timer timer;
	TAILQ_ENTRY(session) list; /* worker->half_open or ->open */
	struct machine *machine;   /* NULL while half open */
	TAILQ_ENTRY(session) of_machine;
};

/* Takes over the connection: `initiation` is the client's first message.  False
 * when it does not fit: then `why` (a literal) tells, and the caller answers.
 */
bool session_begin(struct worker *w, struct conn *c, struct ws *ws,
	const unsigned char *initiation, size_t len, const char *address,
	const char **why);

/* Writes what nghttp2 has, as far as the socket takes it.  After every submit.
 */
void session_pump(struct session *s);
/* Ends it: GOAWAY if that still can be said. */
void session_close(struct session *s, const char *why);
void session_drain(struct session *s);

/* Once a second: timeouts of half-open sessions, and `timer` of the others:
 * keep-alive of a map stream, PING of a tunnel without one. */
void sessions_tick(struct worker *w, int64_t now_ms);

#endif
