/*
 * h2_fuzz.c: bytes as decrypted plaintext of a tunnel: the HTTP/2 inside.
 *
 * A real session (worker/session, worker/stream) on a connection that only
 * counts; requests that are complete get an answer or a stream by a dispatch of
 * our own.  The first byte tells how the rest is cut into records.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "worker/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static struct worker the_worker;
static struct key server_public, machine;
static unsigned char response[NOISE_RESPONSE_SIZE];
static bool greeted, closed;

/* ---- a connection that takes everything ---- */

void
conn_write(struct conn *c, const void *bytes, size_t len)
{
	(void)c;
	if (!greeted && len >= sizeof(response))
		memcpy(response, bytes, sizeof(response));
	greeted = true;
}

bool
conn_full(const struct conn *c)
{
	(void)c;
	return false;
}

void
conn_hold(void)
{
}

void
conn_release(void)
{
}

void
conn_close(struct conn *c, const char *why)
{
	c->why = why;
	closed = true;
}

void
conn_finish(struct conn *c, const char *why)
{
	conn_close(c, why);
}

void
conn_sweep(int64_t now_ms)
{
	(void)now_ms;
}

struct conn *
conn_accept(uv_stream_t *server, const struct conn_calls *calls, void *owner)
{
	(void)server;
	(void)calls;
	(void)owner;
	abort();
}

struct conn *
conn_connect(uv_loop_t *loop, const char *path, const struct conn_calls *calls,
	void *owner)
{
	(void)loop;
	(void)path;
	(void)calls;
	(void)owner;
	abort();
}

/* ---- answers ---- */

void
dispatch(struct stream *st)
{
	const char *path = st->path ? st->path : "";

	assert(strlen(st->method) < METHOD_MAX);
	assert(strlen(path) < PATH_MAX_LEN);
	assert(st->body_len <= MAP_BODY_MAX);
	if (strcmp(path, "/machine/map") != 0) {
		stream_answer(st, 200, "text/plain", 1, st->body, st->body_len);
		return;
	}
	stream_begin(st);
	stream_push(st, blob_new("\3\0\0\0abc", 7));
	if (st->body_len % 2)
		stream_end(st);
	else
		session_pump(st->session);
}

bool
dispatch_cut(struct stream *st)
{
	if (!st->path || st->path[0] != 'c')
		return false;
	st->session->body_bytes -= st->body_len;
	st->body_len = 0;
	st->too_big = false;
	return true;
}

void
dispatch_gone(struct stream *st)
{
	(void)st;
}

/* ---- one tunnel ---- */

static void
set_up(void)
{
	struct key unused;

	if (the_worker.scratch)
		return;
	setenv("CAIRN_LOG", "error", 1);
	log_init("h2_fuzz");
	the_worker.scratch = arena_new();
	the_worker.snap = snapshot_new("/nowhere");
	TAILQ_INIT(&the_worker.half_open);
	TAILQ_INIT(&the_worker.open);
	the_worker.keys.count = 1;
	if (key_new(&the_worker.keys.at[0].private, &server_public) ||
		key_new(&machine, &unused))
		abort();
}

/* The client's half: its sealer. */
static void
shake(struct conn *c, struct record_sealer *sealer)
{
	unsigned char in[NOISE_INITIATION_SIZE];
	struct noise_client client;
	struct noise_result keys;
	const char *why;

	greeted = closed = false;
	if (noise_start(&client, &server_public, &machine, 142, in) ||
		!session_begin(&the_worker, c, NULL, in, sizeof(in),
			"192.0.2.1", &why) ||
		noise_finish(&client,
			(struct bytes){ response, sizeof(response) }, &keys))
		abort();
	record_sealer_init(sealer, &keys.client_to_server);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct conn c = { .owner = NULL };
	struct record_sealer sealer;
	unsigned char out[RECORD_MAX];
	size_t step;

	if (!len)
		return 0;
	set_up();
	shake(&c, &sealer);
	step = at[0] ? 16 * (size_t)at[0] : RECORD_PLAIN_MAX;
	if (step > RECORD_PLAIN_MAX)
		step = RECORD_PLAIN_MAX;
	at++;
	len--;
	while (len && !closed) {
		size_t n = len < step ? len : step;

		c.calls->bytes(&c, out, record_seal(&sealer, at, n, out));
		at += n;
		len -= n;
	}
	conn_close(&c, "the input ended");
	c.calls->closed(&c, c.why);
	record_sealer_done(&sealer);
	assert(!the_worker.open_count && !the_worker.half_open_count);
	return 0;
}
