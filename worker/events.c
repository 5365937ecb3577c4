#include "worker/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/text.h"
#include "db/health.h"
#include "db/pending.h"
#include "worker/event_stream.h"
#include "worker/now.h"
#include "worker/owners.h"

enum {
	TEXT_MAX = 4096, /* all that one stream may owe */
};

TAILQ_HEAD(stream_list, event_stream);

/* Oldest first. */
static struct stream_list streams = TAILQ_HEAD_INITIALIZER(streams);
static struct stream_list owing = TAILQ_HEAD_INITIALIZER(owing);
static size_t stream_count;
static uv_prepare_t before_sleep;
static uv_timer_t window;
static int64_t paid_ms, seen_seq, expired_until, health_turned_at;

static const char *const kind_words[] = {
	[STREAM_ADMIN] = "admin",
	[STREAM_ME] = "me",
	[STREAM_REGISTER] = "register",
	[STREAM_CHECK] = "auth",
};

size_t
events_count(void)
{
	return stream_count;
}

/* ---- debts ---- */

static void
set_owes(struct event_stream *st, bool owes)
{
	if (st->over || st->owes == owes)
		return;
	st->owes = owes;
	if (owes)
		TAILQ_INSERT_TAIL(&owing, st, owing);
	else
		TAILQ_REMOVE(&owing, st, owing);
}

void
event_owe(struct event_stream *st, enum event what, int64_t id)
{
	owed_add(&st->owed, what, id);
	set_owes(st, true);
}

void
event_lost(struct event_stream *st)
{
	owed_lost(&st->owed);
	set_owes(st, true);
}

void
event_write(struct event_stream *st, const struct buf *b)
{
	st->said_ms = clock_now_ms();
	conn_write(st->conn, b->bytes, b->len);
}

static void
pay_into(struct event_stream *st, struct buf *b)
{
	struct worker *w = st->worker;

	w->counters.events +=
		(int64_t)owed_pay(&st->owed, clock_now_ms(), w->snap->seq, b);
}

/* A reader that is behind is owed on: what he has not taken is one payment. */
static void
pay(struct event_stream *st)
{
	struct arena *mem;
	struct buf b;

	if (st->conn->queued)
		return;
	mem = arena_new();
	buf_init(&b, mem, TEXT_MAX);
	pay_into(st, &b);
	if (b.len)
		event_write(st, &b);
	set_owes(st, owed_any(&st->owed));
	arena_free(mem);
}

static void
pay_all(void)
{
	struct event_stream *st, *next;

	paid_ms = clock_now_ms();
	for (st = TAILQ_FIRST(&owing); st; st = next) {
		next = TAILQ_NEXT(st, owing);
		pay(st);
	}
}

static void
on_window(uv_timer_t *t)
{
	(void)t;
	pay_all();
}

/* Runs before the loop sleeps: the first change after a quiet time is told at
 * once, what comes soon after it together. */
static void
on_before_sleep(uv_prepare_t *p)
{
	int64_t left;

	(void)p;
	if (TAILQ_EMPTY(&owing) || uv_is_active((uv_handle_t *)&window))
		return;
	left = paid_ms + EVENTS_GATHER_MS - clock_now_ms();
	if (left <= 0)
		pay_all();
	if (!TAILQ_EMPTY(&owing))
		uv_timer_start(&window, on_window,
			left > 0 ? (uint64_t)left : EVENTS_GATHER_MS, 0);
}

void
events_start(struct worker *w)
{
	seen_seq = w->snap->seq;
	expired_until = now_held();
	(void)db_health_turned_at(w->db, &health_turned_at);
	uv_prepare_init(w->loop, &before_sleep);
	uv_timer_init(w->loop, &window);
	uv_prepare_start(&before_sleep, on_before_sleep);
	uv_unref((uv_handle_t *)&before_sleep);
	uv_unref((uv_handle_t *)&window);
}

/* ---- the end of a stream ---- */

static void
unlist(struct event_stream *st)
{
	if (st->over)
		return;
	set_owes(st, false);
	st->over = true;
	TAILQ_REMOVE(&streams, st, list);
	stream_count--;
	if (st->kind == STREAM_ME)
		owners_drop();
}

void
event_bye(struct event_stream *st)
{
	struct arena *mem;
	struct buf b;

	if (st->over)
		return;
	mem = arena_new();
	buf_init(&b, mem, TEXT_MAX);
	pay_into(st, &b);
	owed_put(&b, EVENT_BYE, 0, st->worker->snap->seq);
	unlist(st);
	event_write(st, &b);
	conn_finish(st->conn, "event stream over");
	arena_free(mem);
}

