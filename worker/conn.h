/*
 * conn.h: one accepted stream socket on the loop: bytes in, bytes out.
 *
 * Reading goes through one buffer that all connections share, so an idle one
 * costs no read memory.  What cannot be written at once is kept, at most
 * CONN_QUEUE_MAX bytes; the owner stops producing while conn_full, and is
 * called when there is room again.  A connection that makes no progress for
 * CONN_STALL_MS with bytes waiting is closed by the sweep.
 *
 * One message to many connections is made for a batch of them first and written
 * to their sockets then (conn_hold … conn_release), so that neither the code
 * that makes it nor the kernel's pushes the other out of the caches each time,
 * and whoever reads the sockets is woken once.
 *
 * The owner is called back through conn_calls.  After `closed` the conn is
 * freed.
 */
#ifndef WORKER_CONN_H
#define WORKER_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

enum {
	CONN_QUEUE_MAX = 64 * 1024,
	CONN_STALL_MS = 30 * 1000,
	CONN_HELD_MOST = 320,  /* connections whose bytes are held at once */
	CONN_HELD_BYTES = 512, /* longer writes are not held */
};

struct conn;

struct conn_calls {
	/* Bytes came; they are valid during the call. */
	void (*bytes)(struct conn *c, const unsigned char *at, size_t len);
	/* The queue has room again. */
	void (*room)(struct conn *c);
	/* The other side is gone or conn_close was called; last call.  `why` is
	 * a literal. */
	void (*closed)(struct conn *c, const char *why);
};

struct conn {
	uv_pipe_t pipe;
	const struct conn_calls *calls;
	void *owner;
	size_t queued;
	int64_t progress_ms; /* monotonic: when the last write got on */
	const char *why;     /* of the close, NULL while open */
	bool held;           /* its bytes are in the batch */
	uv_shutdown_t shut;
	TAILQ_ENTRY(conn) writing; /* in the list of those with queued bytes */
};

/* Accepts from `server`; `closed` tells when that failed. */
struct conn *conn_accept(
	uv_stream_t *server, const struct conn_calls *calls, void *owner);
/* Connects to a unix socket; `closed` tells of a failure, `room` of success. */
struct conn *conn_connect(uv_loop_t *loop, const char *path,
	const struct conn_calls *calls, void *owner);

/* Copies what the socket does not take at once. */
void conn_write(struct conn *c, const void *bytes, size_t len);
bool conn_full(const struct conn *c);
/* Until conn_release, in the same turn of the loop, short writes may be held
 * back.  Each connection's bytes keep their order, and what was written before
 * a connection is closed or finished leaves before. */
void conn_hold(void);
void conn_release(void);
/* At once, dropping what is queued.  `why` is a literal; safe to repeat. */
void conn_close(struct conn *c, const char *why);
/* After the queued bytes have left (or the stall time). */
void conn_finish(struct conn *c, const char *why);

/* Closes connections whose queue made no progress since CONN_STALL_MS. */
void conn_sweep(int64_t now_ms);

#endif
