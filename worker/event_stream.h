/*
 * event_stream.h: one open event stream; for its own files only.
 *
 *   events.c       who may have one, payment, and the end
 *   event_head.c   what the answer begins with
 *   event_feed.c   what a change means to it
 */
#ifndef WORKER_EVENT_STREAM_H
#define WORKER_EVENT_STREAM_H

#include "base/ip.h"
#include "db/web_session.h"
#include "worker/events.h"
#include "worker/owed.h"

enum stream_kind {
	STREAM_ADMIN,
	STREAM_ME,
	STREAM_REGISTER,
	STREAM_CHECK,
	STREAM_KINDS, /* also "a kind this program does not know" */
};

struct event_stream {
	struct worker *worker;
	struct conn *conn;
	enum stream_kind kind;
	int64_t row;     /* of web_session, pending or ssh_check */
	int64_t user_id; /* whose session; 0: of a link */
	int64_t node_id; /* STREAM_REGISTER: it is in, and waits for an admin */
	int64_t look_at; /* when the row may be over without a change */
	int64_t said_ms;
	/* STREAM_ME: the sessions of the user, as they were at the start. */
	int64_t sessions[SESSIONS_MAX];
	size_t session_count;
	char address[IP_TEXT_SIZE];
	bool owes, over; /* in the list of those; bye was said */
	struct owed owed;
	TAILQ_ENTRY(event_stream) list, owing;
};

/* Whoever knows a link may have it, without a session. */
static inline bool
event_of_link(const struct event_stream *st)
{
	return st->kind == STREAM_REGISTER || st->kind == STREAM_CHECK;
}

void event_owe(struct event_stream *st, enum event what, int64_t id);
void event_lost(struct event_stream *st);
/* What is owed, then bye; the stream is in no list any more. */
void event_bye(struct event_stream *st);

void event_write(struct event_stream *st, const struct buf *text);

/* `status` as "404 Not Found"; `more`: header lines, each with its CRLF. */
void event_refuse(struct event_stream *st, const char *status, const char *more,
	const char *text);
void event_greet(struct event_stream *st);

/* Whose a changed node was and is; 0: nobody's, or not known. */
struct event_owner {
	int64_t before, now;
};

/* Reads the row.  False: it is over, and what there is to say of that is owed.
 */
bool feed_look(struct event_stream *st, int64_t now);
/* Own sessions are noted once, at the start. */
void feed_begin(struct event_stream *st, int64_t now);
/* May end the stream. */
void feed_change(struct event_stream *st, const struct change *c,
	const struct event_owner *owner);
/* Owes what happened after that change. */
void feed_resume(struct event_stream *st, int64_t since);

#endif
