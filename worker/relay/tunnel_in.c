/* tunnel_in.c: what a connection reads: its SCGI head, then what its client
 * sends; declared in tunnel.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "proto/cgi.h"
#include "worker/relay/door.h"
#include "worker/relay/tunnel.h"

enum {
	HEAD_ROOM = SCGI_HEAD_MAX + 16, /* with the length before it */
};

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
		tunnel_set_dirty(c);
		return;
	}
	if (kind == DOOR_WEBSOCKET)
		c->ws = websocket_new();
	c->state = IS_CLIENT;
	c->client = relay_join(c->server->relay, c, clock_now_ms());
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void
on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *buf)
{
	struct tunnel *c = h->data;

	(void)wanted;
	*buf = uv_buf_init((char *)c->server->in, sizeof(c->server->in));
}

void
tunnel_read(struct tunnel *c)
{
	uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static void
on_resume(uv_timer_t *t)
{
	struct tunnel *c = t->data;

	if (!c->closing && !c->why)
		tunnel_read(c);
}

static void
pause_if_fast(struct tunnel *c)
{
	int64_t ms = relay_pause_ms(c->client, clock_now_ms());

	if (relay_is_asking(c->client)) {
		uv_read_stop((uv_stream_t *)&c->pipe);
		return; /* tunnel_resume goes on */
	}
	if (!ms)
		return;
	uv_read_stop((uv_stream_t *)&c->pipe);
	uv_timer_start(&c->resume, on_resume, (uint64_t)ms, 0);
}

static void
log_joined(const struct tunnel *c)
{
	int64_t node = relay_node(c->client);

	if (tunnel_may_log(c->server, LOG_INFO))
		log_event(LOG_INFO, "client joined", "node",
			node > 0 ? log_int(node) : NULL, "address", c->address);
}

static void
greet(struct tunnel *c)
{
	if (!c->is_half_open || !relay_is_welcome(c->client))
		return;
	tunnel_end_half_open(c);
	log_joined(c);
}

void
tunnel_resume(struct tunnel *c)
{
	greet(c);
	if (!c->closing && !c->why)
		tunnel_read(c);
}

static bool
client_bytes(void *arg, const uint8_t *at, size_t len)
{
	struct tunnel *c = arg;
	enum leave why = relay_input(c->client, at, len, clock_now_ms());

	if (why) {
		tunnel_close_soon(c, why);
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
			tunnel_close_soon(c, LEAVE_HUNG_UP);
		tunnel_set_dirty(c);
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
		tunnel_close_soon(c, LEAVE_BAD_REQUEST);
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
		tunnel_close_soon(c, LEAVE_HUNG_UP);
	else if (c->state == READS_HEAD)
		feed_head(c, at, (size_t)len);
	else if (c->state == IS_CLIENT)
		feed_client(c, at, (size_t)len);
	if (c->why)
		uv_read_stop(stream);
}
