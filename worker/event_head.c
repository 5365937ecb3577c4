#include "worker/event_stream.h"

enum {
	HEAD_MAX = 4096,
};

/* Class E, and what stands on every answer (spec/pages.md 5.1). */
static void
put_head(struct buf *b, const char *status, const char *type)
{
	buf_putf(b, "Status: %s\r\nContent-Type: %s\r\n", status, type);
	buf_puts(b,
		"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
		"Content-Security-Policy: default-src 'none'; "
		"frame-ancestors 'none'\r\n"
		"Referrer-Policy: no-referrer\r\n"
		"X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
		"Cross-Origin-Opener-Policy: same-origin\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n"
		"Permissions-Policy: camera=(), geolocation=(), microphone=(), "
		"payment=(), usb=()\r\n");
}

void
event_refuse(struct event_stream *st, const char *status, const char *more,
	const char *text)
{
	struct arena *mem = arena_new();
	struct buf b;

	buf_init(&b, mem, HEAD_MAX);
	put_head(&b, status, "text/plain; charset=utf-8");
	buf_putf(&b, "%s\r\n%s\n", more, text);
	conn_write(st->conn, b.bytes, b.len);
	conn_finish(st->conn, "refused");
	arena_free(mem);
}

/* From here on changes after the snapshot's seq are told: a client that is cut
 * off before any comes back with that number. */
void
event_greet(struct event_stream *st)
{
	struct arena *mem = arena_new();
	struct buf b;
	int size = EVENTS_SOCKET_BYTES;

	(void)uv_send_buffer_size((uv_handle_t *)&st->conn->pipe, &size);
	buf_init(&b, mem, HEAD_MAX);
	put_head(&b, "200 OK", "text/event-stream");
	buf_putf(&b, "\r\nretry: %d\nid: %lld\n\n", EVENTS_RETRY_MS,
		(long long)st->owed.told);
	event_write(st, &b);
	arena_free(mem);
}
