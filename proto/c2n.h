/*
 * c2n.h: what control asks a client ("control to node"): a raw HTTP request
 * inside a PingRequest, whose raw HTTP answer the client posts back
 * (spec/protocol.md 6.5).
 */
#ifndef PROTO_C2N_H
#define PROTO_C2N_H

#include "base/buf.h"
#include "base/bytes.h"

/* `seconds`: the client's own limit for its handler.  Path and body are the
 * caller's: no blanks or line feeds in the path. */
void c2n_put_request(struct buf *out, const char *method, const char *path,
	struct bytes body, int seconds);

struct c2n_answer {
	int status;
	struct bytes body; /* in the parsed bytes */
};

/* ERR_BAD_INPUT: no HTTP/1 answer whose body runs to the end, or is as long as
 * its Content-Length says. */
enum err c2n_answer_parse(struct bytes text, struct c2n_answer *out);

#endif
