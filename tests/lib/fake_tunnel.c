#include "tests/lib/fake_tunnel.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/cgi.h"
#include "proto/tailcfg.h"

enum {
	HEAD_MAX = 4096,
	KEY_ANSWER_MAX = 64 * 1024,
	HOST_SIZE = 256,
	SEND_PIECE = 64 * 1024,
};

static enum err
wait_for(int fd, short events, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = until_ms - clock_now_ms();
	int n = poll(&p, 1, left > 0 ? (int)left : 0);

	if (n < 0 && errno != EINTR)
		return ERR_IO;
	return n > 0 ? ERR_OK : clock_now_ms() < until_ms ? ERR_OK : ERR_BUSY;
}

enum err
fake_write(int fd, const void *bytes, size_t len, int64_t until_ms)
{
	const unsigned char *p = bytes;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		enum err e;

		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_IO;
		e = wait_for(fd, POLLOUT, until_ms);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* *len is 0 at the end of the stream. */
static enum err
read_some(int fd, void *out, size_t room, int64_t until_ms, size_t *len)
{
	for (;;) {
		ssize_t n = recv(fd, out, room, MSG_DONTWAIT);
		enum err e;

		if (n >= 0) {
			*len = (size_t)n;
			return ERR_OK;
		}
		if (errno != EAGAIN && errno != EINTR)
			return ERR_IO;
		e = wait_for(fd, POLLIN, until_ms);
		if (e)
			return e;
	}
}

static enum err
dial_unix(const char *path, int *out)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return ERR_IO;
	}
	*out = fd;
	return ERR_OK;
}

/* "http://host:port/…" into its parts; the port is 80 if there is none. */
static enum err
split_url(const char *url, char host[HOST_SIZE], char port[8])
{
	const char *p = url + strlen("http://");
	size_t len = strcspn(p, ":/");

	if (!text_starts(url, "http://") || !len || len >= HOST_SIZE)
		return ERR_BAD_INPUT;
	snprintf(host, HOST_SIZE, "%.*s", (int)len, p);
	snprintf(port, 8, "80");
	if (p[len] == ':')
		snprintf(port, 8, "%.*s", (int)strcspn(p + len + 1, "/"),
			p + len + 1);
	return ERR_OK;
}

static enum err
dial_tcp(const char *url, int *out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	char host[HOST_SIZE], port[8];
	int fd = -1;

	if (split_url(url, host, port) || getaddrinfo(host, port, &hints, &all))
		return ERR_IO;
	for (struct addrinfo *a = all; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(all);
	if (fd < 0)
		return ERR_IO;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	*out = fd;
	return ERR_OK;
}

enum err
fake_dial(const struct fake_target *target, int *fd)
{
	return target->worker ? dial_unix(target->worker, fd)
			      : dial_tcp(target->url, fd);
}

/* ---- GET /key ---- */

static enum err
read_key(struct arena *mem, const char *text, struct key *out)
{
	struct tailcfg_key_answer a = { .public_key = NULL };
	const char *body = strstr(text, "\r\n\r\n");
	enum err e;

	if (!body || !text_starts(text, "HTTP/1.1 200"))
		return ERR_DENIED;
	body += 4;
	e = json_decode(
		(struct bytes){ (const unsigned char *)body, strlen(body) },
		&tailcfg_key_answer_table, mem, &a);
	return e              ? e
	       : a.public_key ? key_parse(KEY_MACHINE, a.public_key, out)
			      : ERR_BAD_INPUT;
}

enum err
fake_fetch_key(struct fake_target *target, int64_t until_ms)
{
	struct arena *mem = arena_new();
	char *text = arena_alloc(mem, KEY_ANSWER_MAX + 1), host[HOST_SIZE];
	char port[8];
	size_t len = 0, n = 1;
	int fd;
	enum err e = fake_dial(target, &fd);

	if (e) {
		arena_free(mem);
		return e;
	}
	split_url(target->url, host, port);
	/* 1.0, so that the answer is not chunked. */
	snprintf(text, KEY_ANSWER_MAX,
		"GET /key?v=%d HTTP/1.0\r\nHost: %s:%s\r\n\r\n",
		TAILCFG_CAPVER_NEWEST, host, port);
	e = fake_write(fd, text, strlen(text), until_ms);
	while (!e && n > 0 && len < KEY_ANSWER_MAX) {
		e = read_some(
			fd, text + len, KEY_ANSWER_MAX - len, until_ms, &n);
		len += e ? 0 : n;
	}
	text[len] = '\0';
	if (!e)
		e = read_key(mem, text, &target->server);
	close(fd);
	arena_free(mem);
	return e;
}

/* ---- the upgrade ---- */

static void
put_http(struct buf *out, const char *url, const char *handshake)
{
	char host[HOST_SIZE] = "", port[8] = "";

	split_url(url, host, port);
	buf_putf(out, "POST /ts2021 HTTP/1.1\r\nHost: %s:%s\r\n", host, port);
	buf_puts(out, "User-Agent: Go-http-client/1.1\r\n"
		      "Content-Length: 0\r\n"
		      "Connection: upgrade\r\n"
		      "Upgrade: tailscale-control-protocol\r\n"
		      "X-Tailscale-Handshake: ");
	buf_puts(out, handshake);
	buf_puts(out, "\r\n\r\n");
}

static void
put_scgi(struct buf *out, const char *remote_addr, const char *handshake)
{
	const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", "/ts2021" }, { "DOCUMENT_URI", "/ts2021" },
		{ "QUERY_STRING", "" }, { "SERVER_PROTOCOL", "HTTP/1.1" },
		{ "REMOTE_ADDR", remote_addr ? remote_addr : "127.0.0.1" },
		{ "HTTP_CONNECTION", "upgrade" },
		{ "HTTP_UPGRADE", "tailscale-control-protocol" },
		{ "HTTP_X_TAILSCALE_HANDSHAKE", handshake } };

	scgi_put_head(out, vars, sizeof(vars) / sizeof(*vars));
}

