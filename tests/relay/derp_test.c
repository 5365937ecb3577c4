#include "worker/relay/derp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/box.h"
#include "tests/lib/derp_client.h"
#include "worker/relay/queue.h"

enum {
	FAKES_MAX = 12,
	OUT_MAX = 512 * 1024,
};

/* A client with a hand in place of its socket. */
struct fake {
	struct derp_client is;
	struct client *client;
	bool reads; /* flush finds room in its socket */
	bool woken, resumed;
	enum leave closed;
	uint8_t out[OUT_MAX];
	size_t out_len, out_at;
};

static struct fixture {
	struct arena *mem;
	struct relay *relay;
	int64_t now_ms;
	struct fake fakes[FAKES_MAX];
	size_t count;
	const struct derp_client *stranger; /* not admitted */
	bool later; /* who is admitted must be asked for */
} f;

static void
pull(struct fake *who)
{
	who->woken = false;
	while (OUT_MAX - who->out_len >= DERP_FRAME_MAX) {
		size_t len = relay_pull(who->client, who->out + who->out_len,
			OUT_MAX - who->out_len);

		if (!len)
			return;
		who->out_len += len;
	}
}

static void
on_wake(void *conn)
{
	((struct fake *)conn)->woken = true;
}

static void
on_flush(void *conn)
{
	struct fake *who = conn;

	if (who->reads)
		pull(who);
}

static void
on_close(void *conn, enum leave why)
{
	struct fake *who = conn;

	who->closed = why;
	relay_leave(who->client);
	who->client = NULL;
}

static void
on_resume(void *conn)
{
	((struct fake *)conn)->resumed = true;
}

static bool
is_kept(void *arg, const uint8_t key[32])
{
	(void)arg;
	return !f.stranger ||
	       memcmp(f.stranger->public, key, DERP_KEY_LEN) != 0;
}

static int64_t
is_admitted(void *arg, const uint8_t key[32])
{
	if (f.later)
		return ADMIT_LATER;
	return is_kept(arg, key) ? 12 : 0;
}

static int
setup(void **state)
{
	static const struct relay_calls calls = { on_wake, on_flush, on_close,
		on_resume };
	static const struct admit admit = { is_admitted, is_kept, NULL };
	uint8_t private[DERP_KEY_LEN];

	(void)state;
	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	box_private(private);
	f.relay = relay_new(&calls, private, &admit);
	f.now_ms = 1000000;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < f.count; i++)
		if (f.fakes[i].client)
			relay_leave(f.fakes[i].client);
	relay_free(f.relay);
	arena_free(f.mem);
	return 0;
}

static struct fake *
connect_one(void)
{
	struct fake *who = &f.fakes[f.count++];

	assert_true(f.count <= FAKES_MAX);
	derp_client_init(&who->is, f.mem);
	who->reads = true;
	who->client = relay_join(f.relay, who, f.now_ms);
	return who;
}

static void
put(struct fake *who, struct bytes frame)
{
	while (frame.len) {
		size_t len =
			frame.len < RELAY_READ_MAX ? frame.len : RELAY_READ_MAX;
		enum leave why =
			relay_input(who->client, frame.at, len, f.now_ms);

		if (why) {
			on_close(who, why);
			return;
		}
		frame.at += len;
		frame.len -= len;
	}
}

static void
say_hello(struct fake *who, const char *json)
{
	put(who, derp_client_info(&who->is, relay_public(f.relay), json));
}

static struct derp_frame
next(struct fake *who)
{
	struct derp_frame frame = { 0 };
	struct bytes in;

	if (who->client)
		pull(who);
	in = (struct bytes){ who->out + who->out_at,
		who->out_len - who->out_at };
	if (derp_client_next(&in, &frame))
		who->out_at = who->out_len - in.len;
	return frame;
}

static void
expect_nothing(struct fake *who)
{
	assert_int_equal(next(who).type, DERP_NONE);
}

