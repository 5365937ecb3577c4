#include "worker/fanout.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/log.h"
#include "tailnet/mapmessages.h"
#include "tailnet/snapsee.h"
#include "worker/now.h"

static TAILQ_HEAD(, stream) streams = TAILQ_HEAD_INITIALIZER(streams);
static uv_prepare_t before_sleep;
static uv_timer_t window;
static uint64_t paid_gen;
static int64_t paid_ms;

static void
push(void *arg, struct blob *b)
{
	struct stream *st = arg;

	st->session->worker->counters.map_bytes += (int64_t)b->len;
	stream_push(st, b);
}

/* A deleted node's live stream: one message that asks for a login, then only
 * keep-alives (spec/map-and-state.md 5.7). */
static void
say_farewell(struct stream *st)
{
	struct worker *w = st->session->worker;

	st->farewell = true;
	push(st, mapresp_farewell(w->snap, st->plain, st->node_id, "gone",
			 &st->node_key));
}

static bool
is_expired(const struct snap_node *n, int64_t now)
{
	return n->expires_at && n->expires_at <= now;
}

/* Whether its client knows of itself what there is to know. */
static bool
knows_shut_out(const struct stream *st, const struct map_viewer *v, int64_t now)
{
	const struct snap_user *u =
		snapshot_user(st->session->worker->snap, v->node->user_id);

	if (u && u->gen > st->shut_out_gen)
		return false;
	return !st->sent && st->told_shut_out &&
	       st->told_hidden == v->node->hidden &&
	       st->told_expired == is_expired(v->node, now) &&
	       v->node->changed[ASPECT_SELF] <= st->shut_out_gen &&
	       !mapmessages_differ(v, now);
}

/* While it is expired or unapproved the stream owes everything: the day that is
 * over the client gets a full map. */
static void
pay_shut_out(struct stream *st, const struct map_viewer *v, int64_t now)
{
	struct worker *w = st->session->worker;

	if (!knows_shut_out(st, v, now))
		push(st, mapresp_shut_out(w->snap, v, now));
	st->told_shut_out = true;
	st->told_hidden = v->node->hidden;
	st->told_expired = is_expired(v->node, now);
	st->shut_out_gen = w->snap->gen;
	st->sent = 0;
}

static void
pay_full(struct stream *st, const struct map_viewer *v, int64_t now)
{
	struct worker *w = st->session->worker;

	mapresp_full(w->snap, v, now, push, st);
	w->counters.map_full++;
	st->told_shut_out = st->told_expired = false;
	st->had_map = true;
	st->unsettled_until_ms = clock_now_ms() + FANOUT_SETTLE_MS;
}

static bool
loses_order(const struct stream *st)
{
	return st->capver > FANOUT_ORDERED_TO &&
	       st->capver < FANOUT_ORDERED_FROM;
}

static void
pay_deltas(struct stream *st, struct map_viewer *v, int64_t now)
{
	struct worker *w = st->session->worker;
	bool racy = loses_order(st);
	bool soft = racy && mapresp_is_soft(w->snap, st->sent);
	struct blob *delta, *self;

	v->rebuild = racy && clock_now_ms() < st->unsettled_until_ms;
	delta = mapresp_delta(w->snap, v, st->sent);
	self = mapresp_self(w->snap, v, st->sent, now);
	if (delta) {
		push(st, delta);
		w->counters.map_delta++;
	}
	if (self) {
		push(st, self);
		w->counters.map_self++;
	}
	if (racy && (self || (delta && (v->rebuild || !soft))))
		st->unsettled_until_ms = clock_now_ms() + FANOUT_SETTLE_MS;
}

/* A list of no peers means "as before" to a client, so a second full map cannot
 * say that nobody is left; a new stream can. */
static bool
must_poll_anew(const struct stream *st, const struct snap_node *n)
{
	return st->had_map && !snap_sees_anyone(st->session->worker->snap, n);
}

static void
end_stream(struct stream *st)
{
	fanout_remove(st);
	if (st->session->map == st)
		st->session->map = NULL;
	stream_end(st);
}

/* Brings the stream's debt to zero by pushing what it owes.  False when that
 * ended the stream, which may be gone then. */
static bool
pay(struct stream *st)
{
	struct worker *w = st->session->worker;
	int64_t now = now_held();
	struct map_viewer v = { .node = snapshot_node(w->snap, st->node_id),
		.held = &st->held,
		.said = &st->said,
		.capver = st->capver,
		.plain = st->plain,
		.exact = loses_order(st) };

	if (!v.node) {
		say_farewell(st);
		return true;
	}
	if (memcmp(&v.node->node_key, &st->node_key, sizeof(st->node_key)) !=
		0) {
		st->farewell = true; /* its client polls with the new key */
		return true;
	}
	if (v.node->hidden && st->had_map) { /* as above: it forgets them all */
		end_stream(st);
		return false;
	}
	if (v.node->hidden || is_expired(v.node, now)) {
		pay_shut_out(st, &v, now);
		return true;
	}
	if (!st->sent || mapresp_too_old(w->snap, st->sent)) {
		if (must_poll_anew(st, v.node)) {
			end_stream(st);
			return false;
		}
		pay_full(st, &v, now);
	} else {
		pay_deltas(st, &v, now);
	}
	st->sent = w->snap->gen;
	return true;
}

