#include "tests/load/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "proto/cgi.h"
#include "proto/tailcfg.h"

enum {
	READ_SIZE = 256 * 1024,
	HEAD_MAX = 4096,
	EARLY_MAX = 64 * 1024,
	KEEP_ROOM = 8 * 1024, /* more is given back when it is empty */
	CONNECTION_WINDOW = 1 << 30,
	STREAM_WINDOW = 4 * 1024 * 1024,
};

void
link_init(struct link *l, const struct link_calls *calls, void *owner)
{
	memset(l, 0, sizeof(*l));
	l->calls = calls;
	l->owner = owner;
	l->fd = -1;
}

/* ---- bytes that wait ---- */

static void
append(unsigned char **at, size_t *len, size_t *room, const void *bytes,
	size_t count)
{
	if (*len + count > *room) {
		*room = 2 * *room + count;
		*at = own_grow(*at, *room, 1);
	}
	memcpy(*at + *len, bytes, count);
	*len += count;
}

static void
drop_front(unsigned char **at, size_t *len, size_t *room, size_t count)
{
	*len -= count;
	if (*len)
		memmove(*at, *at + count, *len);
	else if (*room > KEEP_ROOM) {
		free(*at);
		*at = NULL;
		*room = 0;
	}
}

static void
send_bytes(struct link *l, const void *bytes, size_t len)
{
	ssize_t n = 0;

	if (!l->unsent_len)
		n = send(l->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != ENOTCONN)
		l->broken = "write failed";
	if (n < 0)
		n = 0;
	if ((size_t)n < len)
		append(&l->unsent, &l->unsent_len, &l->unsent_room,
			(const char *)bytes + n, len - (size_t)n);
}

static void
send_unsent(struct link *l)
{
	ssize_t n = 0;

	if (l->unsent_len)
		n = send(l->fd, l->unsent, l->unsent_len,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN)
		l->broken = "write failed";
	if (n > 0)
		drop_front(
			&l->unsent, &l->unsent_len, &l->unsent_room, (size_t)n);
}

/* ---- HTTP/2 ---- */

static struct link_stream *
stream_of(struct link *l, int32_t id)
{
	for (size_t i = 0; i < ASKS; i++)
		if (l->streams[i].id == id)
			return &l->streams[i];
	return NULL;
}

static void
forget(struct link_stream *s)
{
	free(s->out);
	free(s->in);
	*s = (struct link_stream){ 0 };
}

static int
on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
	void *arg)
{
	struct link_stream *s = stream_of(arg, frame->hd.stream_id);

	(void)h2;
	(void)len;
	(void)flags;
	if (s && name_len == 7 && memcmp(name, ":status", 7) == 0)
		s->status = (int)strtol((const char *)value, NULL, 10);
	return 0;
}

/* Every whole message that the map stream has brought. */
static void
cut_messages(struct link *l, struct link_stream *s)
{
	size_t at = 0;

	while (s->in_len - at >= 4) {
		const unsigned char *p = s->in + at;
		size_t len = (size_t)p[0] | (size_t)p[1] << 8 |
			     (size_t)p[2] << 16 | (size_t)p[3] << 24;

		if (s->in_len - at - 4 < len)
			break;
		l->calls->message(l->owner, (struct bytes){ p + 4, len });
		at += 4 + len;
	}
	if (at)
		drop_front(&s->in, &s->in_len, &s->in_room, at);
}

static int
on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *bytes,
	size_t len, void *arg)
{
	struct link *l = arg;
	struct link_stream *s = stream_of(l, id);

	(void)h2;
	(void)flags;
	if (!s)
		return 0;
	append(&s->in, &s->in_len, &s->in_room, bytes, len);
	if (s == &l->streams[ASK_MAP] && s->status == 200)
		cut_messages(l, s);
	return 0;
}

