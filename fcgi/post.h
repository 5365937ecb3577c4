/*
 * post.h: sends something small to somebody else's server, for jobs (job.h): a
 * webhook by http, mail by SMTP.
 *
 * The address that is really connected to must be one of the public internet,
 * whatever a name says at that moment, unless `private_too`.  Redirects are not
 * followed, proxies of the environment not used; POST_MS is the time of all of
 * it, and no more than POST_ANSWER_MAX bytes of an answer are read.
 */
#ifndef FCGI_POST_H
#define FCGI_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

enum {
	POST_MS = 5000,
	POST_ANSWER_MAX = 16 * 1024,
	POST_HEADERS_MAX = 8,
};

struct post {
	const char *url;
	bool private_too;
	struct bytes body;
	const char *headers[POST_HEADERS_MAX]; /* "Name: value"; NULL ends */
};

struct mail_post {
	const char *server, *security; /* host:port; starttls, tls, none */
	bool private_too;
	const char *account, *password; /* "": it does not sign in */
	const char *sender;
	const char *const *to;
	size_t to_count;
	struct bytes message;
};

/* In words why it did not arrive, NULL when it did: any 2xx has it, however the
 * answer goes on.  *answer: what was said, for the log. */
const char *post_http(
	const struct post *p, struct arena *mem, const char **answer);
const char *post_mail(
	const struct mail_post *p, struct arena *mem, const char **answer);

#endif
