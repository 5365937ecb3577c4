/*
 * spool.h: an answer that is written to the disk before it is sent, so that its
 * length stands in front of it and half of it is an error to whoever reads.
 *
 * The file has no name: it is gone with the request, or with the process.
 */
#ifndef FCGI_SPOOL_H
#define FCGI_SPOOL_H

#include <stdbool.h>

#include "fcgi/request.h"

struct spool {
	int fd;
	int64_t len, most; /* bytes */
	bool full;         /* more than `most` were put, or the disk has */
};

/* A file in the home, closed by request_done.  ERR_IO: there can be none, with
 * `full` where the disk has no room for one more. */
enum err spool_open(struct request *r, int64_t most, struct spool *out);
/* For a struct reply_sink; `arg` is the spool.  ERR_TOO_BIG with `full` past
 * its limit, ERR_IO with it where the disk has no room. */
enum err spool_put(void *arg, const void *bytes, size_t len);
/* For reply_stream: all of it, from its beginning; also of a file that was
 * there before, whose descriptor and length are known and which r->spool
 * closes. */
enum err spool_send(struct request *r, void *arg, const struct reply_sink *to);

#endif
