#include "worker/relay/tunnel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "proto/cgi.h"
#include "worker/relay/door.h"

enum {
	BACKLOG = 511,
	HEAD_ROOM = SCGI_HEAD_MAX + 16, /* with the length before it */
	ADDRESS_SIZE = 46,
};

enum state {
	READS_HEAD,
	IS_CLIENT,
	ANSWERS, /* closed when the answer has left */
};

struct tunnel {
	struct server *server;
	uv_pipe_t pipe;
	uv_timer_t resume;
	int handles; /* that are still to be closed */
	TAILQ_ENTRY(tunnel) all, half, dirty;
	enum state state;
	enum leave why; /* on its way out; STAY otherwise */
	bool closing, is_half_open, is_dirty;
	int64_t since_ms;
	char address[ADDRESS_SIZE];

	uint8_t *head; /* while it is read */
	size_t head_len;
	struct client *client;
	struct websocket *ws;

	uv_write_t write;
	uint8_t *out; /* what the socket has not taken; NULL if nothing */
	size_t out_left;
	int64_t progress_ms;
};

TAILQ_HEAD(tunnels, tunnel);

struct server {
	uv_loop_t *loop;
	struct relay *relay;
	struct server_limits limits;
	uv_pipe_t listener;
	bool listens, stopping;
	uv_prepare_t flusher;
	struct tunnels all, half, dirty;
	struct server_counts counts;
	int64_t logs_left, logs_lost;
	uint8_t in[RELAY_READ_MAX];
	uint8_t out[TUNNEL_OUT_MAX];
	uint8_t wrapped[TUNNEL_OUT_MAX];
};

_Static_assert(
	TUNNEL_OUT_MAX >= WEBSOCKET_CONTROL_MAX + DERP_FRAME_MAX +
				  (DERP_FRAME_MAX / WEBSOCKET_MESSAGE_MAX + 1) *
					  WEBSOCKET_HEAD_MAX,
	"one pull fits inside its WebSocket messages");

static void
set_dirty(struct tunnel *c)
{
	if (c->is_dirty || c->closing)
		return;
	c->is_dirty = true;
	TAILQ_INSERT_TAIL(&c->server->dirty, c, dirty);
}

/* Closing. */

static void
tunnel_free(struct tunnel *c)
{
	struct server *s = c->server;

	TAILQ_REMOVE(&s->all, c, all);
	s->counts.connections--;
	websocket_free(c->ws);
	free(c->head);
	free(c->out);
	free(c);
}

static void
on_closed(uv_handle_t *h)
{
	struct tunnel *c = h->data;

	if (--c->handles == 0)
		tunnel_free(c);
}

static void
end_half_open(struct tunnel *c)
{
	if (!c->is_half_open)
		return;
	c->is_half_open = false;
	TAILQ_REMOVE(&c->server->half, c, half);
	c->server->counts.half_open--;
}

/* Lines are rationed, so that who comes and goes cannot fill a disk. */
static bool
may_log(struct server *s, enum log_level level)
{
	if (level == LOG_DEBUG)
		return true;
	if (s->logs_left <= 0) {
		s->logs_lost++;
		return false;
	}
	s->logs_left--;
	return true;
}

static void
log_end(const struct tunnel *c, enum leave why)
{
	int64_t node = c->client ? relay_node(c->client) : 0;
	int64_t seconds = (clock_now_ms() - c->since_ms) / 1000;
	enum log_level level =
		why == LEAVE_ANSWERED || (!node && why == LEAVE_HUNG_UP)
			? LOG_DEBUG
			: LOG_INFO;

	if (may_log(c->server, level))
		log_event(level, node ? "client left" : "connection refused",
			"reason", leave_word(why), "node",
			node > 0 ? log_int(node) : NULL, "address",
			c->address[0] ? c->address : NULL, "seconds",
			log_int(seconds));
}

