#include "worker/relay/websocket.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/own.h"

enum {
	KEY_LEN = 24, /* 16 bytes in base64 */
	STATUS_TEXT = 1003,
};

struct websocket {
	wslay_event_context_ptr wslay;
	const uint8_t *in;
	size_t in_len;
	uint8_t opcode; /* of the frame that is being read */
	bool over;
	websocket_got *got;
	void *arg;
	uint8_t control[WEBSOCKET_CONTROL_MAX];
	size_t control_len;
};

static ssize_t
on_recv(wslay_event_context_ptr ctx, uint8_t *out, size_t room, int flags,
	void *arg)
{
	struct websocket *w = arg;
	size_t len = w->in_len < room ? w->in_len : room;

	(void)flags;
	if (!len) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(out, w->in, len);
	w->in += len;
	w->in_len -= len;
	return (ssize_t)len;
}

static ssize_t
on_send(wslay_event_context_ptr ctx, const uint8_t *at, size_t len, int flags,
	void *arg)
{
	struct websocket *w = arg;

	(void)flags;
	if (len > WEBSOCKET_CONTROL_MAX - w->control_len) {
		w->over = true;
		wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	memcpy(w->control + w->control_len, at, len);
	w->control_len += len;
	return (ssize_t)len;
}

static void
on_frame(wslay_event_context_ptr ctx,
	const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct websocket *w = arg;

	w->opcode = frame->opcode;
	if (frame->opcode != WSLAY_TEXT_FRAME)
		return;
	(void)wslay_event_queue_close(
		ctx, STATUS_TEXT, (const uint8_t *)"binary only", 11);
	w->over = true;
}

static void
on_chunk(wslay_event_context_ptr ctx,
	const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *arg)
{
	struct websocket *w = arg;

	(void)ctx;
	if (wslay_is_ctrl_frame(w->opcode) || w->over || !chunk->data_length)
		return;
	if (!w->got(w->arg, chunk->data, chunk->data_length))
		w->over = true;
}

static void
on_message(wslay_event_context_ptr ctx,
	const struct wslay_event_on_msg_recv_arg *message, void *arg)
{
	struct websocket *w = arg;

	(void)ctx;
	if (message->opcode == WSLAY_CONNECTION_CLOSE)
		w->over = true;
}

struct websocket *
websocket_new(void)
{
	static const struct wslay_event_callbacks calls = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.on_frame_recv_start_callback = on_frame,
		.on_frame_recv_chunk_callback = on_chunk,
		.on_msg_recv_callback = on_message,
	};
	struct websocket *w = own_alloc(sizeof(*w));

	if (wslay_event_context_server_init(&w->wslay, &calls, w) != 0)
		abort();
	/* Chunks are handed on as they come; a message is never collected. */
	wslay_event_config_set_no_buffering(w->wslay, 1);
	return w;
}

void
websocket_free(struct websocket *w)
{
	if (!w)
		return;
	wslay_event_context_free(w->wslay);
	free(w);
}

enum err
websocket_feed(struct websocket *w, const uint8_t *at, size_t len,
	websocket_got *got, void *arg)
{
	w->in = at;
	w->in_len = len;
	w->got = got;
	w->arg = arg;
	while (w->in_len && !w->over)
		if (wslay_event_recv(w->wslay) != 0 ||
			!wslay_event_get_read_enabled(w->wslay))
			w->over = true;
	if (wslay_event_want_write(w->wslay) && wslay_event_send(w->wslay) != 0)
		w->over = true;
	return w->over ? ERR_BAD_INPUT : ERR_OK;
}

size_t
websocket_pull_control(struct websocket *w, uint8_t *out, size_t room)
{
	size_t len = w->control_len;

	if (len > room)
		return 0;
	memcpy(out, w->control, len);
	w->control_len = 0;
	return len;
}

size_t
websocket_head_put(uint8_t out[WEBSOCKET_HEAD_MAX], size_t len)
{
	out[0] = 0x80 | WSLAY_BINARY_FRAME;
	if (len < 126) {
		out[1] = (uint8_t)len;
		return 2;
	}
	out[1] = 126;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	return 4;
}

enum err
websocket_accept(const char *key, char out[WEBSOCKET_ACCEPT_SIZE])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char text[KEY_LEN + sizeof(guid) - 1], raw[18], digest[20];

	if (strlen(key) != KEY_LEN ||
		EVP_DecodeBlock(raw, (const unsigned char *)key, KEY_LEN) < 0)
		return ERR_BAD_INPUT;
	memcpy(text, key, KEY_LEN);
	memcpy(text + KEY_LEN, guid, sizeof(guid) - 1);
	if (EVP_Digest(text, sizeof(text), digest, NULL, EVP_sha1(), NULL) != 1)
		return ERR_CRYPTO;
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof(digest));
	return ERR_OK;
}
