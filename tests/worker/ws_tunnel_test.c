/*
 * ws_tunnel_test.c: /ts2021 as a WebSocket, as a browser's client opens it,
 * through a real nginx (spec/protocol.md 2.5).
 */
#include "tests/worker/attack.h"

enum {
	OP_TEXT = 1,
	OP_BINARY = 2,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10,
	INPUT_MAX = 64 * 1024,
};

struct web {
	int fd;
	unsigned char in[INPUT_MAX];
	size_t len;
};

struct message {
	int op;
	const unsigned char *at;
	size_t len;
};

static int
open_all(void **state)
{
	return trip_begin(state, SITE_WORKER | SITE_HANDLERS | SITE_NGINX);
}

static void
more(struct web *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	ssize_t n;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	n = read(w->fd, w->in + w->len, INPUT_MAX - 1 - w->len);
	assert_true(n > 0);
	w->len += (size_t)n;
}

/* "+" and "/" and "=" as a browser writes them in a query. */
static const char *
escaped(struct trip *t, const char *base64)
{
	struct buf b;

	buf_init(&b, t->mem, 1024);
	for (; *base64; base64++)
		if (strchr("+/=", *base64))
			buf_putf(&b, "%%%02X", (unsigned)*base64);
		else
			buf_put(&b, base64, 1);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* Asks, and reads the 101 that RFC 6455 1.3 has for this key. */
static struct web *
ask(struct trip *t, const char *query, const char *protocol)
{
	struct web *w = arena_alloc(t->mem, sizeof(*w));
	const char *head = arena_printf(t->mem,
		"GET /ts2021%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"Sec-WebSocket-Protocol: %s\r\n\r\n",
		query, protocol);
	char *end;

	assert_int_equal(fake_dial(&t->site->nginx, &w->fd), ERR_OK);
	assert_int_equal(
		fake_write(w->fd, head, strlen(head), clock_now_ms() + WAIT_MS),
		ERR_OK);
	while (!(end = memmem(w->in, w->len, "\r\n\r\n", 4)))
		more(w);
	*end = '\0';
	assert_true(trip_starts((char *)w->in, "HTTP/1.1 101 "));
	assert_non_null(strstr((char *)w->in,
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	w->len -= (size_t)(end + 4 - (char *)w->in);
	memmove(w->in, end + 4, w->len);
	return w;
}

static void
say(struct web *w, int op, const void *bytes, size_t len)
{
	const unsigned char mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned char out[4096] = { (unsigned char)(0x80 | op) };
	size_t at = 2;

	assert_in_range(len, 0, 4000);
	out[1] = (unsigned char)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		out[at++] = (unsigned char)(len >> 8);
		out[at++] = (unsigned char)len;
	}
	memcpy(out + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < len; i++)
		out[at + i] = ((const unsigned char *)bytes)[i] ^ mask[i % 4];
	assert_int_equal(
		fake_write(w->fd, out, at + len, clock_now_ms() + WAIT_MS),
		ERR_OK);
}

/* The next frame; it must be whole and unmasked. */
static struct message
hear(struct trip *t, struct web *w)
{
	size_t head = 2, len;
	struct message m;

	while (w->len < 2)
		more(w);
	assert_int_equal(w->in[0] & 0x80, 0x80);
	assert_int_equal(w->in[1] & 0x80, 0);
	len = w->in[1];
	if (len == 126) {
		head = 4;
		while (w->len < head)
			more(w);
		len = (size_t)w->in[2] << 8 | w->in[3];
	}
	assert_int_not_equal(len, 127);
	while (w->len < head + len)
		more(w);
	m.op = w->in[0] & 15;
	m.at = arena_alloc(t->mem, len + 1);
	m.len = len;
	memcpy((unsigned char *)(uintptr_t)m.at, w->in + head, len);
	w->len -= head + len;
	memmove(w->in, w->in + head + len, w->len);
	return m;
}

static void
expect_close(struct trip *t, struct web *w, int code)
{
	struct message m;

	do
		m = hear(t, w);
	while (m.op == OP_BINARY);
	assert_int_equal(m.op, OP_CLOSE);
	assert_int_equal(m.at[0] << 8 | m.at[1], code);
	assert_true(is_closed_within(w->fd, WAIT_MS));
	close(w->fd);
}

struct noise {
	struct record_sealer sealer;
	struct record_opener opener;
	struct attack heard;
};

/* The tunnel inside the WebSocket: handshake done, response in a binary
 * message. */
static struct web *
open_tunnel(struct trip *t, struct noise *out)
{
	unsigned char in[NOISE_INITIATION_SIZE];
	struct noise_client c;
	struct noise_result keys;
	struct key machine, unused;
	struct message m;
	struct web *w;

	memset(out, 0, sizeof(*out));
	out->heard.heard = arena_alloc(t->mem, HEARD_MAX);
	assert_int_equal(key_new(&machine, &unused), ERR_OK);
	assert_int_equal(
		noise_start(&c, &t->site->worker.server, &machine, 142, in),
		ERR_OK);
	w = ask(t,
		arena_printf(t->mem, "?X-Tailscale-Handshake=%s",
			escaped(t, text_base64(t->mem, in, sizeof(in)))),
		"tailscale-control-protocol");
	m = hear(t, w);
	assert_int_equal(m.op, OP_BINARY);
	assert_true(m.len >= NOISE_RESPONSE_SIZE);
	assert_int_equal(
		noise_finish(
			&c, (struct bytes){ m.at, NOISE_RESPONSE_SIZE }, &keys),
		ERR_OK);
	record_sealer_init(&out->sealer, &keys.client_to_server);
	record_opener_init(&out->opener, &keys.server_to_client);
	assert_int_equal(
		record_open(&out->opener, m.at + NOISE_RESPONSE_SIZE,
			m.len - NOISE_RESPONSE_SIZE, attack_hear, &out->heard),
		ERR_OK);
	return w;
}

static void
close_tunnel(struct noise *n)
{
	record_sealer_done(&n->sealer);
	record_opener_done(&n->opener);
}

static void
a_tunnel_opens_in_binary_messages(void **state)
{
	struct trip *t = *state;
	struct noise n;
	struct web *w = open_tunnel(t, &n);
	unsigned char out[RECORD_MAX];
	struct buf b;
	size_t len;

	/* No early payload here: the first frame is the server's SETTINGS. */
	while (n.heard.heard_len < 9) {
		struct message m = hear(t, w);

		assert_int_equal(record_open(&n.opener, m.at, m.len,
					 attack_hear, &n.heard),
			ERR_OK);
	}
	assert_int_equal(n.heard.heard[3], H2_SETTINGS);
	buf_init(&b, t->mem, 1024);
	buf_put(&b, PREFACE, sizeof(PREFACE) - 1);
	frame_put(&b, H2_HEADERS, H2_END_HEADERS | H2_END_STREAM, 1, GET_ROOT,
		sizeof(GET_ROOT) - 1);
	len = record_seal(&n.sealer, b.bytes, b.len, out);
	/* Cut anywhere: boundaries mean nothing. */
	say(w, OP_BINARY, out, 10);
	say(w, OP_PING, "hello", 5);
	say(w, OP_BINARY, out + 10, len - 10);
	while (!frame_heard(&n.heard, H2_HEADERS, 1)) {
		struct message m = hear(t, w);

		if (m.op == OP_PONG) {
			assert_int_equal(m.len, 5);
			assert_memory_equal(m.at, "hello", 5);
			continue;
		}
		assert_int_equal(m.op, OP_BINARY);
		assert_int_equal(record_open(&n.opener, m.at, m.len,
					 attack_hear, &n.heard),
			ERR_OK);
	}
	close(w->fd);
	close_tunnel(&n);
}

static void
text_closes_it_with_1003(void **state)
{
	struct trip *t = *state;
	struct noise n;
	struct web *w = open_tunnel(t, &n);

	say(w, OP_TEXT, "hello", 5);
	expect_close(t, w, 1003);
	close_tunnel(&n);
}

static void
a_close_is_answered_and_frees_the_tunnel(void **state)
{
	struct trip *t = *state;
	struct noise n;
	struct web *w = open_tunnel(t, &n);

	say(w, OP_CLOSE, "\x03\xe8", 2);
	expect_close(t, w, 1000);
	close_tunnel(&n);
	assert_int_equal(site_metric(t->site, "sessions_half_open"), 0);
}

static void
another_protocol_or_no_handshake_is_closed_with_1008(void **state)
{
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE];
	const char *good;

	attack_initiation(t, in);
	good = arena_printf(t->mem, "?X-Tailscale-Handshake=%s",
		escaped(t, text_base64(t->mem, in, sizeof(in))));
	expect_close(t, ask(t, good, "chat"), 1008);
	expect_close(t, ask(t, good, "tailscale-control-protocol2"), 1008);
	expect_close(t, ask(t, "", "tailscale-control-protocol"), 1008);
	expect_close(t,
		ask(t, "?X-Tailscale-Handshake=!!",
			"tailscale-control-protocol"),
		1008);
}

static void
a_first_message_of_another_form_is_refused_in_words(void **state)
{
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE];
	struct message m;
	struct web *w;

	attack_initiation(t, in);
	in[2] = 9;
	w = ask(t,
		arena_printf(t->mem, "?X-Tailscale-Handshake=%s",
			escaped(t, text_base64(t->mem, in, sizeof(in)))),
		"chat, tailscale-control-protocol");
	m = hear(t, w);
	assert_int_equal(m.op, OP_BINARY);
	assert_int_equal(m.at[0], 3);
	assert_non_null(strstr((const char *)m.at + 3, "message type"));
	close(w->fd);
}