static void
tunnel_close(struct tunnel *c, enum leave why)
{
	struct server *s = c->server;

	if (c->closing)
		return;
	log_end(c, why);
	s->counts.left[why]++;
	c->closing = true;
	end_half_open(c);
	if (c->is_dirty)
		TAILQ_REMOVE(&s->dirty, c, dirty);
	c->is_dirty = false;
	if (c->client)
		relay_leave(c->client);
	c->client = NULL;
	uv_close((uv_handle_t *)&c->resume, on_closed);
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

/* Ends it from the loop's next turn, where nobody is in the middle of it. */
static void
close_soon(struct tunnel *c, enum leave why)
{
	if (!c->why)
		c->why = why;
	set_dirty(c);
}

/* Writing. */

static void
on_written(uv_write_t *w, int status)
{
	struct tunnel *c = w->data;

	free(c->out);
	c->out = NULL;
	c->out_left = 0;
	if (status < 0 && !c->closing)
		close_soon(c, LEAVE_HUNG_UP);
	set_dirty(c);
}

static void
write_rest(struct tunnel *c, const uint8_t *at, size_t len)
{
	uv_buf_t buf;

	c->out = own_alloc(len);
	memcpy(c->out, at, len);
	c->out_left = len;
	c->progress_ms = clock_now_ms();
	c->write.data = c;
	buf = uv_buf_init((char *)c->out, (unsigned)len);
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written)) {
		free(c->out);
		c->out = NULL;
		close_soon(c, LEAVE_HUNG_UP);
	}
}

/* Only while nothing waits; what the socket does not take will. */
static void
tunnel_write(struct tunnel *c, const uint8_t *at, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)at, (unsigned)len);
	int taken = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);

	assert(!c->out);
	if (taken == UV_EAGAIN)
		taken = 0;
	if (taken < 0)
		close_soon(c, LEAVE_HUNG_UP);
	else if ((size_t)taken < len)
		write_rest(c, at + taken, len - (size_t)taken);
}

/* The stream in messages, behind the pongs that are due. */
static size_t
wrap(struct tunnel *c, const uint8_t *at, size_t len)
{
	uint8_t *out = c->server->wrapped;
	size_t n = websocket_pull_control(c->ws, out, TUNNEL_OUT_MAX);

	while (len) {
		size_t part = len < WEBSOCKET_MESSAGE_MAX
				      ? len
				      : WEBSOCKET_MESSAGE_MAX;

		n += websocket_head_put(out + n, part);
		memcpy(out + n, at, part);
		n += part;
		at += part;
		len -= part;
	}
	return n;
}

static size_t
pull(struct tunnel *c, const uint8_t **at)
{
	struct server *s = c->server;
	size_t len;

	if (!c->ws) {
		*at = s->out;
		return relay_pull(c->client, s->out, sizeof(s->out));
	}
	len = relay_pull(c->client, s->out, DERP_FRAME_MAX);
	*at = s->wrapped;
	return wrap(c, s->out, len);
}

/* Ends by itself: nobody owes the client more meanwhile. */
static void
flush(struct tunnel *c)
{
	while (!c->out && !c->why && !c->closing && c->client) {
		const uint8_t *at;
		size_t len = pull(c, &at);

		if (!len)
			return;
		tunnel_write(c, at, len);
	}
}

/* A WebSocket client is told that it was closed, and why. */
static void
end(struct tunnel *c)
{
	uint8_t out[WEBSOCKET_CONTROL_MAX];
	size_t len = c->ws && !c->out
			     ? websocket_pull_control(c->ws, out, sizeof(out))
			     : 0;

	if (len)
		tunnel_write(c, out, len);
	tunnel_close(c, c->why);
}

/* Before the loop sleeps: everyone's frames of this turn in one write. */
static void
on_prepare(uv_prepare_t *p)
{
	struct server *s = p->data;
	struct tunnel *c;

	while ((c = TAILQ_FIRST(&s->dirty))) {
		TAILQ_REMOVE(&s->dirty, c, dirty);
		c->is_dirty = false;
		flush(c);
		if (c->state == ANSWERS && !c->out)
			close_soon(c, LEAVE_ANSWERED);
		if (c->why)
			end(c);
	}
}

static void
on_wake(void *conn)
{
	set_dirty(conn);
}

static void
on_full(void *conn)
{
	flush(conn);
}

static void
on_relay_close(void *conn, enum leave why)
{
	tunnel_close(conn, why);
}

static void on_late(void *conn);

const struct relay_calls tunnel_calls = { on_wake, on_full, on_relay_close,
	on_late };

/* Requests. */

static void
dispatch(struct tunnel *c, const struct scgi_head *h)
{
	const char *address = scgi_get(h, "REMOTE_ADDR");
	char text[DOOR_ANSWER_MAX];
	enum door_kind kind =
		door_answer(h, relay_public(c->server->relay), text);

	(void)snprintf(
		c->address, sizeof(c->address), "%s", address ? address : "");
	if (*text)
		tunnel_write(c, (const uint8_t *)text, strlen(text));
	if (kind == DOOR_ANSWERED) {
		c->state = ANSWERS;
		set_dirty(c);
		return;
	}
	if (kind == DOOR_WEBSOCKET)
		c->ws = websocket_new();
	c->state = IS_CLIENT;
	c->client = relay_join(c->server->relay, c, clock_now_ms());
}

