#include "tests/lib/fake_client.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	EARLY_HEAD_SIZE = 9,
	EARLY_MAX = 10 * 1024 * 1024,
	CONNECTION_WINDOW = 1 << 30,
	STREAM_WINDOW = 4 * 1024 * 1024,
	SEND_MS = 10000,
};

#define ZERO_TIME "0001-01-01T00:00:00Z"

/* One request and what came back so far. */
struct fake_stream {
	struct fake_stream *next;
	int32_t id;
	int status;
	char content_type[64], retry_after[32];
	unsigned char *body;
	size_t len, room;
	unsigned char *out;
	size_t out_len, out_at;
	bool ended;
};

/* ---- streams ---- */

static struct fake_stream *
stream_of(const struct fake_client *c, int32_t id)
{
	for (struct fake_stream *s = c->streams; s; s = s->next)
		if (s->id == id)
			return s;
	return NULL;
}

static void
stream_free(struct fake_stream *s)
{
	free(s->body);
	free(s->out);
	free(s);
}

static void
forget(struct fake_client *c, int32_t id)
{
	for (struct fake_stream **p = &c->streams; *p; p = &(*p)->next)
		if ((*p)->id == id) {
			struct fake_stream *s = *p;

			*p = s->next;
			stream_free(s);
			return;
		}
}

static void
append(struct fake_stream *s, const unsigned char *bytes, size_t len)
{
	if (s->len + len > s->room) {
		s->room = 2 * s->room + len;
		s->body = realloc(s->body, s->room);
		if (!s->body)
			abort();
	}
	memcpy(s->body + s->len, bytes, len);
	s->len += len;
}

/* Takes every complete message off the front of the map stream's body. */
static enum err
take_messages(struct fake_client *c, struct fake_stream *s)
{
	size_t at = 0;
	enum err e = ERR_OK;

	while (!e && s->len - at >= 4) {
		const unsigned char *p = s->body + at;
		size_t len = (size_t)p[0] | (size_t)p[1] << 8 |
			     (size_t)p[2] << 16 | (size_t)p[3] << 24;

		if (s->len - at - 4 < len)
			break;
		e = fake_map_take(c, (struct bytes){ p + 4, len });
		at += 4 + len;
	}
	s->len -= at;
	if (at)
		memmove(s->body, s->body + at, s->len);
	return e;
}

/* ---- what nghttp2 tells ---- */

static int
on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
	void *arg)
{
	struct fake_client *c = arg;
	struct fake_stream *s = stream_of(c, frame->hd.stream_id);
	const char *text = (const char *)value;

	(void)h2;
	(void)flags;
	if (!s)
		return 0;
	if (name_len == 7 && !memcmp(name, ":status", 7))
		s->status = (int)strtol(text, NULL, 10);
	else if (name_len == 12 && !memcmp(name, "content-type", 12))
		snprintf(s->content_type, sizeof(s->content_type), "%.*s",
			(int)len, text);
	else if (name_len == 11 && !memcmp(name, "retry-after", 11))
		snprintf(s->retry_after, sizeof(s->retry_after), "%.*s",
			(int)len, text);
	if (s->id == c->map_stream)
		c->map_status = s->status;
	return 0;
}

static int
on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *bytes,
	size_t len, void *arg)
{
	struct fake_client *c = arg;
	struct fake_stream *s = stream_of(c, id);

	(void)flags;
	if (c->window && id == c->map_stream && c->lags)
		c->untaken += len;
	else if (c->window)
		nghttp2_session_consume(h2, id, len);
	if (!s)
		return 0;
	append(s, bytes, len);
	if (id == c->map_stream && s->status == 200 && take_messages(c, s))
		c->broken = ERR_BAD_INPUT;
	return 0;
}

static int
on_close(nghttp2_session *h2, int32_t id, uint32_t code, void *arg)
{
	struct fake_client *c = arg;
	struct fake_stream *s = stream_of(c, id);

	(void)h2;
	if (!s)
		return 0;
	s->ended = true;
	if (code)
		s->status = 0;
	if (id == c->map_stream)
		c->map_ended = true;
	return 0;
}

static int
on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	struct fake_client *c = arg;

	(void)h2;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		c->goaway = true;
	if (frame->hd.type == NGHTTP2_PING &&
		(frame->hd.flags & NGHTTP2_FLAG_ACK))
		c->pings++;
	return 0;
}

static ssize_t
give_body(nghttp2_session *h2, int32_t id, uint8_t *out, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct fake_stream *s = source->ptr;
	size_t left = s->out_len - s->out_at;
	size_t now = left < room ? left : room;

	(void)h2;
	(void)id;
	(void)arg;
	memcpy(out, s->out + s->out_at, now);
	s->out_at += now;
	if (s->out_at == s->out_len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)now;
}

