/*
 * http.h: one request of doctor's to the public URL, and all that can be told
 * from its answer.
 */
#ifndef TAILNET_HTTP_H
#define TAILNET_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	HTTP_BODY_MAX = 64 * 1024, /* what is kept of an answer */
	HTTP_SECONDS = 10,
};

struct http_ask {
	const char *url;
	bool post;
	int seconds;            /* it may take; 0: HTTP_SECONDS */
	bool insecure;          /* any certificate will do */
	const char *headers[4]; /* "Name: value", NULL at the end */
};

struct http_reply {
	const char *failure; /* in words, when there was no answer at all */
	bool bad_certificate;
	long status;      /* 101: nothing after it was read */
	const char *body; /* "" if none, cut at HTTP_BODY_MAX */
	const char *location, *server;
	const char *cdn;    /* who stands in front, NULL: nobody seen */
	int64_t date;       /* of the Date header, 0: none */
	int64_t expires_at; /* of the certificate, 0: none */
};

/* Never follows a redirect, uses no proxy, speaks HTTP/1.1. */
void http_fetch(
	struct arena *mem, const struct http_ask *ask, struct http_reply *out);
/* ERR_BAD_INPUT unless the URL is http or https with a host. */
enum err http_url_parts(struct arena *mem, const char *url, const char **scheme,
	const char **host, const char **path);

#endif