void
events_close(void)
{
	struct event_stream *st;

	while ((st = TAILQ_FIRST(&streams))) {
		unlist(st);
		conn_close(st->conn, "server stops");
	}
}

/* ---- the connection ---- */

/* After the head there is nothing for a client to say. */
static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	(void)c;
	(void)at;
	(void)len;
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void
on_closed(struct conn *c, const char *why)
{
	struct event_stream *st = c->owner;

	(void)why;
	unlist(st);
	free(st);
}

static const struct conn_calls stream_calls = { on_bytes, on_room, on_closed };

/* ---- the beginning ---- */

/* "/_worker/events/me/12" */
static bool
parse_path(const char *uri, struct event_stream *st)
{
	const char *word = uri + strlen(EVENTS_PREFIX),
		   *slash = strchr(word, '/');
	size_t len = slash ? (size_t)(slash - word) : 0;

	st->kind = 0;
	while (st->kind < STREAM_KINDS &&
		(strlen(kind_words[st->kind]) != len ||
			strncmp(kind_words[st->kind], word, len) != 0))
		st->kind++;
	return st->kind < STREAM_KINDS && !text_int(slash + 1, &st->row) &&
	       st->row > 0;
}

/* Whether the client says what it knows; -1: no number that a log can have. */
static bool
parse_since(const struct scgi_head *head, int64_t *since)
{
	const char *text = scgi_get(head, "HTTP_LAST_EVENT_ID");
	const char *query = scgi_get(head, "QUERY_STRING");

	if ((!text || !*text) && query && text_starts(query, "since="))
		text = query + strlen("since=");
	if (!text || !*text)
		return false;
	if (text_int(text, since) || *since < 0)
		*since = -1;
	return true;
}

typedef bool alike(const struct event_stream *a, const struct event_stream *b);

static bool
same_row(const struct event_stream *a, const struct event_stream *b)
{
	bool link = event_of_link(a) || event_of_link(b);

	return a->row == b->row && (!link || a->kind == b->kind);
}

static bool
same_user(const struct event_stream *a, const struct event_stream *b)
{
	return a->user_id && a->user_id == b->user_id;
}

/* The oldest of those goes for a new one. */
static void
make_room(const struct event_stream *st, alike *is_kin, size_t most)
{
	struct event_stream *other, *oldest = NULL;
	size_t count = 0;

	TAILQ_FOREACH (other, &streams, list) {
		if (other == st || !is_kin(other, st))
			continue;
		if (!oldest)
			oldest = other;
		count++;
	}
	if (count >= most)
		event_bye(oldest);
}

/* Whoever knows a link has no session: such streams leave room for those of
 * people who have. */
static bool
has_room(const struct event_stream *st)
{
	const struct event_stream *other;
	size_t links = 0, from_here = 0;

	if (stream_count >= EVENTS_MAX)
		return false;
	if (!event_of_link(st))
		return true;
	TAILQ_FOREACH (other, &streams, list) {
		if (!event_of_link(other))
			continue;
		links++;
		from_here += ip_same_party(other->address, st->address);
	}
	return links < EVENTS_REGISTER_MAX && from_here < EVENTS_ADDRESS_MAX;
}

static void
enlist(struct event_stream *st)
{
	st->over = false;
	TAILQ_INSERT_TAIL(&streams, st, list);
	stream_count++;
	st->worker->counters.event_streams_started++;
	if (st->kind == STREAM_ME)
		owners_hold(st->worker->snap);
}

static void
open_stream(struct event_stream *st, const struct scgi_head *head)
{
	struct worker *w = st->worker;
	int64_t since = 0, now = now_held();
	bool knows = parse_since(head, &since);

	if (knows && since > w->snap->seq)
		worker_catch_up(w); /* a page may be made of newer rows */
	enlist(st);
	owed_init(&st->owed, w->snap->seq);
	event_greet(st);
	if (!feed_look(st, now)) {
		event_bye(st);
		return;
	}
	make_room(st, same_user, EVENTS_A_USER);
	feed_begin(st, now);
	if (knows)
		feed_resume(st, since);
}