static enum err
ask(struct fake_tunnel *t, const struct fake_target *target,
	const unsigned char initiation[NOISE_INITIATION_SIZE], int64_t until_ms)
{
	struct arena *mem = arena_new();
	char *handshake = text_base64(mem, initiation, NOISE_INITIATION_SIZE);
	struct buf out;
	enum err e;

	buf_init(&out, mem, HEAD_MAX);
	if (target->worker)
		put_scgi(&out, target->remote_addr, handshake);
	else
		put_http(&out, target->url, handshake);
	e = buf_error(&out);
	if (!e)
		e = fake_write(t->fd, out.bytes, out.len, until_ms);
	arena_free(mem);
	return e;
}

/* Reads on until the early bytes hold `want`. */
static enum err
need(struct fake_tunnel *t, size_t want, int64_t until_ms)
{
	while (t->early_len < want) {
		size_t n;
		enum err e = read_some(t->fd, t->early + t->early_len,
			sizeof(t->early) - t->early_len, until_ms, &n);

		if (e || !n)
			return e ? e : ERR_IO;
		t->early_len += n;
		t->bytes_in += n;
	}
	return ERR_OK;
}

static void
drop_early(struct fake_tunnel *t, size_t len)
{
	t->early_len -= len;
	memmove(t->early, t->early + len, t->early_len);
}

/* "HTTP/1.1 101 …" from nginx, "Status: 101 …" from the worker itself. */
static enum err
read_head(struct fake_tunnel *t, int64_t until_ms)
{
	unsigned char *end = NULL;
	enum err e = ERR_OK;

	while (!e && !end) {
		e = need(t, t->early_len + 1, until_ms);
		if (!e)
			end = memmem(t->early, t->early_len, "\r\n\r\n", 4);
		if (t->early_len == sizeof(t->early))
			e = ERR_BAD_INPUT;
	}
	if (!end)
		return e;
	*end = '\0';
	if (sscanf((char *)t->early, "%*s %d", &t->status) != 1 ||
		t->status != 101 ||
		!strcasestr((char *)t->early,
			"Upgrade: tailscale-control-protocol"))
		return ERR_DENIED;
	drop_early(t, (size_t)(end + 4 - t->early));
	return ERR_OK;
}

static enum err
read_answer(struct fake_tunnel *t, struct noise_client *c, int64_t until_ms)
{
	enum err e = need(t, 3, until_ms);
	size_t len;

	if (e)
		return e;
	len = 3 + ((size_t)t->early[1] << 8 | t->early[2]);
	if (len > sizeof(t->early))
		return ERR_BAD_INPUT;
	e = need(t, len, until_ms);
	if (e)
		return e;
	if (t->early[0] == 3) {
		snprintf(t->refusal, sizeof(t->refusal), "%.*s", (int)(len - 3),
			(char *)t->early + 3);
		return ERR_DENIED;
	}
	e = noise_finish(c, (struct bytes){ t->early, len }, &t->noise);
	drop_early(t, len);
	return e;
}

enum err
fake_tunnel_open(struct fake_tunnel *t, const struct fake_target *target,
	const struct key *machine_private, uint16_t capver, int64_t until_ms)
{
	unsigned char initiation[NOISE_INITIATION_SIZE];
	struct noise_client c;
	enum err e;

	memset(t, 0, sizeof(*t));
	t->fd = -1;
	e = noise_start(
		&c, &target->server, machine_private, capver, initiation);
	if (!e)
		e = fake_dial(target, &t->fd);
	if (!e)
		e = ask(t, target, initiation, until_ms);
	if (!e)
		e = read_head(t, until_ms);
	if (!e)
		e = read_answer(t, &c, until_ms);
	if (!e) {
		record_sealer_init(&t->sealer, &t->noise.client_to_server);
		record_opener_init(&t->opener, &t->noise.server_to_client);
	}
	if (e && t->fd >= 0) {
		close(t->fd);
		t->fd = -1;
	}
	return e;
}

void
fake_tunnel_close(struct fake_tunnel *t)
{
	if (t->fd < 0)
		return;
	close(t->fd);
	t->fd = -1;
	record_sealer_done(&t->sealer);
	record_opener_done(&t->opener);
}

enum err
fake_tunnel_send(
	struct fake_tunnel *t, const void *plain, size_t len, int64_t until_ms)
{
	unsigned char *out = malloc(record_sealed_size(SEND_PIECE));
	const unsigned char *p = plain;
	enum err e = out ? ERR_OK : ERR_IO;

	while (!e && len > 0) {
		size_t now = len < SEND_PIECE ? len : SEND_PIECE;
		size_t made = record_seal_all(&t->sealer, p, now, out);

		e = made ? fake_write(t->fd, out, made, until_ms) : ERR_CRYPTO;
		t->bytes_out += made;
		p += now;
		len -= now;
	}
	free(out);
	return e;
}

enum err
fake_tunnel_read(
	struct fake_tunnel *t, record_got *got, void *arg, int64_t until_ms)
{
	unsigned char in[16 * 1024];
	size_t n;
	enum err e;

	if (t->early_len > 0) {
		e = record_open(&t->opener, t->early, t->early_len, got, arg);
		t->early_len = 0;
		return e;
	}
	e = read_some(t->fd, in, sizeof(in), until_ms, &n);
	if (e || !n)
		return e ? e : ERR_IO;
	t->bytes_in += n;
	return record_open(&t->opener, in, n, got, arg);
}