/* ---- the connection ---- */

static enum err
flush(struct fake_client *c)
{
	int64_t until = clock_now_ms() + SEND_MS;
	const uint8_t *bytes;
	ssize_t len;
	enum err e = ERR_OK;

	while (!e && (len = nghttp2_session_mem_send(c->h2, &bytes)) > 0)
		e = fake_tunnel_send(&c->tunnel, bytes, (size_t)len, until);
	if (e)
		c->broken = e;
	return e;
}

static void
feed_h2(struct fake_client *c, const unsigned char *plain, size_t len)
{
	if (len && nghttp2_session_mem_recv(c->h2, plain, len) != (ssize_t)len)
		c->broken = ERR_BAD_INPUT;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The first nine bytes are an HTTP/2 frame's head, or say how long an early
 * payload is. */
static void
begin_early(struct fake_client *c)
{
	const unsigned char *p = c->early;

	if (memcmp(p, "\xff\xff\xffTS", 5)) {
		c->early_done = true;
		feed_h2(c, p, EARLY_HEAD_SIZE);
		return;
	}
	c->early_left = (size_t)p[5] << 24 | (size_t)p[6] << 16 |
			(size_t)p[7] << 8 | p[8];
	c->early_done = c->early_left == 0;
	if (c->early_left > EARLY_MAX)
		c->broken = ERR_BAD_INPUT;
}

static void
got_plain(void *arg, const unsigned char *plain, size_t len)
{
	struct fake_client *c = arg;

	while (len > 0 && !c->early_done) {
		size_t now;

		if (c->early_len < EARLY_HEAD_SIZE) {
			now = least(len, EARLY_HEAD_SIZE - c->early_len);
			memcpy(c->early + c->early_len, plain, now);
			c->early_len += now;
			if (c->early_len == EARLY_HEAD_SIZE)
				begin_early(c);
		} else {
			size_t have = strlen(c->early_payload);

			now = least(len, c->early_left);
			snprintf(c->early_payload + have,
				sizeof(c->early_payload) - have, "%.*s",
				(int)now, (const char *)plain);
			c->early_left -= now;
			c->early_done = c->early_left == 0;
		}
		plain += now;
		len -= now;
	}
	feed_h2(c, plain, len);
}

static enum err
read_until(struct fake_client *c, int64_t until_ms)
{
	enum err e = c->broken ? c->broken
			       : fake_tunnel_read(
					 &c->tunnel, got_plain, c, until_ms);

	if (e == ERR_BUSY)
		return e;
	if (!e)
		e = c->broken;
	if (!e)
		e = flush(c);
	if (e)
		c->broken = e;
	return e;
}

enum err
fake_pump(struct fake_client *c)
{
	enum err e;

	do
		e = read_until(c, 0);
	while (!e);
	return e == ERR_BUSY ? ERR_OK : e;
}

int
fake_fd(const struct fake_client *c)
{
	return c->tunnel.fd;
}

struct fake_client *
fake_new(const struct fake_target *target, const char *hostname)
{
	struct fake_client *c = calloc(1, sizeof(*c));
	struct key unused;

	if (!c || key_new(&c->machine, &unused) ||
		key_new(&c->node, &c->node_public) ||
		key_new(&c->disco, &c->disco_public))
		abort();
	snprintf(c->hostname, sizeof(c->hostname), "%s", hostname);
	c->capver = TAILCFG_CAPVER_NEWEST;
	c->target = *target;
	c->tunnel.fd = -1;
	c->broken = ERR_IO; /* not connected yet */
	c->last = &c->first;
	c->hostinfo = (struct tailcfg_hostinfo){ .hostname = c->hostname,
		.os = "linux",
		.os_version = "6.1",
		.ipn_version = "1.102.3-fake",
		.go_arch = "amd64" };
	return c;
}

void
fake_disconnect(struct fake_client *c)
{
	nghttp2_session_del(c->h2);
	c->h2 = NULL;
	fake_tunnel_close(&c->tunnel);
	while (c->streams)
		forget(c, c->streams->id);
	c->map_stream = 0;
	c->untaken = 0;
	c->broken = ERR_IO;
}

void
fake_free(struct fake_client *c)
{
	if (!c)
		return;
	fake_disconnect(c);
	while (c->first) {
		struct fake_message *m = c->first;

		c->first = m->next;
		fake_message_free(m);
	}
	free(c->dns_config);
	free(c->derp_map);
	free(c->peers);
	free(c);
}

static enum err
begin_h2(struct fake_client *c)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
			c->window ? c->window : STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16384 },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 10485760 },
	};
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	if (nghttp2_session_callbacks_new(&callbacks) ||
		nghttp2_option_new(&option))
		abort();
	/* With a window of its own it says itself what it has taken. */
	nghttp2_option_set_no_auto_window_update(option, c->window != 0);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
		callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		callbacks, on_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(
		callbacks, on_frame);
	if (nghttp2_session_client_new2(&c->h2, callbacks, c, option))
		abort();
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(c->h2, NGHTTP2_FLAG_NONE, settings,
		sizeof(settings) / sizeof(*settings));
	nghttp2_session_set_local_window_size(
		c->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
	return flush(c);
}

