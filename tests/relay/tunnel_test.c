/*
 * tunnel_test.c: fake DERP clients on socket pairs, as nginx would hand them
 * over, against the real server on a real loop.
 */
#include "worker/relay/server.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/box.h"
#include "proto/cgi.h"
#include "tests/lib/derp_client.h"
#include "worker/relay/websocket.h"

enum {
	PEERS_MAX = 8,
	IN_MAX = 2 * 1024 * 1024,
	PATIENCE_MS = 5000,
	HALF_OPEN = 3,
	TOTAL = 6,
};

struct fake {
	struct derp_client is;
	int fd;
	bool ended; /* the relay closed it */
	uint8_t in[IN_MAX];
	size_t in_len, in_at;
};

static struct fixture {
	struct arena *mem;
	uv_loop_t loop;
	struct relay *relay;
	struct server *server;
	struct fake fakes[PEERS_MAX];
	size_t count;
	const struct derp_client *stranger;
} f;

static bool
keeps(void *arg, const uint8_t key[32])
{
	(void)arg;
	return !f.stranger || memcmp(f.stranger->public, key, 32) != 0;
}

static int64_t
allows(void *arg, const uint8_t key[32])
{
	return keeps(arg, key) ? 7 : 0;
}

static int
setup(void **state)
{
	static const struct admit admit = { allows, keeps, NULL };
	static const struct server_limits limits = { TOTAL, HALF_OPEN };
	uint8_t private[DERP_KEY_LEN];

	(void)state;
	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	uv_loop_init(&f.loop);
	box_private(private);
	f.relay = relay_new(&tunnel_calls, private, &admit);
	f.server = server_new(&f.loop, f.relay, &limits);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server_stop(f.server);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < f.count; i++)
		close(f.fakes[i].fd);
	server_free(f.server);
	relay_free(f.relay);
	assert_int_equal(uv_loop_close(&f.loop), 0);
	arena_free(f.mem);
	return 0;
}

static struct fake *
connect_one(void)
{
	struct fake *who = &f.fakes[f.count++];
	int pair[2];

	assert_true(f.count <= PEERS_MAX);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	derp_client_init(&who->is, f.mem);
	who->fd = pair[0];
	assert_int_equal(server_adopt(f.server, pair[1]), ERR_OK);
	return who;
}

/* Reads what is there; the loop has had a turn before. */
static void
turn(struct fake *who)
{
	ssize_t len;

	uv_run(&f.loop, UV_RUN_NOWAIT);
	len = recv(who->fd, who->in + who->in_len, IN_MAX - who->in_len, 0);
	if (len > 0)
		who->in_len += (size_t)len;
	if (len == 0 || (len < 0 && errno != EAGAIN))
		who->ended = true;
}

static void
put_bytes(struct fake *who, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	int64_t until = clock_now_ms() + PATIENCE_MS;

	while (len && clock_now_ms() < until) {
		ssize_t n = send(who->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; /* closed, as some tests expect */
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
		uv_run(&f.loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(len, 0);
}

static void
put(struct fake *who, struct bytes frame)
{
	put_bytes(who, frame.at, frame.len);
}

static void
put_head(struct fake *who, const struct scgi_var *extra, size_t count)
{
	struct scgi_var vars[12] = {
		{ "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" },
		{ "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/derp" },
		{ "REMOTE_ADDR", "192.0.2.1" },
	};
	struct buf out;
	size_t n = 5;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		while (at < n && strcmp(vars[at].name, extra[i].name) != 0)
			at++;
		vars[at] = extra[i];
		n = at == n ? n + 1 : n;
	}
	buf_init(&out, f.mem, 64 * 1024);
	scgi_put_head(&out, vars, n);
	put_bytes(who, out.bytes, out.len);
}

static bool
is_over(int64_t until)
{
	return clock_now_ms() > until;
}

static void
wait_end(struct fake *who)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;

	while (!who->ended && !is_over(until))
		turn(who);
	assert_true(who->ended);
}

/* The head of an answer, as text; what follows stays. */
static const char *
wait_head(struct fake *who)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	uint8_t *end = NULL;

	while (!end && !is_over(until)) {
		turn(who);
		end = memmem(who->in, who->in_len, "\r\n\r\n", 4);
	}
	assert_non_null(end);
	who->in_at = (size_t)(end - who->in) + 4;
	return arena_printf(
		f.mem, "%.*s", (int)(end - who->in) + 2, (char *)who->in);
}