/* A frame longer than any message may be, one that is not masked, one with
 * bits of an extension; and more behind it than is read at once. */
static void
frames_that_no_browser_sends_end_it(void **state)
{
	static const unsigned char frames[][14] = {
		{ 0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4 },
		{ 0x82, 0x05, 'h', 'e', 'l', 'l', 'o' },
		{ 0xf2, 0x85, 1, 2, 3, 4, 0, 0, 0, 0, 0 },
	};
	struct trip *t = *state;
	unsigned char out[30000] = { 0 };

	for (size_t i = 0; i < 3; i++) {
		struct noise n;
		struct web *w = open_tunnel(t, &n);

		int64_t begun = clock_now_ms();

		memcpy(out, frames[i], sizeof(frames[i]));
		assert_int_equal(fake_write(w->fd, out, sizeof(out),
					 clock_now_ms() + WAIT_MS),
			ERR_OK);
		assert_true(is_closed_within(w->fd, WAIT_MS));
		/* And not when its time to say something was over. */
		assert_in_range(clock_now_ms() - begun, 0, 8000);
		close(w->fd);
		close_tunnel(&n);
	}
}

#define web_test(name) \
	cmocka_unit_test_setup_teardown(name, open_all, trip_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		web_test(a_tunnel_opens_in_binary_messages),
		web_test(text_closes_it_with_1003),
		web_test(a_close_is_answered_and_frees_the_tunnel),
		web_test(another_protocol_or_no_handshake_is_closed_with_1008),
		web_test(a_first_message_of_another_form_is_refused_in_words),
		web_test(frames_that_no_browser_sends_end_it),
	};

	return cmocka_run_group_tests_name("WebSocket", tests, NULL, NULL);
}