static void
expect_packet(struct fake *who, const struct fake *from, const char *text)
{
	struct derp_frame frame = next(who);

	assert_int_equal(frame.type, DERP_RECV_PACKET);
	assert_int_equal(frame.body.len, DERP_KEY_LEN + strlen(text));
	assert_memory_equal(frame.body.at, from->is.public, DERP_KEY_LEN);
	assert_memory_equal(frame.body.at + DERP_KEY_LEN, text, strlen(text));
}

static void
expect_gone(struct fake *who, const struct derp_client *peer, int reason)
{
	struct derp_frame frame = next(who);

	assert_int_equal(frame.type, DERP_PEER_GONE);
	assert_int_equal(frame.body.len, DERP_PEER_GONE_LEN);
	assert_memory_equal(frame.body.at, peer->public, DERP_KEY_LEN);
	assert_int_equal(frame.body.at[DERP_KEY_LEN], reason);
}

static struct fake *
join(void)
{
	struct fake *who = connect_one();

	say_hello(who, "{\"version\":2,\"CanAckPings\":true}");
	assert_int_equal(next(who).type, DERP_SERVER_KEY);
	assert_int_equal(next(who).type, DERP_SERVER_INFO);
	expect_nothing(who);
	return who;
}

/* Another connection of the same node. */
static struct fake *
join_again(const struct fake *other)
{
	struct fake *who = connect_one();

	who->is = other->is;
	say_hello(who, "{\"version\":2}");
	assert_int_equal(next(who).type, DERP_SERVER_KEY);
	assert_int_equal(next(who).type, DERP_SERVER_INFO);
	return who;
}

static void
send_text(struct fake *from, const struct fake *to, const char *text)
{
	put(from, derp_client_packet(&from->is, &to->is, text, strlen(text)));
}

/* Handshake. */

static void
the_server_key_comes_first_and_unasked(void **state)
{
	struct fake *who = connect_one();
	struct derp_frame frame;

	(void)state;
	assert_true(who->woken);
	frame = next(who);
	assert_int_equal(frame.type, DERP_SERVER_KEY);
	assert_memory_equal(
		frame.body.at + 8, relay_public(f.relay), DERP_KEY_LEN);
	expect_nothing(who);
	assert_false(relay_is_welcome(who->client));
}

static void
a_node_of_the_tailnet_is_welcome(void **state)
{
	struct fake *who = join();

	(void)state;
	assert_true(relay_is_welcome(who->client));
	assert_int_equal(relay_node(who->client), 12);
	assert_int_equal(relay_counts(f.relay)->clients, 1);
}

static void
an_unknown_node_is_refused_before_server_info(void **state)
{
	struct fake *who = connect_one();

	(void)state;
	f.stranger = &who->is;
	say_hello(who, "{\"version\":2}");
	assert_int_equal(who->closed, LEAVE_NOT_ADMITTED);
	assert_int_equal(who->out_len, 0);
	assert_int_equal(relay_counts(f.relay)->clients, 0);
}

static void
who_names_a_mesh_key_is_refused(void **state)
{
	struct fake *who = connect_one();

	(void)state;
	say_hello(who, "{\"meshKey\":\"ab\",\"version\":2}");
	assert_int_equal(who->closed, LEAVE_MESH);
}

static void
a_box_that_does_not_open_is_refused(void **state)
{
	struct fake *who = connect_one();

	(void)state;
	put(who, derp_client_info(&who->is, who->is.public, "{}"));
	assert_int_equal(who->closed, LEAVE_BAD_BOX);
}

static void
mesh_frames_end_the_connection(void **state)
{
	static const enum derp_type types[] = { DERP_FORWARD_PACKET,
		DERP_WATCH_CONNS, DERP_CLOSE_PEER };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fake *who = join();

		put(who, derp_client_frame(&who->is, types[i], NULL, 64));
		assert_int_equal(who->closed, LEAVE_MESH);
	}
}

static void
a_handshake_takes_ten_seconds_at_most(void **state)
{
	struct fake *slow = connect_one(), *quick = join();

	(void)state;
	f.now_ms += HANDSHAKE_MS - 1;
	relay_tick(f.relay, f.now_ms);
	assert_non_null(slow->client);
	f.now_ms++;
	relay_tick(f.relay, f.now_ms);
	assert_int_equal(slow->closed, LEAVE_HANDSHAKE);
	assert_non_null(quick->client);
}