static struct derp_frame
wait_frame(struct fake *who)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	struct derp_frame frame = { 0 };

	for (;;) {
		struct bytes in = { who->in + who->in_at,
			who->in_len - who->in_at };

		if (derp_client_next(&in, &frame)) {
			who->in_at = who->in_len - in.len;
			return frame;
		}
		assert_false(is_over(until));
		turn(who);
	}
}

static void
expect_packet(struct fake *who, const struct fake *from, const char *text)
{
	struct derp_frame frame = wait_frame(who);

	assert_int_equal(frame.type, DERP_RECV_PACKET);
	assert_memory_equal(frame.body.at, from->is.public, DERP_KEY_LEN);
	assert_int_equal(frame.body.len, DERP_KEY_LEN + strlen(text));
	assert_memory_equal(frame.body.at + DERP_KEY_LEN, text, strlen(text));
}

static void
ask_upgrade(struct fake *who)
{
	static const struct scgi_var upgrade = { "HTTP_UPGRADE", "DERP" };

	put_head(who, &upgrade, 1);
}

static void
say_hello(struct fake *who)
{
	put(who, derp_client_info(&who->is, relay_public(f.relay),
			 "{\"version\":2,\"CanAckPings\":true}"));
}

static struct fake *
join(void)
{
	struct fake *who = connect_one();

	ask_upgrade(who);
	wait_head(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
	say_hello(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_INFO);
	return who;
}

static void
send_text(struct fake *from, const struct fake *to, const char *text)
{
	put(from, derp_client_packet(&from->is, &to->is, text, strlen(text)));
}

static int64_t
left(enum leave why)
{
	return server_counts(f.server)->left[why];
}

/* Upgrade. */

static void
an_upgrade_is_answered_with_101_and_the_key(void **state)
{
	struct fake *who = connect_one();
	char key[65];
	const char *head;

	(void)state;
	ask_upgrade(who);
	head = wait_head(who);
	text_hex(key, relay_public(f.relay), 32);
	assert_string_equal(head,
		arena_printf(f.mem,
			"Status: 101 Switching Protocols\r\nUpgrade: DERP\r\n"
			"Derp-Version: 2\r\nDerp-Public-Key: %s\r\n",
			key));
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
}

static void
fast_start_has_no_head(void **state)
{
	static const struct scgi_var vars[] = { { "HTTP_UPGRADE", "DERP" },
		{ "HTTP_DERP_FAST_START", "1" } };
	struct fake *who = connect_one();

	(void)state;
	put_head(who, vars, 2);
	say_hello(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_INFO);
}

static void
a_head_and_a_hello_in_one_write_are_both_read(void **state)
{
	static const struct scgi_var vars[] = { { "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/derp" }, { "CONTENT_LENGTH", "0" },
		{ "HTTP_UPGRADE", "derp" } };
	struct fake *who = connect_one();
	struct bytes hello = derp_client_info(
		&who->is, relay_public(f.relay), "{\"version\":2}");
	struct buf out;

	(void)state;
	buf_init(&out, f.mem, 4096);
	scgi_put_head(&out,
		(struct scgi_var[]){ vars[2], vars[0], vars[1], vars[3] }, 4);
	buf_put(&out, hello.at, hello.len);
	put_bytes(who, out.bytes, out.len);
	wait_head(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_INFO);
}

static void
a_handshake_byte_by_byte_succeeds(void **state)
{
	struct fake *who = connect_one();
	struct bytes hello;

	(void)state;
	ask_upgrade(who);
	hello = derp_client_info(
		&who->is, relay_public(f.relay), "{\"version\":2}");
	for (size_t i = 0; i < hello.len; i++) {
		put_bytes(who, hello.at + i, 1);
		turn(who);
	}
	wait_head(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_INFO);
}

static void
the_small_pages_answer_and_close(void **state)
{
	static const struct {
		const char *path, *method, *status;
	} cases[] = {
		{ "/derp", "GET", "Status: 426 " },
		{ "/derp", "POST", "Status: 405 " },
		{ "/derp/probe", "GET", "Status: 200 " },
		{ "/derp/latency-check", "HEAD", "Status: 200 " },
		{ "/derp/latency-check", "POST", "Status: 405 " },
		{ "/generate_204", "GET", "Status: 204 " },
		{ "/derp/elsewhere", "GET", "Status: 404 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct scgi_var vars[] = {
			{ "DOCUMENT_URI", cases[i].path },
			{ "REQUEST_METHOD", cases[i].method },
		};
		struct fake *who = connect_one();

		put_head(who, vars, 2);
		wait_end(who);
		assert_true(text_starts((char *)who->in, cases[i].status));
	}
	assert_int_equal(left(LEAVE_ANSWERED), 7);
}

static void
probes_may_be_asked_from_any_page(void **state)
{
	static const struct scgi_var path = { "DOCUMENT_URI", "/derp/probe" };
	struct fake *who = connect_one();

	(void)state;
	put_head(who, &path, 1);
	assert_non_null(
		strstr(wait_head(who), "Access-Control-Allow-Origin: *\r\n"));
}

static void
only_a_clean_challenge_is_given_back(void **state)
{
	static const char *const challenges[] = { "ts_", "ts.x:1-A",
		"a\r\nX: b" };
	static const bool clean[] = { true, true, false };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct scgi_var vars[] = {
			{ "DOCUMENT_URI", "/generate_204" },
			{ "HTTP_X_TAILSCALE_CHALLENGE", challenges[i] },
		};
		struct fake *who = connect_one();

		put_head(who, vars, 2);
		assert_int_equal(clean[i],
			strstr(wait_head(who), "X-Tailscale-Response") != NULL);
	}
}

