/*
 * inner.h: control requests that have an end, handed to cairn-fcgi.
 *
 * The worker is a FastCGI client on HOME/inner.sock, one request a connection,
 * at most `inner_children` at once, INNER_QUEUE_MAX waiting; beyond that, or
 * after INNER_SECONDS, the client gets 503.  Before an answer is looked at, the
 * change log is applied up to its Cairn-Seq, so a client that was told
 * "registered" is known when its map request comes (DESIGN 1.1).
 */
#ifndef WORKER_INNER_H
#define WORKER_INNER_H

#include "proto/cgi.h"
#include "worker/stream.h"

enum {
	INNER_QUEUE_MAX = 1024,
	INNER_SECONDS = 30,
};

struct inner *inner_new(struct worker *w);
void inner_free(struct inner *in);

/* The answer, or NULL when there is none to be had (503 is due). */
typedef void inner_done(struct stream *st, const struct cgi_answer *a);

/* Hands the stream's request over.  `wait`: "", "changed" or "over". */
void inner_submit(struct stream *st, const char *wait, inner_done *done);
/* The stream is gone; its answer will be dropped. */
void inner_forget(struct stream *st);
/* Sends the answer on as it is. */
void inner_forward(struct stream *st, const struct cgi_answer *a);

/* Once a second. */
void inner_tick(struct inner *in, int64_t now_ms);

#endif
