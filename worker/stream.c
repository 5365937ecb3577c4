#include "worker/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define LITERAL(name, text)                                                 \
	{                                                                   \
		(uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(text), \
			strlen(name), strlen(text), NGHTTP2_NV_FLAG_NONE    \
	}

static struct stream *
stream_of(nghttp2_session *h2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h2, id);
}

static int
on_begin_headers(nghttp2_session *h2, const nghttp2_frame *f, void *arg)
{
	struct session *s = arg;
	struct stream *st;

	if (f->hd.type != NGHTTP2_HEADERS ||
		f->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	st = own_alloc(sizeof(*st));
	st->session = s;
	st->id = f->hd.stream_id;
	TAILQ_INSERT_TAIL(&s->streams, st, list);
	s->stream_count++;
	nghttp2_session_set_stream_user_data(h2, st->id, st);
	return 0;
}

static bool
is_name(const uint8_t *name, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(name, text, len) == 0;
}

/* Only :method and :path say something here; the authority is whatever the
 * client made of its URLs (spec/protocol.md 4.3). */
static int
on_header(nghttp2_session *h2, const nghttp2_frame *f, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
	void *arg)
{
	struct stream *st = stream_of(h2, f->hd.stream_id);

	(void)flags;
	(void)arg;
	if (!st)
		return 0;
	st->header_bytes += name_len + len + 32;
	if (st->header_bytes > HEADER_LIST_MAX)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (is_name(name, name_len, ":method") && len < METHOD_MAX) {
		memcpy(st->method, value, len);
		st->method[len] = '\0';
	} else if (is_name(name, name_len, ":path") && len < PATH_MAX_LEN &&
		   !st->path) {
		st->path = own_alloc(len + 1);
		memcpy(st->path, value, len);
	}
	return 0;
}

static size_t
body_limit(const struct stream *st)
{
	return st->path && strcmp(st->path, "/machine/map") == 0 ? MAP_BODY_MAX
								 : BODY_MAX;
}

static int
on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *at,
	size_t len, void *arg)
{
	struct stream *st = stream_of(h2, id);
	struct session *s = arg;

	(void)flags;
	if (!st || st->too_big)
		return 0;
	if (len > body_limit(st) - st->body_len ||
		s->body_bytes + len > BODIES_MAX) {
		st->too_big = true;
		return 0;
	}
	if (st->body_len + len + 1 > st->body_room) {
		st->body_room = 2 * (st->body_len + len) + 1;
		st->body = own_grow(st->body, st->body_room, 1);
	}
	memcpy(st->body + st->body_len, at, len);
	st->body_len += len;
	st->body[st->body_len] = '\0';
	s->body_bytes += len;
	return 0;
}