static int
on_close(nghttp2_session *h2, int32_t id, uint32_t code, void *arg)
{
	struct link *l = arg;
	struct link_stream *s = stream_of(l, id), ended;

	(void)h2;
	if (!s)
		return 0;
	ended = *s;
	*s = (struct link_stream){ 0 };
	if (s == &l->streams[ASK_MAP])
		l->broken = ended.status == 200 ? "map stream ended"
						: "map refused";
	else
		l->calls->answer(l->owner, (enum ask)(s - l->streams),
			code ? 0 : ended.status,
			(struct bytes){ ended.in, ended.in_len });
	forget(&ended);
	return 0;
}

static ssize_t
give_body(nghttp2_session *h2, int32_t id, uint8_t *out, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct link_stream *s = stream_of(arg, id);
	size_t left = s ? s->out_len - s->out_at : 0;
	size_t now = left < room ? left : room;

	(void)h2;
	(void)source;
	if (now)
		memcpy(out, s->out + s->out_at, now);
	if (s)
		s->out_at += now;
	if (now == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)now;
}

static const nghttp2_session_callbacks *
callbacks(void)
{
	static nghttp2_session_callbacks *made;

	if (made)
		return made;
	if (nghttp2_session_callbacks_new(&made))
		abort();
	nghttp2_session_callbacks_set_on_header_callback(made, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
		made, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
	return made;
}

static void
begin_h2(struct link *l)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
	};

	if (nghttp2_session_client_new(&l->h2, callbacks(), l))
		abort();
	nghttp2_submit_settings(l->h2, NGHTTP2_FLAG_NONE, settings, 2);
	nghttp2_session_set_local_window_size(
		l->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
}

static void
pump(struct link *l)
{
	uint8_t frame[FRAME_MAX];
	const uint8_t *bytes;
	ssize_t len;

	while (l->h2 && !l->broken &&
		(len = nghttp2_session_mem_send(l->h2, &bytes)) > 0)
		for (ssize_t at = 0; at < len; at += FRAME_PLAIN_MAX) {
			ssize_t now = len - at < FRAME_PLAIN_MAX
					      ? len - at
					      : FRAME_PLAIN_MAX;

			send_bytes(l, frame,
				channel_seal(&l->up, bytes + at, (size_t)now,
					frame));
		}
}

static nghttp2_nv
header(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)(uintptr_t)name,
		(uint8_t *)(uintptr_t)value, strlen(name), strlen(value),
		NGHTTP2_NV_FLAG_NONE };
}

bool
link_ask(struct link *l, enum ask what, const char *path, const char *body)
{
	struct link_stream *s = &l->streams[what];
	char length[24];
	const nghttp2_data_provider give = { .read_callback = give_body };
	nghttp2_nv headers[] = { header(":method", "POST"),
		header(":scheme", "https"), header(":authority", "unused"),
		header(":path", path), header("content-length", ""),
		header("user-agent", "Go-http-client/2.0") };

	if (l->state != LINK_OPEN || l->broken || s->id)
		return false;
	s->out_len = strlen(body);
	(void)snprintf(length, sizeof(length), "%zu", s->out_len);
	headers[4] = header("content-length", length);
	s->out = own_alloc(s->out_len + 1);
	memcpy(s->out, body, s->out_len);
	s->id = nghttp2_submit_request(l->h2, NULL, headers,
		sizeof(headers) / sizeof(*headers), &give, NULL);
	if (s->id < 0)
		abort();
	if (!l->inside)
		pump(l);
	return true;
}

/* ---- what comes ---- */

