#include "worker/upgrade.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "proto/cgi.h"
#include "proto/noise.h"
#include "worker/events.h"
#include "worker/session.h"
#include "worker/stat.h"
#include "worker/ws.h"

#define NATIVE "tailscale-control-protocol"

struct head {
	struct worker *worker;
	struct conn *conn;
	int64_t since_ms;
	unsigned char *bytes;
	size_t len, room;
	bool done;
	bool listed; /* false: closing, and counted no more */
	TAILQ_ENTRY(head) list;
};

static TAILQ_HEAD(, head) heads = TAILQ_HEAD_INITIALIZER(heads);
static size_t head_count;

static void
unlist(struct head *h)
{
	if (!h->listed)
		return;
	TAILQ_REMOVE(&heads, h, list);
	head_count--;
	h->listed = false;
}

static void
head_free(struct head *h)
{
	unlist(h);
	free(h->bytes);
	free(h);
}

static void
on_closed(struct conn *c, const char *why)
{
	(void)why;
	head_free(c->owner);
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void
answer(struct head *h, int status, const char *type, const char *body)
{
	struct buf b;

	buf_init(&b, h->worker->scratch, 1024 * 1024);
	buf_putf(&b,
		"Status: %d\r\nContent-Type: %s\r\n"
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff"
		"\r\n\r\n",
		status, type);
	buf_puts(&b, body);
	h->done = true;
	conn_write(h->conn, b.bytes, b.len);
	conn_finish(h->conn, "answered");
}

static void
words(struct head *h, int status, const char *text)
{
	answer(h, status, "text/plain; charset=utf-8", text);
}

/*
 * The most frequent support question: the way in is broken somewhere between
 * client and us.  What arrived tells where (`cairn doctor --url` reads it).
 */
static void
explain(struct head *h, const struct scgi_head *v)
{
	const char *upgrade = scgi_get(v, "HTTP_UPGRADE");
	const char *handshake = scgi_get(v, "HTTP_X_TAILSCALE_HANDSHAKE");
	const char *cdn = scgi_get(v, "HTTP_CF_RAY")             ? "Cloudflare"
			  : scgi_get(v, "HTTP_X_AMZ_CF_ID")      ? "CloudFront"
			  : scgi_get(v, "HTTP_FASTLY_CLIENT_IP") ? "Fastly"
								 : NULL;
	char now[CLOCK_TEXT_SIZE];
	char *text;

	clock_text(clock_now(), now);
	text = arena_printf(h->worker->scratch,
		"cairn: this is where Tailscale clients enter, and this request "
		"is not one of theirs.\n"
		"upgrade: %s\nhandshake: %s\ncdn: %s\nmethod: %s\ntime: %s\n"
		"%s\n",
		upgrade ? "present, but not the expected one" : "missing",
		handshake ? "present" : "missing", cdn ? cdn : "none seen",
		scgi_get(v, "REQUEST_METHOD") ? scgi_get(v, "REQUEST_METHOD")
					      : "-",
		now,
		cdn ? "remedy: a CDN in front drops the Upgrade of a POST: let "
		      "clients reach nginx directly."
		: handshake && !upgrade
			? "remedy: a proxy in front of nginx strips the Upgrade "
			  "header: forward 'Upgrade' and 'Connection'."
			: "remedy: none needed if you came with a browser.");
	words(h, upgrade ? 400 : 426, text);
}

static bool
is_own(const char *value, const char *expected)
{
	return value && strcasecmp(value, expected) == 0;
}

/* 101 in both forms; the Noise response follows in the same write if the socket
 * takes it. */
static void
say_101(struct head *h, const char *websocket_key)
{
	char accept[29], text[256];
	int len;

	if (websocket_key) {
		ws_accept(websocket_key, accept);
		len = snprintf(text, sizeof(text),
			"Status: 101 Switching Protocols\r\n"
			"Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n"
			"Sec-WebSocket-Protocol: " NATIVE "\r\n\r\n",
			accept);
	} else {
		len = snprintf(text, sizeof(text),
			"Status: 101 Switching Protocols\r\n"
			"Upgrade: " NATIVE "\r\n\r\n");
	}
	conn_write(h->conn, text, (size_t)len);
}

/* Hands the connection to a session; bytes past the head belong to it. */
static void
begin(struct head *h, const struct scgi_head *v, struct bytes initiation,
	struct ws *ws)
{
	const char *address = scgi_get(v, "REMOTE_ADDR"), *why = NULL;
	unsigned char frame[NOISE_ERROR_SIZE];
	struct conn *c = h->conn;
	size_t len;

	if (!session_begin(h->worker, c, ws, initiation.at, initiation.len,
		    address ? address : "", &why)) {
		if (worker_may_log(clock_now_ms()))
			log_event(LOG_INFO, "handshake refused", "address",
				address, "why",
				why ? why : "a tag or key does not fit");
		if (why) {
			len = noise_error_frame(why, frame);
			if (ws)
				ws_send(ws, frame, len);
			else
				conn_write(c, frame, len);
		}
		ws_free(ws);
		conn_finish(c, "handshake refused");
		return;
	}
	if (h->len > v->len) /* now the conn is the session's */
		c->calls->bytes(c, h->bytes + v->len, h->len - v->len);
	head_free(h);
}

static void
native(struct head *h, const struct scgi_head *v)
{
	const char *text = scgi_get(v, "HTTP_X_TAILSCALE_HANDSHAKE");
	struct bytes initiation;

	if (!text) {
		words(h, 400, "missing Tailscale handshake header\n");
	} else if (text_unbase64(h->worker->scratch, text, &initiation)) {
		words(h, 400, "invalid tailscale handshake header\n");
	} else {
		h->done = true;
		say_101(h, NULL);
		begin(h, v, initiation, NULL);
	}
}

/* Hands the connection over; nothing but nginx's head is of it. */
static void
events(struct head *h, const struct scgi_head *v)
{
	events_begin(h->worker, h->conn, v);
	head_free(h);
}

/* The value of X-Tailscale-Handshake in the query, decoded. */
static const char *
query_handshake(struct head *h, const char *query)
{
	static const char name[] = "X-Tailscale-Handshake=";
	char *value;

	while (query && *query) {
		size_t len = strcspn(query, "&");

		if (text_starts(query, name) &&
			!text_url_decode(h->worker->scratch,
				query + sizeof(name) - 1,
				len - (sizeof(name) - 1), false, &value))
			return value;
		query += len + (query[len] == '&');
	}
	return NULL;
}

static bool
offers_protocol(const char *list)
{
	for (; list && *list; list += *list == ',') {
		list += strspn(list, " \t");
		if (strncmp(list, NATIVE, strlen(NATIVE)) == 0 &&
			strchr(", \t", list[strlen(NATIVE)]))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static void
websocket(struct head *h, const struct scgi_head *v)
{
	const char *key = scgi_get(v, "HTTP_SEC_WEBSOCKET_KEY");
	const char *text = query_handshake(h, scgi_get(v, "QUERY_STRING"));
	bool ours = offers_protocol(scgi_get(v, "HTTP_SEC_WEBSOCKET_PROTOCOL"));
	struct bytes initiation;
	struct ws *ws;

	if (!key || strlen(key) > 64) {
		words(h, 400, "missing Sec-WebSocket-Key\n");
		return;
	}
	h->done = true;
	say_101(h, key);
	ws = ws_new(h->conn);
	if (ours && text &&
		!text_unbase64(h->worker->scratch, text, &initiation)) {
		begin(h, v, initiation, ws);
		return;
	}
	ws_close(ws, 1008,
		!ours  ? "the subprotocol must be " NATIVE
		: text ? "invalid X-Tailscale-Handshake parameter"
		       : "missing X-Tailscale-Handshake parameter");
	ws_free(ws);
	conn_finish(h->conn, "handshake refused");
}

static void
tunnel(struct head *h, const struct scgi_head *v)
{
	const char *upgrade = scgi_get(v, "HTTP_UPGRADE");
	const char *method = scgi_get(v, "REQUEST_METHOD");

	if (h->worker->draining)
		words(h, 503, "cairn: restarting, try again\n");
	else if (is_own(upgrade, NATIVE) && is_own(method, "POST"))
		native(h, v);
	else if (is_own(upgrade, "websocket") && is_own(method, "GET"))
		websocket(h, v);
	else
		explain(h, v);
}

static void
dispatch_head(struct head *h, const struct scgi_head *v)
{
	const char *uri = scgi_get(v, "DOCUMENT_URI");
	struct arena *scratch = h->worker->scratch; /* h may be gone after */

	if (uri && strcmp(uri, "/ts2021") == 0)
		tunnel(h, v);
	else if (uri && strcmp(uri, "/_worker/metrics") == 0)
		answer(h, 200, "text/plain; version=0.0.4",
			stat_text(h->worker, h->worker->scratch));
	else if (uri && text_starts(uri, EVENTS_PREFIX))
		events(h, v);
	else
		words(h, 404, "404 page not found\n");
	arena_reset(scratch);
}

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	struct head *h = c->owner;
	struct scgi_head v;

	if (h->done)
		return;
	if (h->len + len > h->room) {
		h->room = 2 * (h->len + len);
		h->bytes = own_grow(h->bytes, h->room, 1);
	}
	memcpy(h->bytes + h->len, at, len);
	h->len += len;
	switch (scgi_parse((struct bytes){ h->bytes, h->len }, &v)) {
	case CGI_MORE:
		if (h->len > SCGI_HEAD_MAX + 64)
			conn_close(c, "SCGI head too long");
		break;
	case CGI_BAD:
		if (worker_may_log(clock_now_ms()))
			log_event(LOG_INFO, "bad SCGI head", (char *)0);
		conn_close(c, "bad SCGI head");
		break;
	case CGI_DONE:
		dispatch_head(h, &v);
		break;
	}
}

static const struct conn_calls head_calls = { on_bytes, on_room, on_closed };

/* Off the list at once: many are accepted before a closed one is freed. */
static void
drop(struct head *h, const char *why)
{
	unlist(h);
	conn_close(h->conn, why);
}

static void
drop_oldest(int64_t now_ms)
{
	struct head *h;

	while (head_count > HEADS_MAX && (h = TAILQ_FIRST(&heads)) &&
		(head_count > HEADS_AT_ONCE ||
			now_ms - h->since_ms >= HEAD_GRACE_MS))
		drop(h, "too many open heads");
}

void
upgrade_accept(uv_stream_t *server, int status)
{
	struct head *h;

	if (status < 0)
		return;
	h = own_alloc(sizeof(*h));
	h->worker = server->data;
	h->since_ms = clock_now_ms();
	TAILQ_INSERT_TAIL(&heads, h, list);
	h->listed = true;
	head_count++;
	h->conn = conn_accept(server, &head_calls, h);
	drop_oldest(h->since_ms);
}

void
upgrade_tick(int64_t now_ms)
{
	struct head *h, *next;

	for (h = TAILQ_FIRST(&heads); h; h = next) {
		next = TAILQ_NEXT(h, list);
		if (now_ms - h->since_ms < HEAD_SECONDS * 1000)
			break;
		drop(h, "no SCGI head in time");
	}
	drop_oldest(now_ms);
}
