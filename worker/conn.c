#include "worker/conn.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"

enum {
	READ_SIZE = 64 * 1024,
};

struct pending_write {
	uv_write_t req;
	struct conn *conn;
	size_t len;
	unsigned char bytes[];
};

struct held_write {
	struct conn *conn;
	size_t len;
	unsigned char bytes[CONN_HELD_BYTES];
};

static char read_buffer[READ_SIZE];
static struct held_write held[CONN_HELD_MOST];
static size_t held_count;
static bool holding;
static TAILQ_HEAD(, conn) writers = TAILQ_HEAD_INITIALIZER(writers);

static void
give_buffer(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
	(void)h;
	(void)wanted;
	*buf = uv_buf_init(read_buffer, READ_SIZE);
}

static void
on_closed(uv_handle_t *h)
{
	struct conn *c = h->data;

	if (c->queued)
		TAILQ_REMOVE(&writers, c, writing);
	c->calls->closed(c, c->why);
	free(c);
}

static void write_held(void);

void
conn_close(struct conn *c, const char *why)
{
	if (c->held)
		write_held();
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (!c->why)
		c->why = why;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void
on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = s->data;

	if (n > 0)
		c->calls->bytes(c, (const unsigned char *)buf->base, (size_t)n);
	else if (n < 0)
		conn_close(c, n == UV_EOF ? "closed by client" : "read failed");
}

static struct conn *
conn_new(uv_loop_t *loop, const struct conn_calls *calls, void *owner)
{
	struct conn *c = own_alloc(sizeof(*c));

	c->calls = calls;
	c->owner = owner;
	uv_pipe_init(loop, &c->pipe, 0);
	c->pipe.data = c;
	return c;
}

struct conn *
conn_accept(uv_stream_t *server, const struct conn_calls *calls, void *owner)
{
	struct conn *c = conn_new(server->loop, calls, owner);

	if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 ||
		uv_read_start((uv_stream_t *)&c->pipe, give_buffer, on_read) !=
			0)
		conn_close(c, "accept failed");
	return c;
}

static void
on_connect(uv_connect_t *req, int status)
{
	struct conn *c = req->data;

	free(req);
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (status < 0) {
		conn_close(c, "connect failed");
		return;
	}
	uv_read_start((uv_stream_t *)&c->pipe, give_buffer, on_read);
	c->calls->room(c);
}

struct conn *
conn_connect(uv_loop_t *loop, const char *path, const struct conn_calls *calls,
	void *owner)
{
	struct conn *c = conn_new(loop, calls, owner);
	uv_connect_t *req = own_alloc(sizeof(*req));

	req->data = c;
	uv_pipe_connect(req, &c->pipe, path, on_connect);
	return c;
}

static void
add_queued(struct conn *c, size_t len)
{
	if (!c->queued) {
		c->progress_ms = clock_now_ms();
		TAILQ_INSERT_TAIL(&writers, c, writing);
	}
	c->queued += len;
}

static void
drop_queued(struct conn *c, size_t len)
{
	c->queued -= len;
	c->progress_ms = clock_now_ms();
	TAILQ_REMOVE(&writers, c, writing);
	if (c->queued) /* the list is in the order of progress */
		TAILQ_INSERT_TAIL(&writers, c, writing);
}

static void
on_written(uv_write_t *req, int status)
{
	struct pending_write *w = (struct pending_write *)req;
	struct conn *c = w->conn;

	drop_queued(c, w->len);
	free(w);
	if (status < 0)
		conn_close(c, "write failed");
	else if (!c->why && !conn_full(c))
		c->calls->room(c);
}

static void
write_now(struct conn *c, const void *bytes, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
	struct pending_write *w;
	int sent = 0;

	if (!len || uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (!c->queued)
		sent = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);
	if (sent < 0)
		sent = 0;
	if ((size_t)sent == len)
		return;
	len -= (size_t)sent;
	w = own_alloc(sizeof(*w) + len);
	w->conn = c;
	w->len = len;
	memcpy(w->bytes, (const char *)bytes + sent, len);
	buf = uv_buf_init((char *)w->bytes, (unsigned)len);
	add_queued(c, len);
	if (uv_write(&w->req, (uv_stream_t *)&c->pipe, &buf, 1, on_written) !=
		0) {
		drop_queued(c, len);
		free(w);
		conn_close(c, "write failed");
	}
}

/* A connection is out of the batch before it is written: a write that fails
 * closes it, which would write the batch once more. */
static void
write_held(void)
{
	size_t count = held_count;

	held_count = 0;
	for (size_t i = 0; i < count; i++)
		held[i].conn->held = false;
	for (size_t i = 0; i < count; i++)
		write_now(held[i].conn, held[i].bytes, held[i].len);
}

void
conn_write(struct conn *c, const void *bytes, size_t len)
{
	struct held_write *h;

	if (c->held || held_count == CONN_HELD_MOST)
		write_held();
	if (!holding || !len || len > CONN_HELD_BYTES) {
		write_now(c, bytes, len);
		return;
	}
	h = &held[held_count++];
	h->conn = c;
	h->len = len;
	memcpy(h->bytes, bytes, len);
	c->held = true;
}

void
conn_hold(void)
{
	holding = true;
}

void
conn_release(void)
{
	holding = false;
	write_held();
}

bool
conn_full(const struct conn *c)
{
	return c->queued >= CONN_QUEUE_MAX;
}

static void
on_shut(uv_shutdown_t *req, int status)
{
	struct conn *c = req->data;

	(void)status;
	conn_close(c, c->why);
}

void
conn_finish(struct conn *c, const char *why)
{
	if (c->held)
		write_held();
	if (c->why || uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	c->why = why;
	uv_read_stop((uv_stream_t *)&c->pipe);
	c->shut.data = c;
	if (uv_shutdown(&c->shut, (uv_stream_t *)&c->pipe, on_shut) != 0)
		conn_close(c, why);
}

void
conn_sweep(int64_t now_ms)
{
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&writers); c; c = next) {
		next = TAILQ_NEXT(c, writing);
		if (now_ms - c->progress_ms < CONN_STALL_MS)
			break;
		conn_close(c, "client stopped reading");
	}
}
