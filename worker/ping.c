#include "worker/ping.h"

#include "base/text.h"
#include "proto/tailcfg.h"
#include "tailnet/mapframe.h"

enum {
	PING_MAX = 8 * 1024, /* bytes of the message */
};

static struct blob *
message(struct arena *mem, const struct ping *p, bool plain)
{
	struct tailcfg_ping_request request = {
		.url = arena_printf(mem, "https://unused%s", p->path),
		.url_is_noise = true,
		.types = p->types,
		.ip = p->ip,
		.payload = p->payload.len ? text_base64(mem, p->payload.at,
						    p->payload.len)
					  : NULL,
	};
	struct buf b;

	buf_init(&b, mem, PING_MAX);
	buf_puts(&b, "{\"KeepAlive\":true,\"PingRequest\":");
	json_encode(&b, &tailcfg_ping_request_table, &request);
	buf_puts(&b, "}");
	return buf_error(&b) ? NULL : mapframe_message(mem, &b, plain);
}

bool
ping_send(struct stream *st, const struct ping *p)
{
	struct arena *mem;
	struct blob *b;

	if (st->queue_count - st->queue_at >= QUEUE_BLOBS_MAX)
		return false;
	mem = arena_new();
	b = message(mem, p, st->plain);
	arena_free(mem);
	if (!b)
		return false;
	stream_push(st, b);
	session_pump(st->session);
	return true;
}
