/*
 * fetch.h: asks somebody else's https server for something small, for jobs
 * (fcgi/job.h), for those who sign in and for who tries a provider
 * (provider_ask.h): the only place in the handlers that goes outside.
 *
 * Only https, redirects too (FETCH_REDIRECTS); one limit for the bytes, one for
 * all the time it may take.  Without `private_too` no address is connected to
 * that is not one of the public internet, whatever a name says or a redirect
 * leads to: who may name an address must not make this server ask its
 * neighbours.  With `loopback_http` http is taken too, from this very machine
 * alone.  Proxies of the environment are not used.  Certificates are those
 * of the system, or of SSL_CERT_FILE.
 */
#ifndef TAILNET_FETCH_H
#define TAILNET_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

enum {
	FETCH_REDIRECTS = 3,
};

struct sockaddr;

/* Whether a connection to it leaves the own networks. */
bool fetch_is_public(const struct sockaddr *at);

struct fetch {
	const char *url;
	size_t max;      /* bytes of the answer */
	int64_t most_ms; /* in all */
	bool private_too;
	const char *pin; /* SHA-256 of its certificate in hex, which is then all
			  * that is asked of it; NULL or "": the usual check */
	const char *address; /* to connect to instead of asking DNS; or NULL */
	bool loopback_http;
	bool stay;          /* no redirects */
	bool any_status;    /* what is no 200 has a body worth reading, too */
	const char *post;   /* the body of a form; NULL: GET */
	const char *header; /* one more, "Authorization: …"; NULL: none */
};

struct fetched {
	const char *failed; /* in words; NULL: it answered 200, whole */
	int status;         /* 0: there was no answer */
	struct bytes body;
	int64_t ms;
};

/* Texts and body in `mem`. */
void fetch_get(const struct fetch *f, struct arena *mem, struct fetched *out);

#endif