static void
what_is_no_scgi_is_closed(void **state)
{
	struct fake *who = connect_one();

	(void)state;
	put_bytes(who, "GET /derp HTTP/1.1\r\n\r\n", 22);
	wait_end(who);
	assert_int_equal(left(LEAVE_BAD_REQUEST), 1);
}

static void
a_head_that_is_too_long_is_closed(void **state)
{
	static const char filler[2 * SCGI_HEAD_MAX];
	struct fake *who = connect_one();

	(void)state;
	put_bytes(who, "16000:", 6);
	put_bytes(who, filler, sizeof(filler));
	wait_end(who);
	assert_int_equal(left(LEAVE_BAD_REQUEST), 1);
}

/* Packets. */

static void
packets_travel_and_departures_are_told(void **state)
{
	struct fake *a = join(), *b = join();
	struct derp_frame frame;

	(void)state;
	send_text(a, b, "over there");
	expect_packet(b, a, "over there");
	send_text(b, a, "and back");
	expect_packet(a, b, "and back");
	shutdown(b->fd, SHUT_RDWR);
	frame = wait_frame(a);
	assert_int_equal(frame.type, DERP_PEER_GONE);
	assert_memory_equal(frame.body.at, b->is.public, DERP_KEY_LEN);
	assert_int_equal(frame.body.at[DERP_KEY_LEN], DERP_GONE_DISCONNECTED);
	put(a, derp_client_disco(&a->is, &b->is, 1));
	frame = wait_frame(a);
	assert_int_equal(frame.type, DERP_PEER_GONE);
	assert_int_equal(frame.body.at[DERP_KEY_LEN], DERP_GONE_NOT_HERE);
}

static void
a_ping_comes_back(void **state)
{
	struct fake *a = join();
	struct derp_frame frame;

	(void)state;
	put(a, derp_client_frame(&a->is, DERP_PING, "12345678", 8));
	frame = wait_frame(a);
	assert_int_equal(frame.type, DERP_PONG);
	assert_memory_equal(frame.body.at, "12345678", 8);
}

static void
a_megabyte_arrives_whole_and_in_order(void **state)
{
	static uint8_t packet[1200];
	struct fake *a = join(), *b = join();

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct derp_frame frame;

		memcpy(packet, &i, sizeof(i));
		put(a, derp_client_packet(
			       &a->is, &b->is, packet, sizeof(packet)));
		if (i % 16)
			continue;
		for (uint32_t n = i ? i - 15 : 0; n <= i; n++) {
			frame = wait_frame(b);
			assert_memory_equal(
				frame.body.at + DERP_KEY_LEN, &n, sizeof(n));
		}
	}
}

