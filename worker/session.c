#include "worker/session.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "worker/fanout.h"
#include "worker/live.h"
#include "worker/machine.h"
#include "worker/now.h"
#include "worker/stream.h"

enum {
	PUMP_SIZE = 32 * 1024, /* plaintext gathered for one write */
	PING_SECONDS = 50,
	EARLY_MAGIC = 5,
	FRAME_HEAD = 9, /* of HTTP/2 */
};

#define TO(state) (1u << (state))

static const unsigned may_become[] = {
	[HALF_OPEN] = TO(OPEN) | TO(CLOSED),
	[OPEN] = TO(DRAINING) | TO(CLOSED), /* GOAWAY, or the socket went */
	[DRAINING] = TO(CLOSED),
	[CLOSED] = 0,
};

static unsigned char plain[PUMP_SIZE + 16 * 1024];
static unsigned char sealed[sizeof(plain) + 16 * 1024];

static void
move(struct session *s, enum session_state next)
{
	if (!(may_become[s->state] & TO(next)))
		abort();
	s->state = next;
}

static void
send_bytes(struct session *s, const void *at, size_t len)
{
	if (s->ws)
		ws_send(s->ws, at, len);
	else
		conn_write(s->conn, at, len);
}

static void
send_sealed(struct session *s, size_t len)
{
	size_t made = record_seal_all(&s->sealer, plain, len, sealed);

	if (!made) {
		session_close(s, "cipher exhausted");
		return;
	}
	send_bytes(s, sealed, made);
}

/* Whether nghttp2 has nothing behind the frame it gave.  It gives DATA last; to
 * ask once more makes it find the stream empty and put it aside, only to bring
 * it back for the next delivery. */
static bool
was_last(const struct session *s, size_t len)
{
	return s->state == OPEN && s->took_all &&
	       s->took_all + FRAME_HEAD == len;
}

/* Gathers what nghttp2 has into records of full size. */
static size_t
gather(struct session *s)
{
	size_t made = 0;

	while (made < PUMP_SIZE) {
		const uint8_t *at;
		ssize_t n;

		s->took_all = 0;
		n = nghttp2_session_mem_send(s->h2, &at);
		if (n < 0) {
			session_close(s, "HTTP/2 failed");
			return 0;
		}
		if (n == 0)
			break;
		memcpy(plain + made, at, (size_t)n);
		made += (size_t)n;
		if (was_last(s, (size_t)n))
			break;
	}
	return made;
}

void
session_pump(struct session *s)
{
	size_t made;

	if (s->inside || s->state == CLOSED || s->state == HALF_OPEN)
		return;
	s->inside = true;
	do { /* less than a write's worth: nghttp2 has no more */
		made = conn_full(s->conn) ? 0 : gather(s);
		if (made)
			send_sealed(s, made);
	} while (made >= PUMP_SIZE && s->state != CLOSED);
	s->inside = false;
	if (s->state != CLOSED && !nghttp2_session_want_read(s->h2) &&
		!nghttp2_session_want_write(s->h2))
		session_close(s, "HTTP/2 ended");
}

static void
count_close(struct session *s, const char *why)
{
	struct worker *w = s->worker;

	if (s->state == HALF_OPEN) {
		TAILQ_REMOVE(&w->half_open, s, list);
		w->half_open_count--;
		return;
	}
	TAILQ_REMOVE(&w->open, s, list);
	w->open_count--;
	w->counters.sessions_closed++;
	machine_remove(s);
	live_session_end(w, s, why);
	log_event(LOG_DEBUG, "session closed", "session",
		log_int((long long)s->id), "why", why);
}

void
session_close(struct session *s, const char *why)
{
	if (s->state == CLOSED)
		return;
	count_close(s, why);
	wheel_off(&s->timer);
	s->state = CLOSED;
	conn_close(s->conn, why);
}

void
session_drain(struct session *s)
{
	if (s->state != OPEN)
		return;
	move(s, DRAINING);
	nghttp2_session_terminate_session(s->h2, NGHTTP2_NO_ERROR);
	session_pump(s);
}

static void
session_free(struct session *s)
{
	struct stream *st;

	while ((st = TAILQ_FIRST(&s->streams)))
		stream_free(st);
	nghttp2_session_del(s->h2);
	h2mem_free(s->h2mem);
	record_sealer_done(&s->sealer);
	record_opener_done(&s->opener);
	ws_free(s->ws);
	free(s);
}

static void
on_closed(struct conn *c, const char *why)
{
	struct session *s = c->owner;

	session_close(s, why ? why : "closed");
	session_free(s);
}

