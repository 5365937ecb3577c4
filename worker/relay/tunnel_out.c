/* tunnel_out.c: what a connection writes; declared in tunnel.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "worker/relay/tunnel.h"

_Static_assert(
	TUNNEL_OUT_MAX >= WEBSOCKET_CONTROL_MAX + DERP_FRAME_MAX +
				  (DERP_FRAME_MAX / WEBSOCKET_MESSAGE_MAX + 1) *
					  WEBSOCKET_HEAD_MAX,
	"one pull fits inside its WebSocket messages");

static void
on_written(uv_write_t *w, int status)
{
	struct tunnel *c = w->data;

	free(c->out);
	c->out = NULL;
	c->out_left = 0;
	if (status < 0 && !c->closing)
		tunnel_close_soon(c, LEAVE_HUNG_UP);
	tunnel_set_dirty(c);
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
		tunnel_close_soon(c, LEAVE_HUNG_UP);
	}
}

void
tunnel_write(struct tunnel *c, const uint8_t *at, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)at, (unsigned)len);
	int taken = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);

	assert(!c->out);
	if (taken == UV_EAGAIN)
		taken = 0;
	if (taken < 0)
		tunnel_close_soon(c, LEAVE_HUNG_UP);
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

void
tunnel_flush(struct tunnel *c)
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

void
tunnel_pay(struct tunnel *c)
{
	tunnel_flush(c);
	if (c->state == ANSWERS && !c->out)
		tunnel_close_soon(c, LEAVE_ANSWERED);
	if (c->why)
		end(c);
}