static void
an_unknown_node_is_closed_before_server_info(void **state)
{
	struct fake *who = connect_one();

	(void)state;
	f.stranger = &who->is;
	ask_upgrade(who);
	wait_head(who);
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
	say_hello(who);
	wait_end(who);
	assert_int_equal(who->in_at, who->in_len);
	assert_int_equal(left(LEAVE_NOT_ADMITTED), 1);
}

static void
a_packet_too_big_closes_only_its_sender(void **state)
{
	static const uint8_t big[DERP_PACKET_MAX + 1];
	struct fake *a = join(), *b = join(), *c = join();

	(void)state;
	put(a, derp_client_packet(&a->is, &b->is, big, sizeof(big)));
	wait_end(a);
	assert_int_equal(left(LEAVE_TOO_BIG), 1);
	send_text(c, b, "still here");
	expect_packet(b, c, "still here");
}

static void
mesh_frames_close(void **state)
{
	struct fake *a = join();

	(void)state;
	put(a, derp_client_frame(&a->is, DERP_WATCH_CONNS, NULL, 0));
	wait_end(a);
	assert_int_equal(left(LEAVE_MESH), 1);
}

static void
a_deleted_node_is_out_with_the_next_tick(void **state)
{
	struct fake *a = join(), *b = join();

	(void)state;
	f.stranger = &b->is;
	server_tick(f.server, clock_now_ms());
	wait_end(b);
	assert_int_equal(left(LEAVE_REVOKED), 1);
	put(a, derp_client_frame(&a->is, DERP_PING, "12345678", 8));
	assert_int_equal(wait_frame(a).type, DERP_PONG);
}

/* Fills b's socket and queue without b reading. */
static void
flood(struct fake *a, struct fake *b)
{
	static const uint8_t bulk[16 * 1024];

	for (int i = 0; i < 100; i++)
		put(a, derp_client_packet(&a->is, &b->is, bulk, sizeof(bulk)));
}

static void
who_does_not_read_is_closed_and_nobody_else_notices(void **state)
{
	struct fake *a = join(), *b = join(), *c = join();
	int64_t now_ms;

	(void)state;
	flood(a, b);
	assert_true(relay_counts(f.relay)->dropped_queue > 0);
	send_text(a, c, "through");
	expect_packet(c, a, "through");
	now_ms = clock_now_ms();
	server_tick(f.server, now_ms);
	assert_int_equal(left(LEAVE_STALLED), 0);
	server_tick(f.server, now_ms + TUNNEL_STALL_MS + 1);
	assert_int_equal(left(LEAVE_STALLED), 1);
	wait_end(b);
	send_text(c, a, "still");
	expect_packet(a, c, "still");
}

static void
who_reads_again_gets_the_newest(void **state)
{
	struct fake *a = join(), *b = join();
	struct derp_frame frame;

	(void)state;
	flood(a, b);
	send_text(a, b, "the newest");
	do
		frame = wait_frame(b);
	while (frame.body.len > 1000);
	assert_memory_equal(frame.body.at + DERP_KEY_LEN, "the newest", 10);
	assert_int_equal(left(LEAVE_STALLED), 0);
}

static void
who_sends_too_fast_waits_but_loses_nothing(void **state)
{
	static const uint8_t bulk[60000];
	struct fake *a, *b = join();
	int64_t begin;

	(void)state;
	relay_set_rate(f.relay, 1000 * 1000);
	a = join();
	begin = clock_now_ms();
	/* 2 MB are a burst; the rest takes a tenth of a second. */
	for (int i = 0; i < 35; i++) {
		put(a, derp_client_packet(&a->is, &b->is, bulk, sizeof(bulk)));
		assert_int_equal(wait_frame(b).type, DERP_RECV_PACKET);
		b->in_len = b->in_at = 0;
	}
	put(a, derp_client_frame(&a->is, DERP_PING, "12345678", 8));
	assert_int_equal(wait_frame(a).type, DERP_PONG);
	assert_true(clock_now_ms() - begin >= 90);
}

/* Limits. */