enum err
fake_connect(struct fake_client *c, int64_t ms)
{
	enum err e;

	fake_disconnect(c);
	c->early_len = c->early_left = 0;
	c->early_done = false;
	c->early_payload[0] = '\0';
	c->goaway = false;
	e = fake_tunnel_open(&c->tunnel, &c->target, &c->machine, c->capver,
		clock_now_ms() + ms);
	c->broken = e;
	return e ? e : begin_h2(c);
}

/* ---- requests ---- */

static nghttp2_nv
header(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen(name),
		strlen(value), NGHTTP2_NV_FLAG_NONE };
}

enum err
fake_start(struct fake_client *c, const char *method, const char *path,
	struct bytes body, int32_t *stream)
{
	struct fake_stream *s = calloc(1, sizeof(*s));
	char length[24] = "";
	nghttp2_nv headers[] = { header(":method", method),
		header(":scheme", "https"), header(":authority", "unused"),
		header(":path", path), header("content-length", length),
		header("accept-encoding", "gzip"),
		header("user-agent", "Go-http-client/2.0") };
	nghttp2_data_provider give = { .source.ptr = s,
		.read_callback = give_body };

	if (!s || !(s->out = malloc(body.len + 1)))
		abort();
	snprintf(length, sizeof(length), "%zu", body.len);
	headers[4].valuelen = strlen(length);
	if (body.len)
		memcpy(s->out, body.at, body.len);
	s->out_len = body.len;
	s->id = c->broken ? -1
			  : nghttp2_submit_request(c->h2, NULL, headers,
				    sizeof(headers) / sizeof(*headers),
				    body.len ? &give : NULL, NULL);
	if (s->id < 0) {
		stream_free(s);
		return c->broken ? c->broken : ERR_IO;
	}
	s->next = c->streams;
	c->streams = s;
	*stream = s->id;
	return flush(c);
}