/* Packets. */

static void
a_packet_reaches_the_one_it_is_for(void **state)
{
	struct fake *a = join(), *b = join(), *c = join();

	(void)state;
	send_text(a, b, "hello");
	assert_true(b->woken);
	expect_packet(b, a, "hello");
	expect_nothing(b);
	expect_nothing(c);
	send_text(b, a, "");
	expect_packet(a, b, "");
}

static void
packets_cut_anywhere_arrive_whole(void **state)
{
	struct fake *a = join(), *b = join();
	struct bytes frame = derp_client_packet(&a->is, &b->is, "in pieces", 9);

	(void)state;
	for (size_t i = 0; i < frame.len; i++)
		put(a, (struct bytes){ frame.at + i, 1 });
	expect_packet(b, a, "in pieces");
}

static void
a_packet_of_64_kib_passes_and_one_more_byte_ends_it(void **state)
{
	static const uint8_t big[DERP_PACKET_MAX + 1];
	struct fake *a = join(), *b = join();

	(void)state;
	put(a, derp_client_packet(&a->is, &b->is, big, DERP_PACKET_MAX));
	assert_int_equal(next(b).body.len, DERP_KEY_LEN + DERP_PACKET_MAX);
	put(a, derp_client_packet(&a->is, &b->is, big, DERP_PACKET_MAX + 1));
	assert_int_equal(a->closed, LEAVE_TOO_BIG);
	assert_non_null(b->client);
}

static void
who_does_not_read_loses_the_oldest_and_nobody_else_waits(void **state)
{
	struct fake *a = join(), *slow = join(), *b = join();
	char text[8];

	(void)state;
	slow->reads = false;
	for (int i = 0; i < QUEUE_PACKETS_MAX + 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(a, slow, text);
		send_text(a, b, text);
		expect_packet(b, a, text);
	}
	for (int i = 3; i < QUEUE_PACKETS_MAX + 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		expect_packet(slow, a, text);
	}
	expect_nothing(slow);
	assert_int_equal(relay_counts(f.relay)->dropped_queue, 3);
}

static void
who_reads_loses_nothing_of_a_burst(void **state)
{
	struct fake *a = join(), *b = join();

	(void)state;
	for (int i = 0; i < 10 * QUEUE_PACKETS_MAX; i++)
		send_text(a, b, "x");
	for (int i = 0; i < 10 * QUEUE_PACKETS_MAX; i++)
		expect_packet(b, a, "x");
	assert_int_equal(relay_counts(f.relay)->dropped_queue, 0);
}

static void
bulk_does_not_push_out_disco(void **state)
{
	struct fake *a = join(), *slow = join();
	bool found = false;

	(void)state;
	slow->reads = false;
	put(a, derp_client_disco(&a->is, &slow->is, 7));
	for (int i = 0; i < 3 * QUEUE_PACKETS_MAX; i++)
		send_text(a, slow, "bulk");
	for (int i = 0; i < QUEUE_PACKETS_MAX + 1; i++) {
		struct derp_frame frame = next(slow);

		assert_int_equal(frame.type, DERP_RECV_PACKET);
		found = found || frame.body.len == DERP_KEY_LEN + 62;
	}
	assert_true(found);
	expect_nothing(slow);
}

static void
a_queue_holds_256_kib_at_most(void **state)
{
	static const uint8_t big[DERP_PACKET_MAX];
	struct fake *a = join(), *slow = join();
	size_t count = 0;

	(void)state;
	slow->reads = false;
	for (int i = 0; i < QUEUE_PACKETS_MAX; i++)
		put(a, derp_client_packet(
			       &a->is, &slow->is, big, DERP_PACKET_MAX));
	while (next(slow).type == DERP_RECV_PACKET)
		count++;
	assert_int_equal(count, QUEUE_BYTES_MAX / (DERP_PACKET_MAX + 37));
}

/* Who is not there. */

