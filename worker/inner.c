#include "worker/inner.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/text.h"

struct inner_request {
	struct inner *inner;
	struct stream *stream; /* NULL: forgotten */
	inner_done *done;
	char wait[8];
	struct conn *conn; /* NULL while it waits in the queue */
	struct arena *mem;
	struct fcgi_reader reader;
	int64_t since_ms;
	TAILQ_ENTRY(inner_request) list;
};

TAILQ_HEAD(inner_list, inner_request);

struct inner {
	struct worker *worker;
	char path[PATH_MAX];
	struct inner_list queued, running;
	size_t queued_count, running_count;
};

struct inner *
inner_new(struct worker *w)
{
	struct inner *in = own_alloc(sizeof(*in));

	in->worker = w;
	(void)snprintf(in->path, sizeof(in->path), "%s/inner.sock", w->home);
	TAILQ_INIT(&in->queued);
	TAILQ_INIT(&in->running);
	return in;
}

void
inner_free(struct inner *in)
{
	free(in);
}

static void
request_free(struct inner_request *r)
{
	if (r->stream)
		r->stream->inner = NULL;
	arena_free(r->mem);
	free(r);
}

static int64_t
header_int(const struct cgi_answer *a, const char *name)
{
	const char *text = cgi_answer_header(a, name);
	int64_t value = 0;

	if (text && text_int(text, &value))
		value = 0;
	return value;
}

static void
finish(struct inner_request *r, const struct cgi_answer *a)
{
	struct worker *w = r->inner->worker;
	struct stream *st = r->stream;

	if (a && header_int(a, "Cairn-Seq") > w->snap->seq)
		worker_catch_up(w);
	st = r->stream; /* catching up may have ended it */
	if (!st)
		return;
	r->stream = NULL;
	st->inner = NULL;
	if (!a)
		w->counters.inner_failed++;
	r->done(st, a);
}

static void
finish_parsed(struct inner_request *r)
{
	struct bytes text = { r->reader.out.bytes, r->reader.out.len };
	struct cgi_answer a;

	if (r->reader.err.len)
		log_event(LOG_WARN, "handler wrote to its error stream", "text",
			arena_printf(r->mem, "%.*s", (int)r->reader.err.len,
				(const char *)r->reader.err.bytes));
	if (cgi_answer_parse(text, r->mem, &a))
		finish(r, NULL);
	else
		finish(r, &a);
}

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	struct inner_request *r = c->owner;

	if (r->reader.state != CGI_MORE)
		return;
	switch (fcgi_read(&r->reader, at, len)) {
	case CGI_MORE:
		return;
	case CGI_DONE:
		finish_parsed(r);
		break;
	case CGI_BAD:
		finish(r, NULL);
		break;
	}
	conn_close(c, "answered");
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void start_next(struct inner *in);

static void
on_closed(struct conn *c, const char *why)
{
	struct inner_request *r = c->owner;
	struct inner *in = r->inner;

	TAILQ_REMOVE(&in->running, r, list);
	in->running_count--;
	if (r->stream) {
		log_event(LOG_WARN, "handler did not answer", "path",
			r->stream->path, "why", why);
		finish(r, NULL);
	}
	request_free(r);
	start_next(in);
}

static const struct conn_calls inner_calls = { on_bytes, on_room, on_closed };

static void
send_request(struct inner_request *r)
{
	struct stream *st = r->stream;
	struct session *s = st->session;
	struct arena *mem = r->mem;
	const struct scgi_var params[] = {
		{ "REQUEST_METHOD", st->method },
		{ "REQUEST_URI", st->path },
		{ "CONTENT_LENGTH", arena_printf(mem, "%zu", st->body_len) },
		{ "REMOTE_ADDR", s->address },
		{ "CAIRN_MACHINE_KEY",
			key_text(mem, KEY_MACHINE, &s->machine_key) },
		{ "CAIRN_CAPVER",
			arena_printf(mem, "%lld", (long long)s->capver) },
		{ "CAIRN_SESSION",
			arena_printf(mem, "%lld", (long long)s->id) },
		{ "CAIRN_WAIT", r->wait },
	};
	struct buf b;

	buf_init(&b, mem, 2 * MAP_BODY_MAX);
	fcgi_put_request(&b, params, sizeof(params) / sizeof(params[0]),
		(struct bytes){ st->body, st->body_len });
	conn_write(r->conn, b.bytes, b.len);
}

static void
start_next(struct inner *in)
{
	size_t most = (size_t)in->worker->snap->settings.inner_children;
	struct inner_request *r = TAILQ_FIRST(&in->queued);

	if (!r || in->running_count >= most)
		return;
	TAILQ_REMOVE(&in->queued, r, list);
	in->queued_count--;
	TAILQ_INSERT_TAIL(&in->running, r, list);
	in->running_count++;
	fcgi_reader_init(&r->reader, r->mem, CGI_ANSWER_MAX);
	r->conn = conn_connect(in->worker->loop, in->path, &inner_calls, r);
	send_request(r);
}

void
inner_submit(struct stream *st, const char *wait, inner_done *done)
{
	struct inner *in = st->session->worker->inner;
	struct inner_request *r;

	in->worker->counters.inner_requests++;
	if (in->queued_count >= INNER_QUEUE_MAX) {
		in->worker->counters.inner_failed++;
		done(st, NULL);
		return;
	}
	r = own_alloc(sizeof(*r));
	r->inner = in;
	r->stream = st;
	r->done = done;
	r->mem = arena_new();
	r->since_ms = clock_now_ms();
	(void)snprintf(r->wait, sizeof(r->wait), "%s", wait);
	st->inner = r;
	TAILQ_INSERT_TAIL(&in->queued, r, list);
	in->queued_count++;
	start_next(in);
}

void
inner_forget(struct stream *st)
{
	struct inner_request *r = st->inner;

	st->inner = NULL;
	if (!r)
		return;
	r->stream = NULL;
	if (r->conn)
		return; /* the handler ends what it began */
	TAILQ_REMOVE(&r->inner->queued, r, list);
	r->inner->queued_count--;
	request_free(r);
}

void
inner_forward(struct stream *st, const struct cgi_answer *a)
{
	if (!a) {
		stream_answer(st, 503, "text/plain; charset=utf-8", 2,
			"no handler is free, try again\n", 30);
		return;
	}
	stream_answer(st, a->status, cgi_answer_header(a, "Content-Type"),
		header_int(a, "Retry-After"), a->body.at, a->body.len);
}

void
inner_tick(struct inner *in, int64_t now_ms)
{
	struct inner_request *r, *next;

	for (r = TAILQ_FIRST(&in->running); r; r = next) {
		next = TAILQ_NEXT(r, list);
		if (now_ms - r->since_ms >= INNER_SECONDS * 1000)
			conn_close(r->conn, "took too long");
	}
	while ((r = TAILQ_FIRST(&in->queued)) &&
		now_ms - r->since_ms >= INNER_SECONDS * 1000) {
		TAILQ_REMOVE(&in->queued, r, list);
		in->queued_count--;
		finish(r, NULL);
		request_free(r);
	}
}
