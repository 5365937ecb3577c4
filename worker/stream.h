/*
 * stream.h: one HTTP/2 request inside a tunnel and its answer.
 *
 * The request is complete before anything looks at it.  The answer is either
 * whole (stream_answer), or begun and fed (stream_begin, stream_push,
 * stream_end) as the map stream is.
 */
#ifndef WORKER_STREAM_H
#define WORKER_STREAM_H

#include "base/blob.h"
#include "base/bytes.h"
#include "tailnet/mapresp.h"
#include "worker/session.h"

enum {
	METHOD_MAX = 8,
	PATH_MAX_LEN = 1024,
	MAP_BODY_MAX = 256 * 1024,
	BODY_MAX = 64 * 1024, /* of every other request */
	QUEUE_BLOBS_MAX = 4096,
};

struct inner_request;
struct wait;

struct stream {
	struct session *session;
	int32_t id;
	char method[METHOD_MAX];
	char *path;
	unsigned char *body;
	size_t body_len, body_room, header_bytes;
	bool too_big, started, ended, deferred;
	/* The answer. */
	struct blob **queue;
	size_t queue_count, queue_room, queue_at, offset;
	/* Who works on it. */
	struct inner_request *inner;
	struct wait *wait;
	/* A map stream only. */
	int64_t node_id;
	uint64_t sent;        /* generation that the client has; 0: nothing */
	uint64_t seen_gen;    /* generation that was looked at last */
	struct map_held held; /* peers that the client has */
	struct map_said said; /* what it shows its people */
	struct key node_key;
	int64_t capver;
	int64_t mapped_ms;          /* when it became one */
	int64_t unsettled_until_ms; /* worker/fanout.h */
	uint64_t shut_out_gen; /* when it was told last that it is shut out */
	bool is_map, farewell, told_shut_out, told_hidden, told_expired;
	bool had_map, plain;
	TAILQ_ENTRY(stream) list;
	TAILQ_ENTRY(stream) mapped; /* in the list of all map streams */
};

/* Registers the callbacks of nghttp2 that make streams. */
nghttp2_session_callbacks *stream_callbacks(void);

void stream_answer(struct stream *st, int status, const char *content_type,
	int64_t retry_after, const void *body, size_t len);
void stream_words(struct stream *st, int status, const char *words);

void stream_begin(struct stream *st);
/* Takes over the reference. */
void stream_push(struct stream *st, struct blob *b);
void stream_end(struct stream *st);
/* Whether everything pushed has left. */
bool stream_idle(const struct stream *st);

/* Ends it with everything that hangs on it; for a session that goes. */
void stream_free(struct stream *st);

/* A complete request came: worker/dispatch answers it. */
void dispatch(struct stream *st);
/* Whether its body may be cut to nothing and the rest be dispatched, when it is
 * larger than its limit: whoever waits for it is told so then. */
bool dispatch_cut(struct stream *st);
/* Whether its machine asks handlers for too much; then it was answered 429. */
bool dispatch_limited(struct stream *st);
/* The stream is gone: whoever works on it forgets it. */
void dispatch_gone(struct stream *st);

#endif
