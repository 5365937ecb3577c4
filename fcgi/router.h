/*
 * router.h: which handler answers which address, and what it takes to get
 * there.
 *
 * The flags are enforced here, before the handler runs, so that no handler can
 * forget them.  NOISE rows exist only on inner.sock, all others only on
 * fcgi.sock.  Without WRITES every write on the connection fails; with it the
 * worker is woken after something was written.  The body is read here too, up
 * to the limit of the row.
 */
#ifndef FCGI_ROUTER_H
#define FCGI_ROUTER_H

#include "fcgi/request.h"

enum route_flags {
	NOISE = 1 << 0,  /* for a machine behind a Noise session */
	WRITES = 1 << 1, /* may change the database */
	PEOPLE = 1 << 2, /* errors are pages, not lines of text */
};

struct route {
	enum method method; /* a GET row answers HEAD too */
	const char *path;   /* each * stands for one segment */
	enum err (*handle)(struct request *r);
	unsigned flags;
	size_t body_max; /* 0: a body is not read */
};

/* The site map (routes.c). */
extern const struct route routes[];
extern const size_t route_count;

/*
 * Answers r: r->reply is complete afterwards.  `taken` is what request_take
 * said.  What went wrong beyond the request itself (database, disk) comes back
 * for the log; the answer has its status already.
 */
enum err router_run(const struct route *table, size_t count, enum err taken,
	struct request *r);

#endif