static void
feed_h2(struct link *l, const unsigned char *plain, size_t len)
{
	if (len && nghttp2_session_mem_recv(l->h2, plain, len) != (ssize_t)len)
		l->broken = "HTTP/2 violated";
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The first nine bytes are an HTTP/2 frame's head, or say how long an early
 * payload is. */
static void
begin_early(struct link *l)
{
	const unsigned char *p = l->early;

	l->early_done = true;
	if (memcmp(p, "\xff\xff\xffTS", 5) != 0) {
		feed_h2(l, p, sizeof(l->early));
		return;
	}
	l->early_left = (size_t)p[5] << 24 | (size_t)p[6] << 16 |
			(size_t)p[7] << 8 | p[8];
	if (l->early_left > EARLY_MAX)
		l->broken = "early payload too long";
}

static void
got_plain(struct link *l, const unsigned char *plain, size_t len)
{
	size_t now;

	if (!l->early_done) {
		now = least(len, sizeof(l->early) - l->early_len);
		memcpy(l->early + l->early_len, plain, now);
		l->early_len += now;
		plain += now;
		len -= now;
		if (l->early_len == sizeof(l->early))
			begin_early(l);
	}
	now = least(len, l->early_left);
	l->early_left -= now;
	feed_h2(l, plain + now, len - now);
}

/* Each take_… returns how many bytes it has used; 0: it needs more. */
static size_t
take_head(struct link *l, const unsigned char *in, size_t len)
{
	const unsigned char *end = memmem(in, len, "\r\n\r\n", 4);
	int status = 0;

	if (!end) {
		if (len > HEAD_MAX)
			l->broken = "no answer to the upgrade";
		return 0;
	}
	/* "HTTP/1.1 101 …" from nginx, "Status: 101 …" from the worker. */
	if (sscanf((const char *)in, "%*s %d", &status) != 1 || status != 101) {
		l->broken = status == 502   ? "502 instead of a tunnel"
			    : status == 503 ? "503 instead of a tunnel"
			    : status == 504 ? "504 instead of a tunnel"
					    : "no tunnel";
		return 0;
	}
	l->state = LINK_RESPONSE;
	return (size_t)(end + 4 - in);
}

static size_t
take_response(struct link *l, const unsigned char *in, size_t len)
{
	if (len >= 3 && in[0] != 2)
		l->broken = "handshake refused";
	if (len < RESPONSE_SIZE || l->broken)
		return 0;
	if (!initiator_finish(&l->initiator, in, &l->up, &l->down)) {
		l->broken = "handshake does not fit";
		return 0;
	}
	l->state = LINK_OPEN;
	begin_h2(l);
	l->calls->open(l->owner);
	return RESPONSE_SIZE;
}

static size_t
take_frame(struct link *l, const unsigned char *in, size_t len)
{
	unsigned char plain[FRAME_MAX];
	size_t whole;
	int got;

	if (len < 3)
		return 0;
	whole = 3 + ((size_t)in[1] << 8 | in[2]);
	if (whole > FRAME_MAX)
		l->broken = "frame too long";
	if (len < whole || l->broken)
		return 0;
	got = channel_open(&l->down, in, whole, plain);
	if (got < 0)
		l->broken = "a frame does not open";
	else
		got_plain(l, plain, (size_t)got);
	return whole;
}

static size_t
take(struct link *l, const unsigned char *in, size_t len)
{
	size_t at = 0, used = 1;

	while (used && !l->broken) {
		used = l->state == LINK_HEAD ? take_head(l, in + at, len - at)
		       : l->state == LINK_RESPONSE
			       ? take_response(l, in + at, len - at)
			       : take_frame(l, in + at, len - at);
		at += used;
	}
	return at;
}

static void
got_bytes(struct link *l, const unsigned char *in, size_t len)
{
	size_t used;

	l->bytes_in += len;
	if (l->hold_len) {
		append(&l->hold, &l->hold_len, &l->hold_room, in, len);
		used = take(l, l->hold, l->hold_len);
		if (used)
			drop_front(&l->hold, &l->hold_len, &l->hold_room, used);
		return;
	}
	used = take(l, in, len);
	if (used < len)
		append(&l->hold, &l->hold_len, &l->hold_room, in + used,
			len - used);
}

static void
read_all(struct link *l, bool to_the_end)
{
	static unsigned char in[READ_SIZE];
	ssize_t n = READ_SIZE;

	while (!l->broken && (n == READ_SIZE || to_the_end)) {
		n = recv(l->fd, in, READ_SIZE, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			l->broken = n ? "read failed" : "closed by the server";
		else
			got_bytes(l, in, (size_t)n);
	}
}

void
link_ready(struct link *l, uint32_t events)
{
	const char *why;

	if (l->state == LINK_CLOSED)
		return;
	if (events & EPOLLOUT)
		send_unsent(l);
	l->inside = true;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		read_all(l, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
	l->inside = false;
	pump(l);
	why = l->broken;
	if (!why)
		return;
	link_close(l);
	l->calls->ended(l->owner, why);
}

/* ---- the way in ---- */

static int
dial(const struct fake_target *target)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in at = { .sin_family = AF_INET };
	bool tcp = !target->worker;
	int fd = socket(tcp ? AF_INET : AF_UNIX,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int port = 80, rc;

	if (fd < 0)
		return -1;
	if (tcp) {
		(void)sscanf(target->url, "http://127.0.0.1:%d", &port);
		at.sin_port = htons((uint16_t)port);
		at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		setsockopt(
			fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		rc = connect(fd, (struct sockaddr *)&at, sizeof(at));
	} else {
		(void)snprintf(path.sun_path, sizeof(path.sun_path), "%s",
			target->worker);
		rc = connect(fd, (struct sockaddr *)&path, sizeof(path));
	}
	if (!rc || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static void
put_upgrade(struct buf *out, const struct fake_target *target,
	const char *handshake)
{
	const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", "/ts2021" }, { "DOCUMENT_URI", "/ts2021" },
		{ "REMOTE_ADDR", "127.0.0.1" },
		{ "HTTP_UPGRADE", "tailscale-control-protocol" },
		{ "HTTP_X_TAILSCALE_HANDSHAKE", handshake } };

	if (target->worker) {
		scgi_put_head(out, vars, sizeof(vars) / sizeof(*vars));
		return;
	}
	buf_putf(out, "POST /ts2021 HTTP/1.1\r\nHost: %s\r\n",
		target->url + strlen("http://"));
	buf_puts(out, "User-Agent: Go-http-client/1.1\r\n"
		      "Content-Length: 0\r\n"
		      "Connection: upgrade\r\n"
		      "Upgrade: tailscale-control-protocol\r\n"
		      "X-Tailscale-Handshake: ");
	buf_puts(out, handshake);
	buf_puts(out, "\r\n\r\n");
	if (buf_error(out))
		abort();
}

bool
link_open(struct link *l, const struct fake_target *target,
	const struct key *machine, int epoll)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP |
					      EPOLLET,
		.data.ptr = l->owner };
	uint8_t initiation[INITIATION_SIZE];
	struct arena *mem;
	struct buf out;

	if (!initiator_start(&l->initiator, &target->server, machine, NULL,
		    TAILCFG_CAPVER_NEWEST, initiation))
		abort();
	l->fd = dial(target);
	if (l->fd < 0)
		return false;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &want))
		abort();
	l->state = LINK_HEAD;
	mem = arena_new();
	buf_init(&out, mem, HEAD_MAX);
	put_upgrade(
		&out, target, text_base64(mem, initiation, sizeof(initiation)));
	send_bytes(l, out.bytes, out.len);
	arena_free(mem);
	return true;
}

void
link_close(struct link *l)
{
	uint64_t bytes_in = l->bytes_in;

	if (l->fd >= 0)
		close(l->fd);
	nghttp2_session_del(l->h2);
	for (size_t i = 0; i < ASKS; i++)
		forget(&l->streams[i]);
	free(l->hold);
	free(l->unsent);
	link_init(l, l->calls, l->owner);
	l->bytes_in = bytes_in;
}