static nghttp2_session *
http2_new(void *owner, struct h2mem *mem)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_LIST_MAX },
	};
	nghttp2_session *h2;
	nghttp2_option *o;

	if (nghttp2_option_new(&o) != 0)
		abort();
	nghttp2_option_set_no_closed_streams(o, 1);
	nghttp2_option_set_max_outbound_ack(o, 100);
	nghttp2_option_set_max_settings(o, 8);
	nghttp2_option_set_max_reserved_remote_streams(o, 0);
	nghttp2_option_set_stream_reset_rate_limit(o, 100, 10);
	if (nghttp2_session_server_new3(&h2, stream_callbacks(), owner, o,
		    mem ? h2mem_calls(mem) : NULL) != 0)
		abort();
	nghttp2_option_del(o);
	nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, settings, 2);
	return h2;
}

/* What every HTTP/2 session says first. */
static size_t
take_greeting(nghttp2_session *h2, unsigned char *out)
{
	const uint8_t *at;
	size_t made = 0;
	ssize_t n;

	while ((n = nghttp2_session_mem_send(h2, &at)) > 0) {
		memcpy(out + made, at, (size_t)n);
		made += (size_t)n;
	}
	return made;
}

static size_t
put_greeting(unsigned char *out)
{
	static unsigned char bytes[256];
	static size_t len;

	if (!len) {
		nghttp2_session *h2 = http2_new(NULL, NULL);

		len = take_greeting(h2, bytes);
		nghttp2_session_del(h2);
	}
	memcpy(out, bytes, len);
	return len;
}

/* The greeting has left with the handshake; a half-open session is to cost
 * little, so the rest of HTTP/2 is made only now. */
static void
start_http2(struct session *s)
{
	unsigned char said[256];

	s->h2mem = h2mem_new();
	s->h2 = http2_new(s, s->h2mem);
	(void)take_greeting(s->h2, said);
}

/* The first record opened: now the machine key is proven. */
static void
session_opened(struct session *s)
{
	struct worker *w = s->worker;

	TAILQ_REMOVE(&w->half_open, s, list);
	w->half_open_count--;
	move(s, OPEN);
	start_http2(s);
	TAILQ_INSERT_TAIL(&w->open, s, list);
	w->open_count++;
	w->counters.sessions_opened++;
	s->id = ++w->session_last;
	live_session_begin(w, s);
	wheel_set(&s->timer, PING_SECONDS);
	machine_add(s);
	log_event(LOG_DEBUG, "session opened", "session",
		log_int((long long)s->id), "address", s->address, "capver",
		log_int((long long)s->capver));
}

/* nghttp2 may have ended the session inside; it is closed by the caller. */
static void
on_plain(void *arg, const unsigned char *at, size_t len)
{
	struct session *s = arg;

	if (s->state == HALF_OPEN)
		session_opened(s);
	if (s->state == CLOSED)
		return;
	s->inside = true;
	if (nghttp2_session_mem_recv(s->h2, at, len) < 0) {
		s->inside = false;
		if (worker_may_log(clock_now_ms()))
			log_event(LOG_INFO, "session broken", "session",
				log_int((long long)s->id), "why",
				"HTTP/2 violated");
		session_close(s, "HTTP/2 violated");
	}
	s->inside = false;
}

static void
on_sealed(void *arg, const unsigned char *at, size_t len)
{
	struct session *s = arg;

	if (s->state == CLOSED)
		return;
	if (record_open(&s->opener, at, len, on_plain, s) &&
		s->state != CLOSED) {
		if (worker_may_log(clock_now_ms()))
			log_event(LOG_INFO, "session broken", "session",
				log_int((long long)s->id), "address",
				s->address, "why", "a record does not open");
		session_close(s, "a record does not open");
	}
}

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	struct session *s = c->owner;

	if (s->ws) {
		if (!ws_feed(s->ws, at, len, on_sealed, s))
			session_close(s, "WebSocket closed");
	} else {
		on_sealed(s, at, len);
	}
	if (s->state != CLOSED)
		session_pump(s);
	if (s->state != CLOSED && s->map) /* a window may have opened */
		fanout_pay(s->map);
}

static void
on_room(struct conn *c)
{
	struct session *s = c->owner;

	session_pump(s);
	if (s->state != CLOSED && s->map)
		fanout_pay(s->map);
}

static const struct conn_calls session_calls = { on_bytes, on_room, on_closed };

/* A key that nobody answers to any more and whose private half is forgotten at
 * once, so one serves for all tunnels: making one costs 40 µs. */
static const struct key *
early_challenge(void)
{
	static struct key challenge;
	struct key private_key;

	if (key_is_zero(&challenge)) {
		if (key_new(&private_key, &challenge))
			return NULL;
		key_wipe(&private_key);
	}
	return &challenge;
}

