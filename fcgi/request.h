/*
 * request.h: one HTTP request and its reply, as a handler sees them.
 *
 * A request is taken from the FastCGI parameters that the group of the child
 * may trust (DESIGN 1.1).  On fcgi.sock every HTTP_* parameter is a stranger's
 * claim and CAIRN_* is not read at all; on inner.sock the worker vouches for
 * CAIRN_*.  The path is the decoded path of REQUEST_URI: whatever nginx made of
 * the address does not reach a handler.
 *
 * The reply is kept in memory until the handler returns, so a handler that
 * fails half way leaves no half page behind: the router throws the body away
 * and writes the answer of the error instead.
 *
 * A struct request lives as long as one request; everything it points to lies
 * in its arena or in the environment that it was taken from.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <libxml/xmlwriter.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "db/db.h"
#include "fcgi/fields.h"
#include "fcgi/guess.h"
#include "fcgi/rate.h"
#include "fcgi/who.h"
#include "proto/key.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

enum {
	PATH_MAX_BYTES = 2048,       /* undecoded, with the query */
	PARTS_MAX = 3,               /* stars in the path of a route */
	REPLY_MAX = 8 * 1024 * 1024, /* a policy of nothing but quotes */
	COOKIES_MAX = 6,
};

/* Which socket it came in by, and so whom it can be from. */
enum group {
	GROUP_OUTER, /* fcgi.sock: strangers, through nginx */
	GROUP_INNER, /* inner.sock: the worker, for a Noise session */
	GROUP_JOBS,  /* jobs.sock: the worker, for what is due */
};

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PATCH,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_OTHER,
};

/* What kind of document the reply is: its headers are in reply.c. */
enum reply_class {
	REPLY_DATA, /* for programs: JSON, text */
	REPLY_PAGE,
	REPLY_SECRET, /* a page whose address is a secret */
	REPLY_ERROR_PAGE,
	REPLY_FILE,   /* SVG and the like, for browsers */
	REPLY_STREAM, /* handed on to the worker */
};

/* Why a client must wait, for Cairn-Wait. */
enum noise_wait {
	WAIT_FIRST,   /* it has not waited yet */
	WAIT_CHANGED, /* the row it waited for has changed */
	WAIT_OVER,    /* no more waiting: the answer is final */
};

/* Where the body of a reply goes while it is made. */
struct reply_sink {
	enum err (*put)(void *arg, const void *bytes, size_t len);
	void *arg;
};

struct request;

struct reply {
	int status;
	enum reply_class class;
	const char *type;                 /* Content-Type */
	const char *location;             /* or NULL, as the next three */
	const char *allow;                /* of a 405 */
	const char *retry_after;          /* seconds */
	const char *wait;                 /* Cairn-Wait: kind, id, deadline */
	const char *challenge;            /* WWW-Authenticate of a 401 */
	const char *accel;                /* X-Accel-Redirect */
	const char *attachment;           /* file name to save it by */
	const char *cookies[COOKIES_MAX]; /* Set-Cookie */
	size_t cookie_count;
	const char *error; /* data-error of an error page */
	const char *flash; /* as flash_set_text had it */
	int64_t seq;       /* Cairn-Seq, on inner.sock */
	struct buf body;
	/* Instead of the body: writes it behind the headers. */
	enum err (*stream)(
		struct request *r, void *arg, const struct reply_sink *to);
	void *stream_arg;
	int64_t stream_len; /* bytes; 0: not known */
};

/* The machine at the other end of the tunnel, on inner.sock only. */
struct noise_peer {
	struct key machine_key;
	int64_t capver;
	int64_t session;
	enum noise_wait wait;
};

struct route;

struct request {
	enum group group;
	enum method method;
	const char *target;           /* REQUEST_URI as it came */
	const char *path;             /* decoded, without the query */
	const char *query;            /* undecoded, "" if none */
	const char *parts[PARTS_MAX]; /* what stands for the route's stars */
	const char *address;          /* REMOTE_ADDR, "" if unknown */
	int64_t body_len;             /* CONTENT_LENGTH */
	struct bytes body;            /* empty until read, a NUL behind */
	struct noise_peer peer;

	const char *home;
	struct db *db;
	const struct secret *pepper;
	const struct secret *seal; /* of "pages" (tailnet/seal.h) */
	struct rate *rate;         /* may be NULL: nothing is limited */
	struct guess *guess;       /* the same */
	struct arena *mem;
	int64_t now;

	const struct route *route; /* set by the router */
	struct reply reply;
	xmlTextWriter *html;
	const char *why; /* for the log: what was wrong with the request */

	/* Of pages, filled by the router. */
	const struct settings *settings;
	struct who who;
	int64_t seq; /* of the change log; what the page shows is not older */
	struct fields fields;
	bool stale; /* the form is of another time: show the page again */
	bool twice; /* a field stood there twice */
	uint8_t once[32];
	const char *incident; /* of a 500, for the log */
	bool spent, repeated; /* see gate.h */
	bool lost;            /* the session or the role went meanwhile */
	const char *began;    /* cookie of a session that has begun */
	const char *edits;  /* subject of the audit rows of what a form edits */
	int64_t audit_seen; /* the newest row before anything was read */
	bool changed;       /* there is a newer one about it: look again */
	const char
		*again_location; /* of the same form again, if not Location */

	int spool; /* descriptor of the answer (spool.h); 0: none */

	/* Where it came from, for request_param and the body. */
	char *const *env;
	size_t (*read)(void *from, void *to, size_t len);
	void *from;
};

/*
 * Fills method, path, query, address, body length and, on inner.sock, the peer,
 * from r->env ("NAME=value", NULL at the end); group, env, read, from, mem and
 * now are set by the caller.  ERR_BAD_INPUT with r->why for an address or
 * parameters no client of ours sends; ERR_NOT_FOUND never.
 */
enum err request_take(struct request *r);

/* Reads the whole body.  ERR_TOO_BIG, before a byte is read, past `max`;
 * ERR_BAD_INPUT when it is shorter than it said, or no UTF-8. */
enum err request_body(struct request *r, size_t max);

/* The Content-Type of the body, "" if there is none. */
const char *request_type(const struct request *r);

/* A claim of the client: the HTTP_* parameter of that name, or NULL. */
const char *request_claim(const struct request *r, const char *name);

/* Whom nginx vouches for (REMOTE_USER), if the setting remote_user says that it
 * does; else, and on other sockets, NULL.  Only of pages. */
const char *request_remote_user(const struct request *r);

/* The decoded value of a query parameter; NULL if it is not there or broken. */
const char *request_query(const struct request *r, const char *name);
/* It is there, with a value that is no text. */
bool request_query_is_broken(const struct request *r, const char *name);

/* The settings of the instance, as they are now. */
enum err request_settings(struct request *r, struct settings *out);

/* Frees what does not lie in the arena. */
void request_done(struct request *r);

#endif