/* Reading. */

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void
on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
	struct tunnel *c = h->data;

	(void)wanted;
	*buf = uv_buf_init((char *)c->server->in, sizeof(c->server->in));
}

static void
on_resume(uv_timer_t *t)
{
	struct tunnel *c = t->data;

	if (!c->closing && !c->why)
		uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static void
pause_if_fast(struct tunnel *c)
{
	int64_t ms = relay_pause_ms(c->client, clock_now_ms());

	if (relay_is_asking(c->client)) {
		uv_read_stop((uv_stream_t *)&c->pipe);
		return; /* on_late goes on */
	}
	if (!ms)
		return;
	uv_read_stop((uv_stream_t *)&c->pipe);
	uv_timer_start(&c->resume, on_resume, (uint64_t)ms, 0);
}

static void pause_if_fast(struct tunnel *c);

static void
log_joined(const struct tunnel *c)
{
	int64_t node = relay_node(c->client);

	if (may_log(c->server, LOG_INFO))
		log_event(LOG_INFO, "client joined", "node",
			node > 0 ? log_int(node) : NULL, "address", c->address);
}

static void
greet(struct tunnel *c)
{
	if (!c->is_half_open || !relay_is_welcome(c->client))
		return;
	end_half_open(c);
	log_joined(c);
}

/* Its answer came: it may stay. */
static void
on_late(void *conn)
{
	struct tunnel *c = conn;

	greet(c);
	if (!c->closing && !c->why)
		uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static bool
client_bytes(void *arg, const uint8_t *at, size_t len)
{
	struct tunnel *c = arg;
	enum leave why = relay_input(c->client, at, len, clock_now_ms());

	if (why) {
		close_soon(c, why);
		return false;
	}
	greet(c);
	return true;
}

static void
feed_client(struct tunnel *c, const uint8_t *at, size_t len)
{
	if (c->ws) {
		if (websocket_feed(c->ws, at, len, client_bytes, c))
			close_soon(c, LEAVE_HUNG_UP);
		set_dirty(c);
	}
	while (!c->ws && len && !c->why) {
		size_t part = len < RELAY_READ_MAX ? len : RELAY_READ_MAX;

		(void)client_bytes(c, at, part);
		at += part;
		len -= part;
	}
	if (!c->why)
		pause_if_fast(c);
}

static void
feed_head(struct tunnel *c, const uint8_t *at, size_t len)
{
	struct scgi_head head;
	enum cgi_state state;
	uint8_t *bytes;
	size_t all = c->head_len + len;

	bytes = own_grow(c->head, all, 1);
	memcpy(bytes + c->head_len, at, len);
	c->head = bytes;
	c->head_len = all;
	state = scgi_parse((struct bytes){ bytes, all }, &head);
	if (state == CGI_MORE && all <= HEAD_ROOM)
		return;
	if (state != CGI_DONE) {
		close_soon(c, LEAVE_BAD_REQUEST);
		return;
	}
	dispatch(c, &head);
	c->head = NULL;
	if (c->client && all > head.len)
		feed_client(c, bytes + head.len, all - head.len);
	free(bytes);
}

static void
on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct tunnel *c = stream->data;
	const uint8_t *at = (const uint8_t *)buf->base;

	if (c->why || c->closing || len == 0)
		return;
	if (len < 0)
		close_soon(c, LEAVE_HUNG_UP);
	else if (c->state == READS_HEAD)
		feed_head(c, at, (size_t)len);
	else if (c->state == IS_CLIENT)
		feed_client(c, at, (size_t)len);
	if (c->why)
		uv_read_stop(stream);
}

/* Coming. */

static struct tunnel *
tunnel_new(struct server *s)
{
	struct tunnel *c = own_alloc(sizeof(*c));

	c->server = s;
	c->since_ms = clock_now_ms();
	c->handles = 2;
	uv_pipe_init(s->loop, &c->pipe, 0);
	uv_timer_init(s->loop, &c->resume);
	c->pipe.data = c->resume.data = c;
	TAILQ_INSERT_TAIL(&s->all, c, all);
	TAILQ_INSERT_TAIL(&s->half, c, half);
	c->is_half_open = true;
	s->counts.connections++;
	s->counts.half_open++;
	return c;
}

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
	uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
	make_room(s, c);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct server *s = listener->data;
	struct tunnel *c;

	if (status < 0) {
		if (may_log(s, LOG_WARN))
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
		flush(c);
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
