#include "worker/relay/tunnel.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/own.h"

void
tunnel_set_dirty(struct tunnel *c)
{
	if (c->is_dirty || c->closing)
		return;
	c->is_dirty = true;
	TAILQ_INSERT_TAIL(&c->server->dirty, c, dirty);
}

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

void
tunnel_end_half_open(struct tunnel *c)
{
	if (!c->is_half_open)
		return;
	c->is_half_open = false;
	TAILQ_REMOVE(&c->server->half, c, half);
	c->server->counts.half_open--;
}

bool
tunnel_may_log(struct server *s, enum log_level level)
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

	if (tunnel_may_log(c->server, level))
		log_event(level, node ? "client left" : "connection refused",
			"reason", leave_word(why), "node",
			node > 0 ? log_int(node) : NULL, "address",
			c->address[0] ? c->address : NULL, "seconds",
			log_int(seconds));
}

void
tunnel_close(struct tunnel *c, enum leave why)
{
	struct server *s = c->server;

	if (c->closing)
		return;
	log_end(c, why);
	s->counts.left[why]++;
	c->closing = true;
	tunnel_end_half_open(c);
	if (c->is_dirty)
		TAILQ_REMOVE(&s->dirty, c, dirty);
	c->is_dirty = false;
	if (c->client)
		relay_leave(c->client);
	c->client = NULL;
	uv_close((uv_handle_t *)&c->resume, on_closed);
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

void
tunnel_close_soon(struct tunnel *c, enum leave why)
{
	if (!c->why)
		c->why = why;
	tunnel_set_dirty(c);
}

struct tunnel *
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