static void
a_handshake_has_ten_seconds(void **state)
{
	struct fake *silent = connect_one(), *b = connect_one();

	(void)state;
	ask_upgrade(b);
	wait_head(b);
	server_tick(f.server, clock_now_ms() + HANDSHAKE_MS - 1000);
	turn(silent);
	assert_false(silent->ended);
	server_tick(f.server, clock_now_ms() + HANDSHAKE_MS);
	wait_end(silent);
	wait_end(b);
	assert_int_equal(left(LEAVE_HANDSHAKE), 2);
}

static void
of_too_many_half_open_the_oldest_goes(void **state)
{
	struct fake *whole = join(), *first = connect_one();

	(void)state;
	for (int i = 1; i < HALF_OPEN; i++)
		connect_one();
	turn(first);
	assert_false(first->ended);
	connect_one();
	wait_end(first);
	assert_int_equal(left(LEAVE_HALF_OPEN), 1);
	turn(whole);
	assert_false(whole->ended);
}

static void
of_too_many_in_all_those_who_were_let_in_stay(void **state)
{
	struct fake *late, *first = join();

	(void)state;
	for (int i = 1; i < TOTAL; i++)
		join();
	late = connect_one();
	wait_end(late);
	assert_int_equal(left(LEAVE_TOO_MANY), 1);
	turn(first);
	assert_false(first->ended);
}

static void
at_the_end_clients_are_told(void **state)
{
	struct fake *a = join();

	(void)state;
	server_stop(f.server);
	assert_int_equal(wait_frame(a).type, DERP_RESTARTING);
	wait_end(a);
}

/* WebSocket. */

/* A masked frame as a browser sends it; less than 126 bytes. */
static void
put_message(struct fake *who, uint8_t opcode, const void *bytes, size_t len)
{
	static const uint8_t mask[4] = { 1, 2, 3, 4 };
	uint8_t out[140];

	assert_true(len < 126);
	out[0] = 0x80 | opcode;
	out[1] = (uint8_t)(0x80 | len);
	memcpy(out + 2, mask, 4);
	for (size_t i = 0; i < len; i++)
		out[6 + i] = ((const uint8_t *)bytes)[i] ^ mask[i % 4];
	put_bytes(who, out, 6 + len);
}

/* The content of the next message, which is short. */
static struct bytes
wait_message(struct fake *who, uint8_t opcode)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	const uint8_t *at = who->in + who->in_at;
	size_t len;

	while (who->in_len - who->in_at < 2 ||
		who->in_len - who->in_at < 2u + at[1]) {
		assert_false(is_over(until));
		turn(who);
	}
	assert_int_equal(at[0], 0x80 | opcode);
	len = at[1];
	who->in_at += 2 + len;
	return (struct bytes){ at + 2, len };
}

static struct fake *
open_websocket(void)
{
	static const struct scgi_var vars[] = {
		{ "HTTP_UPGRADE", "websocket" },
		{ "HTTP_SEC_WEBSOCKET_PROTOCOL", "chat, derp" },
		{ "HTTP_SEC_WEBSOCKET_KEY", "dGhlIHNhbXBsZSBub25jZQ==" },
		{ "HTTP_SEC_WEBSOCKET_VERSION", "13" },
	};
	struct fake *who = connect_one();
	const char *head;

	put_head(who, vars, 4);
	head = wait_head(who);
	/* The key and its answer are those of RFC 6455 1.3. */
	assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_non_null(strstr(head, "Sec-WebSocket-Protocol: derp\r\n"));
	return who;
}

static void
a_browser_joins_by_websocket(void **state)
{
	struct fake *who = open_websocket(), *a = join();
	struct bytes hello, message;

	(void)state;
	assert_int_equal(wait_message(who, 2).at[0], DERP_SERVER_KEY);
	hello = derp_client_info(
		&who->is, relay_public(f.relay), "{\"version\":2}");
	/* Cut where no frame ends. */
	put_message(who, 2, hello.at, 30);
	put_message(who, 2, hello.at + 30, hello.len - 30);
	assert_int_equal(wait_message(who, 2).at[0], DERP_SERVER_INFO);
	send_text(a, who, "to the browser");
	message = wait_message(who, 2);
	assert_int_equal(message.len, DERP_HEAD_LEN + DERP_KEY_LEN + 14);
	assert_memory_equal(message.at + DERP_HEAD_LEN + DERP_KEY_LEN,
		"to the browser", 14);
}

