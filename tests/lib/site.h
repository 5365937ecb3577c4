/*
 * site.h: a cairn of one's own in a temporary folder: database, programs, and
 * nginx with the shipped snippet.
 *
 *	struct site *s = site_new(SITE_WORKER | SITE_HANDLERS);
 *	const char *key = site_key(s, &(struct preauth_key){ .reusable = true
 *}); … fake_new(&s->worker, "laptop") … assert_true(site_free(s));
 *
 * The site binds the sockets and hands them over, as a supervisor does: whoever
 * connects is served as soon as the program is there, so nothing is waited for.
 * The programs lie beside the test's own (build/bin), or in $CAIRN_BIN.  They
 * end with the test program, whatever becomes of it.  What cannot be set up
 *ends the test program.
 */
#ifndef TESTS_LIB_SITE_H
#define TESTS_LIB_SITE_H

#include <sys/types.h>

#include "base/listen.h"
#include "db/preauth_key.h"
#include "proto/cgi.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"
#include "tests/lib/fake_client.h"

enum site_program {
	SITE_WORKER = 1,
	SITE_HANDLERS = 2,
	SITE_NGINX = 4,
};

enum {
	SITE_PATIENCE_MS = 20 * 1000, /* a sanitizer on a busy machine */
};

struct site {
	char home[64], url[64];
	int port; /* of nginx */
	struct arena *mem;
	struct db *db;
	struct secret pepper;
	struct settings settings;
	int64_t user_id;           /* "ann", who owns what has no tags */
	struct fake_target worker; /* straight to worker.sock */
	struct fake_target nginx;
	struct listen_socket worker_sock, fcgi_sock, inner_sock;
	int http_fd;
	pid_t worker_pid, handlers_pid, nginx_pid;
	bool good; /* every program that was stopped ended with status 0 */
};

struct site *site_new(unsigned programs);
/* Stops what runs, removes the folder; whether all of it ended well. */
bool site_free(struct site *s);
void site_start(struct site *s, enum site_program program);
/* SIGTERM, and waits for the end; SIGKILL, and no good end, for what hangs. */
void site_stop(struct site *s, enum site_program program);

/* A preauth key's text; user, expiry and tags as in `like`, "ann" if none. */
const char *site_key(struct site *s, const struct preauth_key *like);
/* The settings anew, and a bell for the worker: after each change by the rules.
 */
void site_ring(struct site *s);
void site_set(struct site *s, const char *name, const char *value);

/* A value of /_worker/metrics, by its name behind "cairn_worker_"; -1 if there
 * is none. */
int64_t site_metric(struct site *s, const char *name);
/* Resident bytes of the worker, as the kernel counts them. */
int64_t site_worker_memory(const struct site *s);
/* How many lines of the program's log hold the words. */
size_t site_log_count(
	struct site *s, enum site_program program, const char *words);
/* Waits until there are that many; false when the time is over. */
bool site_log_wait(struct site *s, enum site_program program, const char *words,
	size_t count, int64_t ms);

/* Sends it all, reads until the end; NUL-terminated. */
const char *site_exchange(int fd, struct bytes out, struct arena *mem);
/* One HTTP/1.1 request through nginx ("Connection: close" is added by the
 * caller): the whole answer. */
const char *site_http(struct site *s, const char *request);
/* One SCGI request to worker.sock. */
const char *site_scgi(
	struct site *s, const struct scgi_var *vars, size_t count);
int site_dial(const struct site *s, const char *name);

#endif