void
events_begin(struct worker *w, struct conn *c, const struct scgi_head *head)
{
	struct event_stream *st = own_alloc(sizeof(*st));
	const char *method = scgi_get(head, "REQUEST_METHOD");
	const char *address = scgi_get(head, "REMOTE_ADDR");

	st->worker = w;
	st->conn = c;
	st->over = true; /* in no list yet */
	c->owner = st;
	c->calls = &stream_calls;
	(void)snprintf(st->address, sizeof(st->address), "%.45s",
		address ? address : "");
	if (!parse_path(scgi_get(head, "DOCUMENT_URI"), st)) {
		event_refuse(st, "404 Not Found", "", "404 page not found");
		return;
	}
	if (!method || strcmp(method, "GET") != 0) {
		event_refuse(st, "405 Method Not Allowed", "Allow: GET\r\n",
			"an event stream is read by GET");
		return;
	}
	make_room(st, same_row, EVENTS_A_ROW);
	if (w->draining || !has_room(st))
		event_refuse(st, "503 Service Unavailable",
			"Retry-After: 30\r\n",
			"too many event streams, try again");
	else
		open_stream(st, head);
}

/* ---- what happens ---- */

static void
owe_admins(enum event what, int64_t id)
{
	struct event_stream *st;

	TAILQ_FOREACH (st, &streams, list)
		if (st->kind == STREAM_ADMIN)
			event_owe(st, what, id);
}

/* The strip of each page says what fails.  Most looks find what the one before
 * found, and all pages would be asked for again. */
static void
tell_health(struct worker *w)
{
	int64_t at;

	if (db_health_turned_at(w->db, &at) || at == health_turned_at)
		return;
	health_turned_at = at;
	owe_admins(EVENT_STRIP, 0);
}

void
events_seen(struct worker *w, const struct change *c)
{
	struct event_owner owner = { 0 };
	struct event_stream *st, *next;

	seen_seq = c->seq;
	if (c->kind == CHANGE_NODE || c->kind == CHANGE_NODE_GONE)
		owners_changed(w->snap, c->id, &owner.before, &owner.now);
	for (st = TAILQ_FIRST(&streams); st; st = next) {
		next = TAILQ_NEXT(st, list);
		feed_change(st, c, &owner);
	}
	if (c->kind == CHANGE_HEALTH)
		tell_health(w);
}

/* A pruned log is skipped by loading everything anew. */
void
events_caught_up(struct worker *w)
{
	struct event_stream *st;

	if (w->snap->seq == seen_seq)
		return;
	seen_seq = w->snap->seq;
	owners_reload(w->snap);
	TAILQ_FOREACH (st, &streams, list) {
		st->look_at = 0;
		event_lost(st);
	}
}

void
events_presence(struct worker *w, const struct snap_node *n)
{
	struct event_stream *st;

	(void)w;
	TAILQ_FOREACH (st, &streams, list)
		if (st->kind == STREAM_ADMIN ||
			(st->kind == STREAM_ME && n->user_id == st->user_id))
			event_owe(st, EVENT_MACHINE, n->id);
}

/* nginx gives a silent stream up after 180 s. */
static void
comment(struct event_stream *st)
{
	if (!st->conn->queued)
		conn_write(st->conn, ":\n\n", 3);
	st->said_ms = clock_now_ms();
}

static bool
has_admin(void)
{
	const struct event_stream *st;

	TAILQ_FOREACH (st, &streams, list)
		if (st->kind == STREAM_ADMIN)
			return true;
	return false;
}

/* A registration whose time is over is no change of its row. */
static void
tell_expired(struct worker *w, int64_t now)
{
	struct arena *mem = arena_new();
	struct pending *rows = NULL;
	size_t count = 0;

	if (has_admin() && db_pendings_expired(w->db, expired_until, now,
				   EVENTS_A_SECOND, mem, &rows, &count))
		count = 0;
	for (size_t i = 0; i < count; i++)
		owe_admins(EVENT_REGISTRATION, rows[i].id);
	if (count)
		owe_admins(EVENT_STRIP, 0);
	expired_until = now;
	arena_free(mem);
}

void
events_tick(struct worker *w, int64_t now, int64_t now_ms)
{
	struct event_stream *st, *next;

	tell_expired(w, now);
	for (st = TAILQ_FIRST(&streams); st; st = next) {
		next = TAILQ_NEXT(st, list);
		if (st->look_at <= now && !feed_look(st, now))
			event_bye(st);
		else if (now_ms - st->said_ms >= EVENTS_COMMENT_MS)
			comment(st);
	}
}