static void
disco_to_nobody_is_answered_not_here(void **state)
{
	struct fake *a = join();
	struct derp_client nobody;

	(void)state;
	derp_client_init(&nobody, f.mem);
	put(a, derp_client_disco(&a->is, &nobody, 1));
	expect_gone(a, &nobody, DERP_GONE_NOT_HERE);
	put(a, derp_client_packet(&a->is, &nobody, "no disco", 8));
	expect_nothing(a);
	assert_int_equal(relay_counts(f.relay)->dropped_unknown, 2);
}

static void
not_here_is_said_three_times_and_then_once_a_second(void **state)
{
	struct fake *a = join();
	struct derp_client nobody;

	(void)state;
	derp_client_init(&nobody, f.mem);
	for (int i = 0; i < 10; i++)
		put(a, derp_client_disco(&a->is, &nobody, 1));
	for (int i = 0; i < 3; i++)
		expect_gone(a, &nobody, DERP_GONE_NOT_HERE);
	expect_nothing(a);
	f.now_ms += GONE_EACH_MS;
	put(a, derp_client_disco(&a->is, &nobody, 1));
	put(a, derp_client_disco(&a->is, &nobody, 1));
	expect_gone(a, &nobody, DERP_GONE_NOT_HERE);
	expect_nothing(a);
}

static void
who_received_from_a_node_hears_that_it_left(void **state)
{
	struct fake *a = join(), *b = join(), *c = join();

	(void)state;
	send_text(b, a, "x");
	expect_packet(a, b, "x");
	send_text(c, b, "y");
	expect_packet(b, c, "y");
	on_close(b, LEAVE_HUNG_UP);
	expect_gone(a, &b->is, DERP_GONE_DISCONNECTED);
	expect_nothing(a);
	expect_nothing(c);
}

static void
notes_of_the_gone_are_bounded(void **state)
{
	struct fake *a = join();
	struct derp_client nobody;
	size_t count = 0;

	(void)state;
	derp_client_init(&nobody, f.mem);
	for (int i = 0; i < 3 * GONE_MAX; i++) {
		put(a, derp_client_disco(&a->is, &nobody, 1));
		f.now_ms += GONE_EACH_MS;
	}
	while (next(a).type == DERP_PEER_GONE)
		count++;
	assert_int_equal(count, GONE_MAX);
}

/* Two connections of one node. */

static void
the_newest_of_one_key_receives(void **state)
{
	struct fake *a = join(), *old = join(), *new = join_again(old);

	(void)state;
	send_text(a, old, "x");
	expect_packet(new, a, "x");
	expect_nothing(old);
	assert_non_null(old->client);
}

static void
whoever_speaks_receives(void **state)
{
	static const uint8_t home = 1;
	struct fake *a = join(), *old = join(), *new = join_again(old);

	(void)state;
	put(old, derp_client_frame(&old->is, DERP_NOTE_PREFERRED, &home, 1));
	send_text(a, old, "x");
	expect_packet(old, a, "x");
	expect_nothing(new);
}

static void
a_node_is_gone_with_its_last_connection(void **state)
{
	struct fake *a = join(), *old = join(), *new = join_again(old);

	(void)state;
	send_text(new, a, "x");
	expect_packet(a, old, "x");
	on_close(new, LEAVE_HUNG_UP);
	expect_nothing(a);
	send_text(a, old, "y");
	expect_packet(old, a, "y");
	on_close(old, LEAVE_HUNG_UP);
	expect_gone(a, &old->is, DERP_GONE_DISCONNECTED);
}

static void
one_key_has_eight_connections_at_most(void **state)
{
	struct fake *first = join();

	(void)state;
	for (int i = 1; i < SAME_KEY_MAX; i++)
		join_again(first);
	assert_non_null(first->client);
	join_again(first);
	assert_int_equal(first->closed, LEAVE_SAME_KEY);
	assert_int_equal(relay_counts(f.relay)->clients, SAME_KEY_MAX);
}

/* Small frames. */

static void
a_ping_gets_its_first_eight_bytes_back(void **state)
{
	struct fake *a = join();
	struct derp_frame frame;

	(void)state;
	put(a, derp_client_frame(&a->is, DERP_PING, "12345678more", 12));
	frame = next(a);
	assert_int_equal(frame.type, DERP_PONG);
	assert_int_equal(frame.body.len, 8);
	assert_memory_equal(frame.body.at, "12345678", 8);
}