static int
on_frame(nghttp2_session *h2, const nghttp2_frame *f, void *arg)
{
	struct stream *st;

	(void)arg;
	if ((f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA) ||
		!(f->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	st = stream_of(h2, f->hd.stream_id);
	if (!st)
		return 0;
	if (st->too_big && !dispatch_cut(st))
		stream_words(st, 413, "request body larger than its limit");
	else
		dispatch(st);
	return 0;
}

void
stream_free(struct stream *st)
{
	struct session *s = st->session;

	dispatch_gone(st);
	for (size_t i = st->queue_at; i < st->queue_count; i++)
		blob_drop(st->queue[i]);
	s->body_bytes -= st->body_len;
	s->stream_count--;
	TAILQ_REMOVE(&s->streams, st, list);
	free(st->queue);
	free(st->body);
	free(st->path);
	map_held_free(&st->held);
	free(st);
}

static int
on_stream_close(nghttp2_session *h2, int32_t id, uint32_t code, void *arg)
{
	struct stream *st = stream_of(h2, id);

	(void)code;
	(void)arg;
	if (st)
		stream_free(st);
	return 0;
}

nghttp2_session_callbacks *
stream_callbacks(void)
{
	static nghttp2_session_callbacks *calls;

	if (calls)
		return calls;
	if (nghttp2_session_callbacks_new(&calls) != 0)
		abort();
	nghttp2_session_callbacks_set_on_begin_headers_callback(
		calls, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
		calls, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		calls, on_stream_close);
	return calls;
}

/* Copies the next bytes of the queue; nghttp2 asks as windows allow. */
static ssize_t
read_queue(nghttp2_session *h2, int32_t id, uint8_t *out, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct stream *st = source->ptr;
	size_t made = 0;

	(void)h2;
	(void)id;
	(void)arg;
	while (made < room && st->queue_at < st->queue_count) {
		struct blob *b = st->queue[st->queue_at];
		size_t n = b->len - st->offset;

		if (n > room - made)
			n = room - made;
		memcpy(out + made, b->bytes + st->offset, n);
		made += n;
		st->offset += n;
		if (st->offset == b->len) {
			blob_drop(b);
			st->queue_at++;
			st->offset = 0;
		}
	}
	if (st->queue_at == st->queue_count) {
		st->queue_at = st->queue_count = 0;
		if (st->ended)
			*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	if (!made && !st->ended) {
		st->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	if (!st->ended && stream_idle(st) && st->session->stream_count == 1)
		st->session->took_all = made;
	return (ssize_t)made;
}

static void
submit(struct stream *st, const nghttp2_nv *headers, size_t count)
{
	nghttp2_data_provider from = { .source = { .ptr = st },
		.read_callback = read_queue };

	st->started = true;
	nghttp2_submit_response(st->session->h2, st->id, headers, count, &from);
}

/* The request is not needed any more. */
static void
drop_body(struct stream *st)
{
	st->session->body_bytes -= st->body_len;
	st->body_len = st->body_room = 0;
	free(st->body);
	st->body = NULL;
}

void
stream_answer(struct stream *st, int status, const char *content_type,
	int64_t retry_after, const void *body, size_t len)
{
	char code[8], seconds[24];
	nghttp2_nv headers[3] = { LITERAL(":status", "") };
	size_t count = 1;

	if (st->started)
		return;
	(void)snprintf(code, sizeof(code), "%03d", status);
	(void)snprintf(
		seconds, sizeof(seconds), "%lld", (long long)retry_after);
	headers[0].value = (uint8_t *)code;
	headers[0].valuelen = 3;
	if (content_type)
		headers[count++] =
			(nghttp2_nv)LITERAL("content-type", content_type);
	if (retry_after > 0)
		headers[count++] = (nghttp2_nv)LITERAL("retry-after", seconds);
	if (len)
		stream_push(st, blob_new(body, len));
	st->ended = true;
	drop_body(st);
	submit(st, headers, count);
	session_pump(st->session);
}

void
stream_words(struct stream *st, int status, const char *words)
{
	char line[512];
	int len = snprintf(line, sizeof(line), "%s\n", words);

	stream_answer(st, status, "text/plain; charset=utf-8", 0, line,
		len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void
stream_begin(struct stream *st)
{
	const nghttp2_nv headers[] = { LITERAL(":status", "200"),
		LITERAL("content-type", "application/octet-stream") };

	drop_body(st);
	submit(st, headers, 2);
}

void
stream_push(struct stream *st, struct blob *b)
{
	if (st->queue_count == st->queue_room) {
		st->queue_room = st->queue_room ? 2 * st->queue_room : 4;
		st->queue = own_grow(
			st->queue, st->queue_room, sizeof(struct blob *));
	}
	st->queue[st->queue_count++] = b;
	if (st->deferred) {
		st->deferred = false;
		nghttp2_session_resume_data(st->session->h2, st->id);
	}
}

void
stream_end(struct stream *st)
{
	st->ended = true;
	if (st->deferred) {
		st->deferred = false;
		nghttp2_session_resume_data(st->session->h2, st->id);
	}
	session_pump(st->session);
}

bool
stream_idle(const struct stream *st)
{
	return st->queue_at == st->queue_count;
}