static bool
owes(const struct stream *st)
{
	return !st->farewell && st->seen_gen != st->session->worker->snap->gen;
}

void
fanout_pay(struct stream *st)
{
	if (!owes(st) || !stream_idle(st) || conn_full(st->session->conn))
		return;
	st->seen_gen = st->session->worker->snap->gen;
	if (pay(st) && !stream_idle(st)) {
		wheel_set(&st->session->timer,
			KEEPALIVE_SECONDS + rand() % (KEEPALIVE_JITTER + 1));
		session_pump(st->session);
	}
}

/* All that a payment touches is its stream's own and lies anywhere: while one
 * is paid, what the next three need is fetched, a step at a time. */
static void
fetch_ahead(const struct stream *next)
{
	const struct stream *second = next ? TAILQ_NEXT(next, mapped) : NULL;
	const struct stream *third = second ? TAILQ_NEXT(second, mapped) : NULL;

	fetch(third, sizeof(*third));
	if (second) {
		fetch(second->session, sizeof(*second->session));
		fetch(second->queue, sizeof(*second->queue));
		fetch(second->held.at, sizeof(*second->held.at));
	}
	if (next) {
		fetch(next->session->conn, sizeof(*next->session->conn));
		h2mem_fetch(next->session->h2mem);
		snapshot_fetch(next->session->worker->snap, next->node_id);
	}
}

static void
pay_all(struct worker *w)
{
	struct stream *st, *next;

	paid_gen = w->snap->gen;
	paid_ms = clock_now_ms();
	conn_hold();
	for (st = TAILQ_FIRST(&streams); st; st = next) {
		next = TAILQ_NEXT(st, mapped);
		fetch_ahead(next);
		fanout_pay(st);
	}
	conn_release();
}

static int64_t
window_ms(const struct worker *w)
{
	int64_t ms = (int64_t)w->stream_count / 10;

	if (ms < FANOUT_LEAST_MS)
		return FANOUT_LEAST_MS;
	return ms > FANOUT_MOST_MS ? FANOUT_MOST_MS : ms;
}

static void
on_window(uv_timer_t *t)
{
	pay_all(t->data);
}

/* Runs before the loop sleeps: whatever this turn changed is paid now, or when
 * the window is over. */
static void
on_before_sleep(uv_prepare_t *p)
{
	struct worker *w = p->data;
	int64_t left;

	if (w->snap->gen == paid_gen || uv_is_active((uv_handle_t *)&window))
		return;
	left = paid_ms + window_ms(w) - clock_now_ms();
	if (left <= 0)
		pay_all(w);
	else
		uv_timer_start(&window, on_window, (uint64_t)left, 0);
}

void
fanout_start(struct worker *w)
{
	uv_prepare_init(w->loop, &before_sleep);
	uv_timer_init(w->loop, &window);
	before_sleep.data = window.data = w;
	uv_prepare_start(&before_sleep, on_before_sleep);
	uv_unref((uv_handle_t *)&before_sleep);
	uv_unref((uv_handle_t *)&window);
}

size_t
fanout_behind(void)
{
	const struct stream *st;
	size_t count = 0;

	TAILQ_FOREACH (st, &streams, mapped)
		count += owes(st) || !stream_idle(st);
	return count;
}

void
fanout_add(struct stream *st)
{
	struct worker *w = st->session->worker;

	TAILQ_INSERT_TAIL(&streams, st, mapped);
	st->is_map = true;
	st->mapped_ms = clock_now_ms();
	st->sent = st->seen_gen = 0;
	w->stream_count++;
	w->counters.map_streams_started++;
}

void
fanout_remove(struct stream *st)
{
	if (!st->is_map)
		return;
	TAILQ_REMOVE(&streams, st, mapped);
	st->is_map = false;
	st->session->worker->stream_count--;
}

static bool
time_tells(const struct stream *st, struct snap_node *n, int64_t now)
{
	struct map_said said = st->said;

	return (is_expired(n, now) && !st->told_expired) ||
	       mapmessages_differ(
		       &(struct map_viewer){ .node = n, .said = &said }, now);
}

void
fanout_keepalive(struct stream *st)
{
	struct worker *w = st->session->worker;
	struct snap_node *n = snapshot_node(w->snap, st->node_id);

	/* An expiry that was reached, or is near now, is no change of a row. */
	if (!st->farewell && n && time_tells(st, n, now_held())) {
		st->seen_gen = 0;
		fanout_pay(st);
	} else if (stream_idle(st)) {
		push(st, mapresp_keepalive(st->plain));
		w->counters.map_keepalives++;
		session_pump(st->session);
	}
	wheel_set(&st->session->timer,
		KEEPALIVE_SECONDS + rand() % (KEEPALIVE_JITTER + 1));
}