void
fake_cancel(struct fake_client *c, int32_t stream)
{
	if (!c->broken) {
		nghttp2_submit_rst_stream(
			c->h2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
		flush(c);
	}
	forget(c, stream);
}

enum err
fake_wait(struct fake_client *c, int32_t stream, int64_t ms, struct arena *mem,
	struct fake_answer *out)
{
	int64_t until = clock_now_ms() + ms;
	struct fake_stream *s = stream_of(c, stream);
	enum err e = s ? ERR_OK : ERR_NOT_FOUND;

	while (!e && !s->ended)
		e = read_until(c, until);
	if (e)
		return e;
	*out = (struct fake_answer){ .status = s->status, .len = s->len };
	out->body = arena_alloc(mem, s->len + 1);
	if (s->len)
		memcpy(out->body, s->body, s->len);
	memcpy(out->content_type, s->content_type, sizeof(s->content_type));
	memcpy(out->retry_after, s->retry_after, sizeof(s->retry_after));
	forget(c, stream);
	return ERR_OK;
}

static struct bytes
text_bytes(const char *text)
{
	return (struct bytes){ (const unsigned char *)text, strlen(text) };
}

enum err
fake_post(struct fake_client *c, const char *path, const struct json_table *t,
	const void *from, int64_t ms, struct arena *mem,
	struct fake_answer *out)
{
	int32_t stream;
	enum err e = fake_start(
		c, "POST", path, text_bytes(json_print(mem, t, from)), &stream);

	return e ? e : fake_wait(c, stream, ms, mem, out);
}

enum err
fake_register_start(struct fake_client *c, const char *auth_key,
	const char *followup, int32_t *stream)
{
	static const struct key zero;
	struct arena *mem = arena_new();
	struct tailcfg_auth auth = { auth_key };
	struct tailcfg_register_request r = { .version = c->capver,
		.node_key = key_text(mem, KEY_NODE, &c->node_public),
		.old_node_key = key_text(mem, KEY_NODE, &c->old_node),
		.nl_key = key_text(mem, KEY_LOCK, &zero),
		.auth = auth_key ? &auth : NULL,
		.expiry = c->expiry ? c->expiry : ZERO_TIME,
		.followup = followup ? followup : "",
		.hostinfo_raw = { json_print(
			mem, &tailcfg_hostinfo_table, &c->hostinfo) },
		.ephemeral = c->ephemeral };
	enum err e = fake_start(c, "POST", "/machine/register",
		text_bytes(
			json_print(mem, &tailcfg_register_request_table, &r)),
		stream);

	arena_free(mem);
	return e;
}

enum err
fake_register_wait(struct fake_client *c, int32_t stream, int64_t ms,
	struct arena *mem, struct fake_registration *out)
{
	struct fake_answer a;
	enum err e = fake_wait(c, stream, ms, mem, &a);

	if (e)
		return e;
	*out = (struct fake_registration){ .status = a.status, .text = a.body };
	if (a.status == 200)
		e = json_decode(
			(struct bytes){ (unsigned char *)a.body, a.len },
			&tailcfg_register_response_table, mem, &out->response);
	return e;
}

enum err
fake_register(struct fake_client *c, const char *auth_key, const char *followup,
	int64_t ms, struct arena *mem, struct fake_registration *out)
{
	int32_t stream;
	enum err e = fake_register_start(c, auth_key, followup, &stream);

	return e ? e : fake_register_wait(c, stream, ms, mem, out);
}

enum err
fake_rotate(struct fake_client *c)
{
	c->old_node = c->node_public;
	return key_new(&c->node, &c->node_public);
}

/* ---- maps ---- */

static enum err
map_start(struct fake_client *c, bool stream, int32_t *id)
{
	struct arena *mem = arena_new();
	int64_t *types =
		arena_array(mem, c->endpoints.count + 1, sizeof(*types));
	struct tailcfg_map_request r = { .version = c->capver,
		.compress = "zstd",
		.keep_alive = true,
		.node_key = key_text(mem, KEY_NODE, &c->node_public),
		.disco_key = key_text(mem, KEY_DISCO, &c->disco_public),
		.stream = stream,
		.omit_peers = !stream,
		.hostinfo_raw = { json_print(
			mem, &tailcfg_hostinfo_table, &c->hostinfo) },
		.endpoints = c->endpoints,
		.endpoint_types = { types, c->endpoints.count } };
	enum err e;

	for (size_t i = 0; i < c->endpoints.count; i++)
		types[i] = 1;
	e = fake_start(c, "POST", "/machine/map",
		text_bytes(json_print(mem, &tailcfg_map_request_table, &r)),
		id);
	arena_free(mem);
	return e;
}

enum err
fake_map_open(struct fake_client *c)
{
	if (c->map_stream)
		fake_map_close(c);
	c->has_map = c->map_ended = false;
	c->map_status = 0;
	c->peer_count = 0;
	c->untaken = 0;
	return map_start(c, true, &c->map_stream);
}

void
fake_map_close(struct fake_client *c)
{
	if (c->map_stream)
		fake_cancel(c, c->map_stream);
	c->map_stream = 0;
}

enum err
fake_lite(struct fake_client *c, int64_t ms, int *status)
{
	struct arena *mem = arena_new();
	struct fake_answer a;
	int32_t stream;
	enum err e = map_start(c, false, &stream);

	if (!e)
		e = fake_wait(c, stream, ms, mem, &a);
	if (!e && status)
		*status = a.status;
	else if (!e && a.status != 200)
		e = ERR_DENIED;
	arena_free(mem);
	return e;
}

enum err
fake_fence(struct fake_client *c, int64_t ms)
{
	int64_t until = clock_now_ms() + ms;
	uint64_t before = c->pings;
	enum err e = c->broken;

	if (e)
		return e;
	if (nghttp2_submit_ping(c->h2, NGHTTP2_FLAG_NONE, NULL))
		return ERR_IO;
	e = flush(c);
	while (!e && c->pings == before)
		e = read_until(c, until);
	return e;
}

void
fake_catch_up(struct fake_client *c)
{
	c->lags = false;
	if (c->broken || !c->untaken)
		return;
	nghttp2_session_consume(c->h2, c->map_stream, c->untaken);
	c->untaken = 0;
	flush(c);
}

bool
fake_has_map(const struct fake_client *c, void *arg)
{
	(void)arg;
	return c->has_map;
}

enum err
fake_until(struct fake_client *c, fake_condition *holds, void *arg, int64_t ms)
{
	int64_t until = clock_now_ms() + ms;
	enum err e = ERR_OK;

	while (!e && !holds(c, arg)) {
		if (c->map_ended)
			return ERR_NOT_FOUND;
		e = read_until(c, until);
	}
	return e;
}

static bool
has_message(const struct fake_client *c, void *arg)
{
	(void)arg;
	return c->first;
}

enum err
fake_map_next(struct fake_client *c, int64_t ms, struct fake_message **out)
{
	enum err e = fake_until(c, has_message, NULL, ms);

	if (e)
		return e;
	*out = c->first;
	c->first = c->first->next;
	if (!c->first)
		c->last = &c->first;
	return ERR_OK;
}