static void
one_pong_waits_and_more_pings_are_ignored(void **state)
{
	struct fake *a = join();
	struct derp_frame frame;

	(void)state;
	put(a, derp_client_frame(&a->is, DERP_PING, "first...", 8));
	put(a, derp_client_frame(&a->is, DERP_PING, "second..", 8));
	frame = next(a);
	assert_int_equal(frame.type, DERP_PONG);
	assert_memory_equal(frame.body.at, "first...", 8);
	expect_nothing(a);
}

static void
homes_are_counted(void **state)
{
	struct fake *a = join();

	(void)state;
	put(a, derp_client_frame(&a->is, DERP_NOTE_PREFERRED, "\1", 1));
	put(a, derp_client_frame(&a->is, DERP_NOTE_PREFERRED, "\1", 1));
	assert_int_equal(relay_counts(f.relay)->homes, 1);
	on_close(a, LEAVE_HUNG_UP);
	assert_int_equal(relay_counts(f.relay)->homes, 0);
}

static void
keep_alives_come_after_50_to_55_seconds_whatever_else_is_sent(void **state)
{
	struct fake *a = join(), *b = join();

	(void)state;
	f.now_ms += KEEP_ALIVE_MIN_MS - 1;
	relay_tick(f.relay, f.now_ms);
	send_text(b, a, "x");
	expect_packet(a, b, "x");
	expect_nothing(a);
	f.now_ms += KEEP_ALIVE_MAX_MS - KEEP_ALIVE_MIN_MS + 1;
	relay_tick(f.relay, f.now_ms);
	assert_true(a->woken);
	assert_int_equal(next(a).type, DERP_KEEP_ALIVE);
	expect_nothing(a);
}

static void
health_is_told_to_those_here_and_those_who_come(void **state)
{
	struct fake *a = join(), *b;
	struct derp_frame frame;

	(void)state;
	relay_health(f.relay, "no database");
	relay_health(f.relay, "no database");
	frame = next(a);
	assert_int_equal(frame.type, DERP_HEALTH);
	assert_int_equal(frame.body.len, strlen("no database"));
	expect_nothing(a);
	b = connect_one();
	say_hello(b, "{}");
	assert_int_equal(next(b).type, DERP_SERVER_KEY);
	assert_int_equal(next(b).type, DERP_SERVER_INFO);
	assert_int_equal(next(b).type, DERP_HEALTH);
	relay_health(f.relay, "");
	frame = next(b);
	assert_int_equal(frame.type, DERP_HEALTH);
	assert_int_equal(frame.body.len, 0);
}

static void
a_node_that_was_deleted_is_out_with_the_next_tick(void **state)
{
	struct fake *a = join(), *b = join();

	(void)state;
	f.now_ms += 1000;
	relay_tick(f.relay, f.now_ms);
	assert_non_null(b->client);
	f.stranger = &b->is;
	f.now_ms += 1000;
	relay_tick(f.relay, f.now_ms);
	assert_int_equal(b->closed, LEAVE_REVOKED);
	assert_non_null(a->client);
}

/* Rate. */

static void
who_sends_faster_than_the_rate_is_read_later(void **state)
{
	static const uint8_t bulk[10000];
	struct fake *b = join(), *a;

	(void)state;
	relay_set_rate(f.relay, 1000);
	a = join();
	assert_int_equal(relay_pause_ms(a->client, f.now_ms), 0);
	put(a, derp_client_packet(&a->is, &b->is, bulk, sizeof(bulk)));
	/* A burst of two seconds was free; the rest takes eight. */
	assert_in_range(relay_pause_ms(a->client, f.now_ms), 8000, 8300);
	f.now_ms += 9000;
	assert_int_equal(relay_pause_ms(a->client, f.now_ms), 0);
	assert_int_equal(next(b).type, DERP_RECV_PACKET);
}

