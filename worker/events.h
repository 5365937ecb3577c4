/*
 * events.h: live updates of pages, as text/event-stream (spec/pages.md 4.1).
 *
 * A handler has checked who asks and sent nginx on to
 *
 *   /_worker/events/admin/ROW     row of web_session: everything
 *   /_worker/events/me/ROW        row of web_session: what is its user's
 *   /_worker/events/register/ROW  row of pending: its own decision
 *   /_worker/events/auth/ROW      row of ssh_check: the same
 *
 * Events carry ids, never content.  They come out of the change log, and of
 * presence once its batch is in the database, so what an event names can be
 * read by whoever hears it.  Nothing is queued for a stream (worker/owed.h),
 * and what changes no row (endpoints, home relay) costs no stream anything.
 *
 * A stream ends with `bye` within two seconds of the end of its row, of its
 * session's time, or of the user's right to it.  Whoever is cut off comes back
 * with Last-Event-ID, or with ?since= the number that a page was made at, and
 * is told what he missed, or `reload`.
 */
#ifndef WORKER_EVENTS_H
#define WORKER_EVENTS_H

#include "db/change.h"
#include "proto/cgi.h"
#include "worker/conn.h"
#include "worker/worker.h"

#define EVENTS_PREFIX "/_worker/events/"

enum {
	EVENTS_MAX = 500,          /* streams of the instance; then 503 */
	EVENTS_A_ROW = 4,          /* of one row; then the oldest gets bye */
	EVENTS_A_USER = 50,        /* of one user's sessions; likewise */
	EVENTS_REGISTER_MAX = 100, /* of all, those that need no session … */
	EVENTS_ADDRESS_MAX = 16,   /* … and of one address, or /64 */
	EVENTS_GATHER_MS = 200,    /* changes so near are told at once */
	EVENTS_REPLAY_MAX = 64,    /* changes that are looked through */
	EVENTS_COMMENT_MS = 20 * 1000,
	EVENTS_RETRY_MS = 3000,
	EVENTS_SOCKET_BYTES = 4096, /* what a reader may leave in the kernel */
};

void events_start(struct worker *w);
/* Takes the connection, of a head for /_worker/events/…, and answers it. */
void events_begin(
	struct worker *w, struct conn *c, const struct scgi_head *head);

/* For each change, after the snapshot has it. */
void events_seen(struct worker *w, const struct change *c);
/* After the log was read: whether every change of it was seen. */
void events_caught_up(struct worker *w);
/* The node came or went, and its row of node_live says so. */
void events_presence(struct worker *w, const struct snap_node *n);
/* Once a second. */
void events_tick(struct worker *w, int64_t now, int64_t now_ms);
/* The server stops: all end, without a bye, and come back. */
void events_close(void);
size_t events_count(void);

#endif
