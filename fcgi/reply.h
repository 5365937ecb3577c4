/*
 * reply.h: what a handler answers with, and the headers that go with it.
 *
 * Each of these makes the answer complete and returns ERR_OK (or what kept it
 * from being made), so that a handler ends with `return reply_…`.  Security
 * headers are not a handler's business: they follow from the class of the reply
 * (spec/pages.md 5.1) and stand on every answer, also on errors.
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include "base/json.h"
#include "fcgi/request.h"

/* `words` and a line feed, as text/plain. */
enum err reply_text(struct request *r, int status, const char *words);
/* A struct by its table, as application/json. */
enum err reply_json(
	struct request *r, const struct json_table *table, const void *from);
/* A JSON text that exists already. */
enum err reply_json_text(struct request *r, int status, const char *json);
/* No body. */
enum err reply_empty(struct request *r, int status);
enum err reply_redirect(struct request *r, int status, const char *location);
/* 202: the worker asks again when the row changes, at the latest then. */
enum err reply_wait(
	struct request *r, const char *kind, int64_t id, int64_t deadline);

/* 200, a file to save by that name, whose bytes `stream` writes when the
 * headers are on their way; an error of its cuts the connection.  Nobody takes
 * half a file for a whole one where its length is known before (0: it is not):
 * without, nginx ends what a handler that died has begun. */
enum err reply_stream(struct request *r, const char *type, const char *name,
	int64_t len,
	enum err (*stream)(
		struct request *r, void *arg, const struct reply_sink *to),
	void *arg);

/*
 * Throws away what was written so far; then an error page where the route is
 * one for people, `words` as text elsewhere.  They are shown to the client.
 */
enum err reply_error(struct request *r, int status, const char *words);

/* Status line and headers as CGI writes them, with the blank line. */
void reply_head(const struct request *r, struct buf *out);

#endif
