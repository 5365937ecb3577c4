#include "worker/ws.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/own.h"

struct ws {
	struct conn *conn;
	wslay_event_context_ptr wslay;
	const unsigned char *in;
	size_t in_len;
	ws_got *got;
	void *arg;
	bool over;
};

static ssize_t
on_recv(wslay_event_context_ptr ctx, uint8_t *out, size_t room, int flags,
	void *arg)
{
	struct ws *ws = arg;
	size_t n = ws->in_len < room ? ws->in_len : room;

	(void)flags;
	if (!n) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(out, ws->in, n);
	ws->in += n;
	ws->in_len -= n;
	return (ssize_t)n;
}

static ssize_t
on_send(wslay_event_context_ptr ctx, const uint8_t *at, size_t len, int flags,
	void *arg)
{
	struct ws *ws = arg;

	(void)ctx;
	(void)flags;
	conn_write(ws->conn, at, len);
	return (ssize_t)len;
}

static void
on_message(wslay_event_context_ptr ctx,
	const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct ws *ws = arg;

	if (m->opcode == WSLAY_BINARY_FRAME) {
		ws->got(ws->arg, m->msg, m->msg_length);
	} else if (m->opcode == WSLAY_TEXT_FRAME) {
		wslay_event_queue_close(
			ctx, 1003, (const uint8_t *)"binary only", 11);
		ws->over = true;
	} else if (m->opcode == WSLAY_CONNECTION_CLOSE) {
		ws->over = true;
	}
}

struct ws *
ws_new(struct conn *c)
{
	static const struct wslay_event_callbacks calls = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.on_msg_recv_callback = on_message,
	};
	struct ws *ws = own_alloc(sizeof(*ws));

	ws->conn = c;
	if (wslay_event_context_server_init(&ws->wslay, &calls, ws) != 0)
		abort();
	wslay_event_config_set_max_recv_msg_length(ws->wslay, WS_MESSAGE_MAX);
	return ws;
}

void
ws_free(struct ws *ws)
{
	if (!ws)
		return;
	wslay_event_context_free(ws->wslay);
	free(ws);
}

bool
ws_feed(struct ws *ws, const unsigned char *at, size_t len, ws_got *got,
	void *arg)
{
	ws->in = at;
	ws->in_len = len;
	ws->got = got;
	ws->arg = arg;
	/* After what breaks the protocol it takes no more bytes, without an
	 * error: only its close frame is still to be sent. */
	while (ws->in_len && !ws->over)
		ws->over |= wslay_event_recv(ws->wslay) != 0 ||
			    !wslay_event_want_read(ws->wslay);
	if (wslay_event_want_write(ws->wslay))
		wslay_event_send(ws->wslay);
	return !ws->over;
}

void
ws_send(struct ws *ws, const void *at, size_t len)
{
	const unsigned char *p = at;

	while (len) {
		size_t n = len < WS_MESSAGE_MAX ? len : WS_MESSAGE_MAX;
		struct wslay_event_msg m = { WSLAY_BINARY_FRAME, p, n };

		if (wslay_event_queue_msg(ws->wslay, &m) != 0)
			return;
		wslay_event_send(ws->wslay);
		p += n;
		len -= n;
	}
}

void
ws_close(struct ws *ws, int code, const char *reason)
{
	wslay_event_queue_close(ws->wslay, (uint16_t)code,
		(const uint8_t *)reason, strlen(reason));
	wslay_event_send(ws->wslay);
	ws->over = true;
}

void
ws_accept(const char *key, char out[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[20];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned len = 0;

	if (!md || EVP_DigestInit_ex(md, EVP_sha1(), NULL) != 1 ||
		EVP_DigestUpdate(md, key, strlen(key)) != 1 ||
		EVP_DigestUpdate(md, guid, sizeof(guid) - 1) != 1 ||
		EVP_DigestFinal_ex(md, digest, &len) != 1)
		abort();
	EVP_MD_CTX_free(md);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
}