/* The browser's library reads messages of 32 KiB at most. */
static void
a_long_packet_reaches_a_browser_in_messages(void **state)
{
	static const uint8_t big[DERP_PACKET_MAX];
	size_t wanted = DERP_HEAD_LEN + DERP_KEY_LEN + sizeof(big);
	struct fake *who = open_websocket(), *a = join();
	struct bytes hello = derp_client_info(
		&who->is, relay_public(f.relay), "{\"version\":2}");
	int64_t until = clock_now_ms() + PATIENCE_MS;
	size_t at;

	(void)state;
	wait_message(who, 2);
	put_message(who, 2, hello.at, hello.len);
	wait_message(who, 2);
	put(a, derp_client_packet(&a->is, &who->is, big, sizeof(big)));
	while (who->in_len - who->in_at < wanted + 4 + 4 + 2 && !is_over(until))
		turn(who);
	for (at = who->in_at; wanted; at += 4) {
		size_t len = (size_t)who->in[at + 2] << 8 | who->in[at + 3];

		assert_memory_equal(who->in + at, "\x82\x7e", 2);
		assert_in_range(len, 1, WEBSOCKET_MESSAGE_MAX);
		assert_true(len <= wanted);
		wanted -= len;
		at += len;
		if (wanted && wanted < 126)
			break;
	}
	assert_in_range(wanted, 0, 125);
}

static void
websocket_pings_are_answered_and_text_is_refused(void **state)
{
	struct fake *who = open_websocket();
	struct bytes message;

	(void)state;
	assert_int_equal(wait_message(who, 2).at[0], DERP_SERVER_KEY);
	put_message(who, 9, "hi", 2);
	message = wait_message(who, 10);
	assert_int_equal(message.len, 2);
	assert_memory_equal(message.at, "hi", 2);
	put_message(who, 1, "text", 4);
	message = wait_message(who, 8);
	assert_int_equal(message.at[0] << 8 | message.at[1], 1003);
	wait_end(who);
}

static void
websocket_without_the_name_is_plain_derp(void **state)
{
	static const struct scgi_var upgrade = { "HTTP_UPGRADE", "WebSocket" };
	struct fake *who = connect_one();

	(void)state;
	put_head(who, &upgrade, 1);
	assert_non_null(strstr(wait_head(who), "Upgrade: DERP\r\n"));
	assert_int_equal(wait_frame(who).type, DERP_SERVER_KEY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_upgrade_is_answered_with_101_and_the_key),
		TEST(fast_start_has_no_head),
		TEST(a_head_and_a_hello_in_one_write_are_both_read),
		TEST(a_handshake_byte_by_byte_succeeds),
		TEST(the_small_pages_answer_and_close),
		TEST(probes_may_be_asked_from_any_page),
		TEST(only_a_clean_challenge_is_given_back),
		TEST(what_is_no_scgi_is_closed),
		TEST(a_head_that_is_too_long_is_closed),
		TEST(packets_travel_and_departures_are_told),
		TEST(a_ping_comes_back),
		TEST(a_megabyte_arrives_whole_and_in_order),
		TEST(an_unknown_node_is_closed_before_server_info),
		TEST(a_packet_too_big_closes_only_its_sender),
		TEST(mesh_frames_close),
		TEST(a_deleted_node_is_out_with_the_next_tick),
		TEST(who_does_not_read_is_closed_and_nobody_else_notices),
		TEST(who_reads_again_gets_the_newest),
		TEST(who_sends_too_fast_waits_but_loses_nothing),
		TEST(a_handshake_has_ten_seconds),
		TEST(of_too_many_half_open_the_oldest_goes),
		TEST(of_too_many_in_all_those_who_were_let_in_stay),
		TEST(at_the_end_clients_are_told),
		TEST(a_browser_joins_by_websocket),
		TEST(a_long_packet_reaches_a_browser_in_messages),
		TEST(websocket_pings_are_answered_and_text_is_refused),
		TEST(websocket_without_the_name_is_plain_derp),
	};

	return cmocka_run_group_tests_name("relay/tunnel", tests, NULL, NULL);
}
