#include "worker/relay/server.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/own.h"
#include "worker/relay/tunnel.h"

enum {
	BACKLOG = 511,
};

/* Before the loop sleeps: everyone's frames of this turn in one write. */
static void
on_prepare(uv_prepare_t *p)
{
	struct server *s = p->data;
	struct tunnel *c;

	while ((c = TAILQ_FIRST(&s->dirty))) {
		TAILQ_REMOVE(&s->dirty, c, dirty);
		c->is_dirty = false;
		tunnel_pay(c);
	}
}

/* What the relay asks of a connection. */

static void
on_wake(void *conn)
{
	tunnel_set_dirty(conn);
}

static void
on_full(void *conn)
{
	tunnel_flush(conn);
}

static void
on_relay_close(void *conn, enum leave why)
{
	tunnel_close(conn, why);
}

static void
on_late(void *conn)
{
	tunnel_resume(conn);
}

const struct relay_calls tunnel_calls = { on_wake, on_full, on_relay_close,
	on_late };

/* Coming. */

/* The one that has been on its way in for the longest makes room. */
static void
make_room(struct server *s, struct tunnel *newest)
{
	struct tunnel *oldest = TAILQ_FIRST(&s->half);

	if ((size_t)s->counts.half_open > s->limits.half_open)
		tunnel_close(oldest, LEAVE_HALF_OPEN);
	else if ((size_t)s->counts.connections > s->limits.connections)
		tunnel_close(oldest ? oldest : newest, LEAVE_TOO_MANY);
}

static void
begin(struct server *s, struct tunnel *c)
{
	s->counts.accepted++;
	tunnel_read(c);
	make_room(s, c);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct server *s = listener->data;
	struct tunnel *c;

	if (status < 0) {
		if (tunnel_may_log(s, LOG_WARN))
			log_event(LOG_WARN, "accept failed", "error",
				uv_strerror(status));
		return;
	}
	c = tunnel_new(s);
	if (uv_accept(listener, (uv_stream_t *)&c->pipe))
		tunnel_close(c, LEAVE_HUNG_UP);
	else
		begin(s, c);
}

enum err
server_adopt(struct server *s, int fd)
{
	struct tunnel *c = tunnel_new(s);

	if (uv_pipe_open(&c->pipe, fd)) {
		tunnel_close(c, LEAVE_HUNG_UP);
		return ERR_IO;
	}
	begin(s, c);
	return ERR_OK;
}

/* The server. */

struct server *
server_new(uv_loop_t *loop, struct relay *relay,
	const struct server_limits *limits)
{
	struct server *s = own_alloc(sizeof(*s));

	s->loop = loop;
	s->relay = relay;
	s->limits = *limits;
	s->logs_left = TUNNEL_LOGS_MAX;
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->half);
	TAILQ_INIT(&s->dirty);
	uv_prepare_init(loop, &s->flusher);
	s->flusher.data = s;
	uv_prepare_start(&s->flusher, on_prepare);
	return s;
}

enum err
server_listen(struct server *s, int fd)
{
	uv_pipe_init(s->loop, &s->listener, 0);
	s->listener.data = s;
	s->listens = true;
	if (uv_pipe_open(&s->listener, fd) ||
		uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection))
		return ERR_IO;
	return ERR_OK;
}

const struct server_counts *
server_counts(const struct server *s)
{
	return &s->counts;
}

static enum leave
overdue(struct tunnel *c, int64_t now_ms)
{
	size_t left;

	if (c->is_half_open && now_ms - c->since_ms >= HANDSHAKE_MS)
		return LEAVE_HANDSHAKE;
	if (!c->out)
		return STAY;
	left = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);
	if (left < c->out_left) {
		c->out_left = left;
		c->progress_ms = now_ms;
	}
	return now_ms - c->progress_ms >= TUNNEL_STALL_MS ? LEAVE_STALLED
							  : STAY;
}

void
server_tick(struct server *s, int64_t now_ms)
{
	struct tunnel *c, *next;

	for (c = TAILQ_FIRST(&s->all); c; c = next) {
		enum leave why = c->closing ? STAY : overdue(c, now_ms);

		next = TAILQ_NEXT(c, all);
		if (why)
			tunnel_close(c, why);
	}
	relay_tick(s->relay, now_ms);
	if (s->logs_lost)
		log_event(LOG_WARN, "log lines left out", "count",
			log_int(s->logs_lost));
	s->logs_left = TUNNEL_LOGS_MAX;
	s->logs_lost = 0;
}

void
server_stop(struct server *s)
{
	struct tunnel *c;

	if (s->stopping)
		return;
	s->stopping = true;
	if (s->listens)
		uv_close((uv_handle_t *)&s->listener, NULL);
	s->logs_left = 0;
	relay_say_restarting(s->relay);
	TAILQ_FOREACH (c, &s->all, all) {
		tunnel_flush(c);
		tunnel_close(c, LEAVE_STOPPING);
	}
	s->logs_lost = 0;
	uv_close((uv_handle_t *)&s->flusher, NULL);
}

void
server_free(struct server *s)
{
	if (!s)
		return;
	assert(TAILQ_EMPTY(&s->all));
	free(s);
}
