/*
 * h2mem.h: the memory of one tunnel's HTTP/2, mostly in one piece.
 *
 * nghttp2 keeps a session in a dozen small pieces: streams, frames, queues.  A
 * delivery walks through most of them, and in a worker with hundreds of tunnels
 * each would be waited for.  In one room they can be brought near together,
 * before they are needed.
 *
 * In the room lie the first piece, which is nghttp2's session, and those of up
 * to H2MEM_PIECE bytes; what is larger, or finds no room, is malloc's.
 */
#ifndef WORKER_H2MEM_H
#define WORKER_H2MEM_H

#include <nghttp2/nghttp2.h>

enum {
	H2MEM_ROOM = 4608, /* 2,928 for the session of nghttp2 1.52 */
	H2MEM_PIECE = 512,
};

struct h2mem;

/* Never NULL. */
struct h2mem *h2mem_new(void);
/* After nghttp2_session_del; NULL does nothing. */
void h2mem_free(struct h2mem *m);
/* For nghttp2_session_server_new3; lives as long as `m`. */
nghttp2_mem *h2mem_calls(struct h2mem *m);
/* A hint: what a delivery walks through is brought near.  NULL does nothing. */
void h2mem_fetch(const struct h2mem *m);

#endif
