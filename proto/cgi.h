/*
 * cgi.h: the two forms in which requests travel between our processes.
 *
 * SCGI: nginx hands the worker and the relay a tunnel, as a netstring of
 * variables and then the bytes of the client.  FastCGI: the worker hands a
 * complete inner request to a handler and reads the answer.
 */
#ifndef PROTO_CGI_H
#define PROTO_CGI_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"

enum cgi_state {
	CGI_MORE, /* not all there yet */
	CGI_DONE,
	CGI_BAD, /* malformed or over a limit */
};

/* SCGI, the server's side. */

enum {
	SCGI_HEAD_MAX = 16 * 1024, /* the netstring's content */
	SCGI_VARS_MAX = 100,
};

struct scgi_var {
	const char *name, *value; /* both lie in the parsed bytes */
};

struct scgi_head {
	struct scgi_var vars[SCGI_VARS_MAX];
	size_t count;
	size_t len; /* bytes of the whole head; what follows is the client's */
};

/* Parses from the first byte on; with CGI_MORE call again with more bytes. */
enum cgi_state scgi_parse(struct bytes in, struct scgi_head *out);
/* The first variable of that name; NULL if there is none. */
const char *scgi_get(const struct scgi_head *h, const char *name);
/* The client's side, for tests. */
void scgi_put_head(struct buf *out, const struct scgi_var *vars, size_t count);

/* FastCGI, the client's side: one request a connection. */

enum {
	CGI_ANSWER_MAX = 1024 * 1024, /* head and body of an answer */
	CGI_HEADERS_MAX = 24,
	FCGI_STDERR_MAX = 4096, /* kept for the log; more is dropped */
};

void fcgi_put_request(struct buf *out, const struct scgi_var *params,
	size_t count, struct bytes body);

struct fcgi_reader {
	unsigned char head[8];
	size_t head_len;
	size_t content_left, padding_left;
	unsigned char end[8]; /* body of END_REQUEST */
	size_t end_len;
	struct buf out; /* STDOUT: the CGI answer */
	struct buf err; /* STDERR */
	enum cgi_state state;
};

void fcgi_reader_init(struct fcgi_reader *r, struct arena *mem, size_t limit);
/* Feeds bytes; CGI_DONE once the request has ended and was served. */
enum cgi_state fcgi_read(struct fcgi_reader *r, const void *in, size_t len);

struct cgi_header {
	const char *name, *value;
};

struct cgi_answer {
	int status; /* 200 where there is no Status line */
	struct cgi_header headers[CGI_HEADERS_MAX];
	size_t header_count;
	struct bytes body; /* in the parsed bytes */
};

/* ERR_BAD_INPUT: no end of the head, a broken line, too many headers. */
enum err cgi_answer_parse(
	struct bytes text, struct arena *mem, struct cgi_answer *out);
/* In any case of letters; NULL if there is none. */
const char *cgi_answer_header(const struct cgi_answer *a, const char *name);

#endif