static void
without_a_rate_nobody_pauses(void **state)
{
	static const uint8_t bulk[60000];
	struct fake *a = join(), *b = join();

	(void)state;
	for (int i = 0; i < 100; i++)
		put(a, derp_client_packet(&a->is, &b->is, bulk, sizeof(bulk)));
	assert_int_equal(relay_pause_ms(a->client, f.now_ms), 0);
}

static void
the_end_is_announced(void **state)
{
	struct fake *a = join();
	struct derp_frame frame;

	(void)state;
	relay_say_restarting(f.relay);
	frame = next(a);
	assert_int_equal(frame.type, DERP_RESTARTING);
	assert_int_equal(frame.body.len, 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
who_must_be_asked_for_waits_with_what_it_sent(void **state)
{
	struct fake *a = join(), *b = connect_one();

	(void)state;
	f.later = true;
	say_hello(b, "{\"version\":2}");
	assert_true(relay_is_asking(b->client));
	assert_false(relay_is_welcome(b->client));
	send_text(b, a, "early");
	assert_int_equal(next(b).type, DERP_SERVER_KEY);
	expect_nothing(b);
	expect_nothing(a);
	relay_answer(f.relay, b->is.public, true, f.now_ms);
	assert_true(b->resumed);
	assert_false(relay_is_asking(b->client));
	assert_true(relay_is_welcome(b->client));
	assert_int_equal(next(b).type, DERP_SERVER_INFO);
	assert_int_equal(next(a).type, DERP_RECV_PACKET);
}

static void
who_is_not_admitted_after_all_must_go(void **state)
{
	struct fake *a = connect_one(), *b = connect_one();

	(void)state;
	f.later = true;
	say_hello(a, "{\"version\":2}");
	say_hello(b, "{\"version\":2}");
	relay_answer(f.relay, a->is.public, false, f.now_ms);
	assert_int_equal(a->closed, LEAVE_NOT_ADMITTED);
	assert_true(relay_is_asking(b->client));
	f.now_ms += HANDSHAKE_MS;
	relay_tick(f.relay, f.now_ms);
	assert_int_equal(b->closed, LEAVE_HANDSHAKE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_server_key_comes_first_and_unasked),
		TEST(a_node_of_the_tailnet_is_welcome),
		TEST(an_unknown_node_is_refused_before_server_info),
		TEST(who_names_a_mesh_key_is_refused),
		TEST(a_box_that_does_not_open_is_refused),
		TEST(mesh_frames_end_the_connection),
		TEST(a_handshake_takes_ten_seconds_at_most),
		TEST(a_packet_reaches_the_one_it_is_for),
		TEST(packets_cut_anywhere_arrive_whole),
		TEST(a_packet_of_64_kib_passes_and_one_more_byte_ends_it),
		TEST(who_does_not_read_loses_the_oldest_and_nobody_else_waits),
		TEST(who_reads_loses_nothing_of_a_burst),
		TEST(bulk_does_not_push_out_disco),
		TEST(a_queue_holds_256_kib_at_most),
		TEST(disco_to_nobody_is_answered_not_here),
		TEST(not_here_is_said_three_times_and_then_once_a_second),
		TEST(who_received_from_a_node_hears_that_it_left),
		TEST(notes_of_the_gone_are_bounded),
		TEST(the_newest_of_one_key_receives),
		TEST(whoever_speaks_receives),
		TEST(a_node_is_gone_with_its_last_connection),
		TEST(one_key_has_eight_connections_at_most),
		TEST(a_ping_gets_its_first_eight_bytes_back),
		TEST(one_pong_waits_and_more_pings_are_ignored),
		TEST(homes_are_counted),
		TEST(keep_alives_come_after_50_to_55_seconds_whatever_else_is_sent),
		TEST(health_is_told_to_those_here_and_those_who_come),
		TEST(a_node_that_was_deleted_is_out_with_the_next_tick),
		TEST(who_sends_faster_than_the_rate_is_read_later),
		TEST(without_a_rate_nobody_pauses),
		TEST(the_end_is_announced),
		TEST(who_must_be_asked_for_waits_with_what_it_sent),
		TEST(who_is_not_admitted_after_all_must_go),
	};

	return cmocka_run_group_tests_name("relay/derp", tests, NULL, NULL);
}