/* Magic, length, {"nodeKeyChallenge":…} (spec/protocol.md 4.1). */
static size_t
put_early_payload(unsigned char *out)
{
	static const unsigned char magic[EARLY_MAGIC] = { 0xff, 0xff, 0xff, 'T',
		'S' };
	const struct key *challenge = early_challenge();
	char text[KEY_TEXT_SIZE], json[128];
	int len;

	if (!challenge)
		return 0;
	key_print(KEY_CHALLENGE, challenge, text);
	len = snprintf(
		json, sizeof(json), "{\"nodeKeyChallenge\":\"%s\"}", text);
	memcpy(out, magic, EARLY_MAGIC);
	memcpy(out + EARLY_MAGIC, "\0\0\0", 3);
	out[EARLY_MAGIC + 3] = (unsigned char)len;
	memcpy(out + EARLY_MAGIC + 4, json, (size_t)len);
	return EARLY_MAGIC + 4 + (size_t)len;
}

/* The Noise response, the early payload and our SETTINGS in one write. */
static void
greet(struct session *s, const unsigned char *response)
{
	size_t made = s->ws ? 0 : put_early_payload(plain);
	size_t len = NOISE_RESPONSE_SIZE;

	made += put_greeting(plain + made);
	memcpy(sealed, response, len);
	len += record_seal_all(&s->sealer, plain, made, sealed + len);
	send_bytes(s, sealed, len);
}

static void
drop_oldest_half_open(struct worker *w)
{
	struct session *s = TAILQ_FIRST(&w->half_open);

	if (w->half_open_count <= HALF_OPEN_MAX || !s)
		return;
	w->counters.half_open_dropped++;
	session_close(s, "too many half-open tunnels");
}

static struct session *
session_new(struct worker *w, struct conn *c, struct ws *ws,
	const struct noise_result *noise, const char *address)
{
	struct session *s = own_alloc(sizeof(*s));

	s->worker = w;
	s->conn = c;
	s->ws = ws;
	s->state = HALF_OPEN;
	s->machine_key = noise->machine;
	s->capver = noise->capver;
	(void)snprintf(s->address, sizeof(s->address), "%s", address);
	crypto_generichash(s->hash, sizeof(s->hash), noise->hash,
		sizeof(noise->hash), NULL, 0);
	s->started_ms = clock_now_ms();
	TAILQ_INIT(&s->streams);
	record_sealer_init(&s->sealer, &noise->server_to_client);
	record_opener_init(&s->opener, &noise->client_to_server);
	TAILQ_INSERT_TAIL(&w->half_open, s, list);
	w->half_open_count++;
	return s;
}

/* The newest first; one that was replaced is answered till its end comes
 * (tailnet/rotate.h). */
static enum err
answer(struct worker *w, struct bytes first,
	unsigned char response[NOISE_RESPONSE_SIZE], struct noise_result *out)
{
	enum err e = ERR_CRYPTO;

	for (size_t i = 0; e == ERR_CRYPTO && i < w->keys.count; i++) {
		if (w->keys.at[i].until && w->keys.at[i].until <= now_held())
			continue;
		e = noise_answer(&w->keys.at[i].private, first, response, out);
		if (!e && i)
			w->counters.handshakes_old_key++;
	}
	return e;
}

bool
session_begin(struct worker *w, struct conn *c, struct ws *ws,
	const unsigned char *initiation, size_t len, const char *address,
	const char **why)
{
	unsigned char response[NOISE_RESPONSE_SIZE];
	struct bytes first = { initiation, len };
	struct noise_result noise;
	struct session *s;

	if (answer(w, first, response, &noise)) {
		w->counters.handshakes_failed++;
		*why = noise_refusal(first);
		return false;
	}
	w->counters.handshakes++;
	s = session_new(w, c, ws, &noise, address);
	noise_wipe(&noise);
	c->calls = &session_calls;
	c->owner = s;
	greet(s, response);
	drop_oldest_half_open(w);
	return true;
}

static void
on_timer(struct wheel_timer *t)
{
	struct session *s =
		(struct session *)((char *)t - offsetof(struct session, timer));

	if (s->map) {
		fanout_keepalive(s->map);
		return;
	}
	if (!s->stream_count && !machine_has_node(s)) {
		session_close(s, "idle, and nobody's");
		return;
	}
	nghttp2_submit_ping(s->h2, NGHTTP2_FLAG_NONE, NULL);
	wheel_set(t, PING_SECONDS);
	session_pump(s);
}

void
sessions_tick(struct worker *w, int64_t now_ms)
{
	struct session *s, *next;

	for (s = TAILQ_FIRST(&w->half_open); s; s = next) {
		next = TAILQ_NEXT(s, list);
		if (now_ms - s->started_ms < FIRST_RECORD_SECONDS * 1000)
			break;
		session_close(s, "nothing came after the handshake");
	}
	wheel_turn(on_timer);
}
