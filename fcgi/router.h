/*
 * router.h: which handler answers which address, and what it takes to get
 * there.
 *
 * The flags are enforced here, before the handler runs, so that no handler can
 * forget them.  NOISE rows exist only on inner.sock, JOB rows only on
 * jobs.sock, all others only on fcgi.sock.  Without WRITES every write on the
 * connection fails; with it the worker is woken after something was written.
 * The body is read here too, up to the limit of the row.  Who may, and what
 * stands before a form: gate.h.
 */
#ifndef FCGI_ROUTER_H
#define FCGI_ROUTER_H

#include "fcgi/request.h"

enum route_flags {
	NOISE = 1 << 0,  /* for a machine behind a Noise session */
	WRITES = 1 << 1, /* may change the database */
	PEOPLE = 1 << 2, /* a page: errors are pages, POSTs pass gate.h */
	FRESH = 1 << 3,  /* needs a sign-in of the last ten minutes */
	SECRET = 1 << 4, /* the address is a secret: no script, no referrer */
	STALE = 1 << 5,  /* a form of another time is shown again by the page */
	OUT = 1 << 6,    /* it ends the session: signed out is fine */
	OWN_PAGE = 1 << 7, /* the form is on the page of this very address, not
			    * of the one above it */
	JOB = 1 << 8,      /* work with a clock of its own (job.h) */
	BOXES = 1 << 9,    /* a form with a box for each of many things */
	FRESH_FORM = 1 << 10, /* FRESH for whoever may change settings: the page
			       * has the form for them alone */
};

enum {
	FORM_BODY_MAX = 16 * 1024,
	FORM_BODY_BOXES_MAX = 64 * 1024, /* FIELDS_BOXES_MAX of 100 bytes */
	FORMS_PER_MINUTE = 120,          /* of one session */
};

struct route {
	enum method method; /* a GET row answers HEAD too */
	const char *path;   /* each * stands for one segment */
	enum err (*handle)(struct request *r);
	unsigned flags;
	size_t body_max; /* 0: a body is not read */
	unsigned can;    /* one of these capabilities (who.h); 0: anybody */
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
