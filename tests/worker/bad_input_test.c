/*
 * bad_input_test.c: what no client sends, at a real worker.  Each time another
 * session is open, and must not notice (spec/reliability.md T3 to T11).
 */
#include "tests/worker/attack.h"

enum {
	FLOOD = 10000,
	MAP_BODY_LIMIT = 256 * 1024,
	BODY_LIMIT = 64 * 1024,
};

/* A trip with a witness, whose stream is open all the time. */
static int
open_witnessed(void **state)
{
	trip_open(state);
	(void)trip_join(*state, "witness");
	trip_settle(*state);
	return 0;
}

static int
close_unharmed(void **state)
{
	trip_quiet(*state);
	return trip_close(state);
}

#define attack_test(name) \
	cmocka_unit_test_setup_teardown(name, open_witnessed, close_unharmed)

static bool
says_broken(struct trip *t)
{
	return site_log_wait(
		t->site, SITE_WORKER, "a record does not open", 1, WAIT_MS);
}

/* ---- records ---- */

static size_t
seal_preface(struct attack *a, unsigned char *out)
{
	return record_seal(
		&a->tunnel.sealer, PREFACE, sizeof(PREFACE) - 1, out);
}

static void
a_record_of_another_type_ends_the_tunnel(void **state)
{
	struct attack *a = attack_open(*state);
	unsigned char out[RECORD_MAX];
	size_t len = seal_preface(a, out);

	out[0] = 2;
	attack_raw(a, out, len);
	assert_true(attack_ends(a));
	assert_true(says_broken(*state));
	assert_int_equal(site_log_count(((struct trip *)*state)->site,
				 SITE_WORKER, "a record does not open"),
		1);
	attack_close(a);
}

static void
a_record_too_long_ends_the_tunnel_before_it_is_complete(void **state)
{
	static const size_t lengths[] = { RECORD_MAX - 3 + 1, 0xffff, 15 };

	for (size_t i = 0; i < 3; i++) {
		struct attack *a = attack_open(*state);
		const unsigned char head[3] = { 4,
			(unsigned char)(lengths[i] >> 8),
			(unsigned char)lengths[i] };

		attack_raw(a, head, sizeof(head));
		assert_true(attack_ends(a));
		attack_close(a);
	}
}

static void
a_flipped_bit_ends_the_tunnel(void **state)
{
	/* In the ciphertext, at its end, in the tag. */
	static const size_t places[] = { 3, 20, 35, 50 };

	for (size_t i = 0; i < 4; i++) {
		struct attack *a = attack_open(*state);
		unsigned char out[RECORD_MAX];
		size_t len = seal_preface(a, out);

		assert_in_range(places[i], 0, len - 1);
		out[places[i]] ^= (unsigned char)(1u << (i + 1));
		attack_raw(a, out, len);
		assert_true(attack_ends(a));
		attack_close(a);
	}
}

static void
records_in_another_order_end_the_tunnel(void **state)
{
	struct attack *a = attack_open(*state);
	unsigned char first[RECORD_MAX], second[RECORD_MAX];
	size_t first_len = seal_preface(a, first);
	size_t second_len = record_seal(&a->tunnel.sealer, "later", 5, second);

	attack_raw(a, second, second_len);
	attack_raw(a, first, first_len);
	assert_true(attack_ends(a));
	attack_close(a);
}

static void
a_record_that_comes_twice_ends_the_tunnel(void **state)
{
	struct attack *a = attack_open(*state);
	unsigned char out[RECORD_MAX];
	size_t len = seal_preface(a, out);

	attack_raw(a, out, len);
	assert_non_null(attack_wait(a, H2_SETTINGS, 0));
	attack_raw(a, out, len);
	assert_true(attack_ends(a));
	assert_true(says_broken(*state));
	attack_close(a);
}

static void
half_a_record_and_the_end_frees_the_tunnel(void **state)
{
	struct trip *t = *state;
	struct attack *a = attack_open(t);
	unsigned char out[RECORD_MAX];
	size_t len = seal_preface(a, out);

	attack_raw(a, out, len / 2);
	assert_int_equal(shutdown(a->tunnel.fd, SHUT_WR), 0);
	assert_true(attack_ends(a));
	attack_close(a);
	assert_int_equal(site_metric(t->site, "sessions_half_open"), 0);
}

static void
empty_records_without_end_end_the_tunnel(void **state)
{
	struct attack *a = attack_open(*state);
	unsigned char out[RECORD_MAX];

	for (int i = 0; i < 10 * RECORD_EMPTY_MAX; i++) {
		size_t len = record_seal(&a->tunnel.sealer, "", 0, out);

		if (!attack_raw(a, out, len))
			break;
	}
	assert_true(attack_ends(a));
	attack_close(a);
}

/* ---- handshakes ---- */

static const char *
shake(struct trip *t, const unsigned char *initiation, size_t len)
{
	int fd = site_dial(t->site, "worker.sock");
	const char *answer =
		site_exchange(fd, attack_head(t->mem, initiation, len), t->mem);
	const char *end = strstr(answer, "\r\n\r\n");

	close(fd);
	assert_true(trip_starts(answer, "Status: 101 "));
	assert_non_null(end);
	return end + 4;
}

static void
a_first_message_of_another_form_is_refused_in_words(void **state)
{
	static const struct {
		size_t place;
		unsigned char value;
		const char *words;
	} cases[] = {
		{ 2, 4, "unexpected handshake message type" },
		{ 2, 0, "unexpected handshake message type" },
		{ 3, 1, "wrong handshake initiation length" },
		{ 4, 95, "wrong handshake initiation length" },
	};
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE + 1] = { 0 };
	const char *said;

	for (size_t i = 0; i < 4; i++) {
		attack_initiation(t, in);
		in[cases[i].place] = cases[i].value;
		said = shake(t, in, NOISE_INITIATION_SIZE);
		assert_int_equal(said[0], 3);
		assert_string_equal(said + 3, cases[i].words);
		assert_int_equal(
			site_log_count(t->site, SITE_WORKER, cases[i].words),
			i % 2 + 1);
	}
	attack_initiation(t, in);
	for (size_t len = 0; len <= sizeof(in); len += 17)
		if (len && len != NOISE_INITIATION_SIZE)
			assert_string_equal(shake(t, in, len) + 3,
				"wrong handshake initiation size");
	assert_string_equal(shake(t, in, sizeof(in)) + 3,
		"wrong handshake initiation size");
}

static void
a_first_message_that_does_not_open_is_not_answered(void **state)
{
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE];

	/* Capability version, ephemeral key, static key, both tags. */
	for (size_t place = 0; place < sizeof(in); place += 9) {
		if (place >= 2 && place <= 4)
			continue;
		attack_initiation(t, in);
		in[place] ^= 1;
		assert_string_equal(shake(t, in, sizeof(in)), "");
	}
	assert_int_equal(site_metric(t->site, "sessions_half_open"), 0);
}

static void
points_of_low_order_are_not_answered(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE];

	for (size_t i = 0; i < 7; i++) {
		attack_initiation(t, in);
		assert_int_equal(
			text_unhex(points[i], in + 5, KEY_SIZE), ERR_OK);
		assert_string_equal(shake(t, in, sizeof(in)), "");
	}
	assert_int_equal(site_metric(t->site, "handshakes_failed_total"), 7);
}

/* The first message of a victim is no secret: whoever sees it may send it. */
static void
a_replayed_first_message_has_no_effect(void **state)
{
	enum {
		TIMES = 100
	};
	struct trip *t = *state;
	unsigned char in[NOISE_INITIATION_SIZE];
	struct noise_client c;
	int fds[TIMES];
	int64_t opened = site_metric(t->site, "sessions_opened_total");

	assert_int_equal(noise_start(&c, &t->site->worker.server,
				 &t->clients[0]->machine, 142, in),
		ERR_OK);
	for (int i = 0; i < TIMES; i++) {
		struct bytes head = attack_head(t->mem, in, sizeof(in));

		fds[i] = site_dial(t->site, "worker.sock");
		assert_int_equal(fake_write(fds[i], head.at, head.len,
					 clock_now_ms() + WAIT_MS),
			ERR_OK);
	}
	trip_quiet(t);
	assert_int_equal(site_metric(t->site, "sessions_opened_total"), opened);
	assert_false(t->clients[0]->map_ended);
	for (int i = 0; i < TIMES; i++)
		close(fds[i]);
}

/* ---- SCGI heads ---- */

static void
bad_scgi_heads_are_closed_without_an_answer(void **state)
{
	struct trip *t = *state;
	struct buf big, many;
	const char *words[] = { "x", ":", "9999999999:", "20000:SCGI",
		"-5:abc,", "5:abcde;", "007:SCGI\0x", "1:,", "3:a\0b,",
		"GET / HTTP/1.1\r\n\r\n", "24:CONTENT_LENGTH\0000\0SCGI1,",
		"99999999999999999999999999:" };
	size_t logged = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int fd = site_dial(t->site, "worker.sock");

		assert_int_equal(fake_write(fd, words[i], strlen(words[i]),
					 clock_now_ms() + WAIT_MS),
			ERR_OK);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		assert_string_equal(
			site_exchange(fd, (struct bytes){ NULL, 0 }, t->mem),
			"");
		close(fd);
	}
	buf_init(&big, t->mem, 128 * 1024);
	buf_putf(&big, "%d:", SCGI_HEAD_MAX + 1);
	while (big.len < SCGI_HEAD_MAX + 100)
		buf_put(&big, "A\0b", 4);
	buf_init(&many, t->mem, 128 * 1024);
	buf_puts(&many, "1010:CONTENT_LENGTH");
	buf_put(&many, "\0000", 3);
	while (many.len < 2000)
		buf_put(&many, "A\0b", 4);
	logged = site_log_count(t->site, SITE_WORKER, "bad SCGI head");
	for (int i = 0; i < 2; i++) {
		struct buf *b = i ? &many : &big;
		int fd = site_dial(t->site, "worker.sock");

		assert_string_equal(
			site_exchange(
				fd, (struct bytes){ b->bytes, b->len }, t->mem),
			"");
		close(fd);
	}
	assert_int_equal(site_log_count(t->site, SITE_WORKER, "bad SCGI head"),
		logged + 2);
}

/* ---- HTTP/2 ---- */

static struct buf
preface(struct trip *t)
{
	struct buf b;

	buf_init(&b, t->mem, 4 * 1024 * 1024);
	buf_put(&b, PREFACE, sizeof(PREFACE) - 1);
	return b;
}

static void
rapid_resets_end_the_tunnel(void **state)
{
	struct trip *t = *state;
	struct attack *a = attack_open(t);
	struct buf b = preface(t);

	for (uint32_t i = 0; i < 5000; i++) {
		frame_put(&b, H2_HEADERS, H2_END_HEADERS, 2 * i + 1, POST_MAP,
			sizeof(POST_MAP) - 1);
		frame_put(&b, H2_RST_STREAM, 0, 2 * i + 1, "\0\0\0\x08", 4);
	}
	attack_send(a, b.bytes, b.len);
	assert_true(attack_ends(a));
	attack_close(a);
}

static void
headers_without_end_end_the_tunnel(void **state)
{
	struct trip *t = *state;
	struct attack *a = attack_open(t);
	struct buf b = preface(t);

	frame_put(&b, H2_HEADERS, 0, 1, POST_MAP, sizeof(POST_MAP) - 1);
	for (int i = 0; i < FLOOD; i++)
		frame_put(&b, H2_CONTINUATION, 0, 1, "\x04\x01x\x01y", 5);
	attack_send(a, b.bytes, b.len);
	assert_true(attack_ends(a));
	attack_close(a);
}

static void
flood(struct trip *t, int type, const char *payload, size_t len)
{
	struct attack *a = attack_open(t);
	struct buf b = preface(t);

	for (int i = 0; i < FLOOD; i++)
		frame_put(&b, type, 0, 0, payload, len);
	attack_send(a, b.bytes, b.len);
	assert_true(attack_ends(a));
	attack_close(a);
}

static void
floods_of_settings_and_pings_end_the_tunnel(void **state)
{
	flood(*state, H2_SETTINGS, "", 0);
	flood(*state, H2_PING, "12345678", 8);
}

static void
what_is_not_http2_ends_the_tunnel(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27 },
		/* A frame longer than allowed; an unknown stream; a SETTINGS
		 * of odd length; PING of seven bytes. */
		{ PREFACE "\x01\0\0\0\0\0\0\0\1", sizeof(PREFACE) - 1 + 9 },
		{ PREFACE "\0\0\1\0\0\0\0\0\1x", sizeof(PREFACE) - 1 + 10 },
		{ PREFACE "\0\0\1\4\0\0\0\0\0x", sizeof(PREFACE) - 1 + 10 },
		{ PREFACE "\0\0\7\6\0\0\0\0\0abcdefg",
			sizeof(PREFACE) - 1 + 16 },
	};

	for (size_t i = 0; i < 5; i++) {
		struct attack *a = attack_open(*state);

		attack_send(a, cases[i].bytes, cases[i].len);
		assert_true(attack_ends(a));
		attack_close(a);
	}
}

static void
a_header_list_too_long_is_refused(void **state)
{
	struct trip *t = *state;
	struct attack *a = attack_open(t);
	struct buf b = preface(t), block;

	/* 400 fields of 34 and more counted bytes, past 16 KiB. */
	buf_init(&block, t->mem, 64 * 1024);
	buf_put(&block, POST_MAP, sizeof(POST_MAP) - 1);
	while (block.len < 12000)
		buf_put(&block, "\x10\x04junk\x0fvaluevaluevalue", 22);
	frame_put(&b, H2_HEADERS, H2_END_HEADERS | H2_END_STREAM, 1,
		block.bytes, block.len);
	attack_send(a, b.bytes, b.len);
	/* The stream or all of it: never an answer. */
	assert_true(attack_wait(a, H2_RST_STREAM, 1) ||
		    frame_heard(a, H2_GOAWAY, 0));
	assert_null(frame_heard(a, H2_HEADERS, 1));
	attack_close(a);
}

static void
more_than_a_hundred_streams_are_refused(void **state)
{
	struct trip *t = *state;
	struct attack *a = attack_open(t);
	struct buf b = preface(t);

	/* Only after our SETTINGS are acknowledged are they binding. */
	frame_put(&b, H2_SETTINGS, 1, 0, "", 0);
	for (uint32_t i = 0; i <= 100; i++)
		frame_put(&b, H2_HEADERS, H2_END_HEADERS, 2 * i + 1, POST_MAP,
			sizeof(POST_MAP) - 1);
	frame_put(&b, H2_PING, 0, 0, "12345678", 8);
	attack_send(a, b.bytes, b.len);
	assert_true(attack_wait(a, H2_RST_STREAM, 201) ||
		    frame_heard(a, H2_GOAWAY, 0));
	assert_null(frame_heard(a, H2_RST_STREAM, 199));
	attack_close(a);
}

/* ---- bodies ---- */

static int
post(struct trip *t, struct fake_client *c, const char *path, const void *body,
	size_t len)
{
	struct fake_answer a;
	int32_t stream;

	assert_int_equal(fake_start(c, "POST", path,
				 (struct bytes){ body, len }, &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	return a.status;
}

static void
bodies_over_their_limits_are_413(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "x");
	char *blanks = arena_alloc(t->mem, MAP_BODY_LIMIT + 1);

	memset(blanks, ' ', MAP_BODY_LIMIT + 1);
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	assert_int_equal(
		post(t, c, "/machine/map", blanks, MAP_BODY_LIMIT), 400);
	assert_int_equal(
		post(t, c, "/machine/map", blanks, MAP_BODY_LIMIT + 1), 413);
	assert_int_equal(
		post(t, c, "/machine/register", blanks, BODY_LIMIT), 400);
	assert_int_equal(
		post(t, c, "/machine/register", blanks, BODY_LIMIT + 1), 413);
	assert_int_equal(
		post(t, c, "/machine/set-dns", blanks, BODY_LIMIT + 1), 413);
	assert_int_equal(post(t, c, "/elsewhere", "x", 1), 404);
}

static const char *
deep(struct trip *t, size_t depth)
{
	struct buf b;

	buf_init(&b, t->mem, 64 * 1024);
	buf_puts(&b, "{\"Hostinfo\":");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&b, "[");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&b, "]");
	buf_puts(&b, "}");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
many(struct trip *t)
{
	struct buf b;

	buf_init(&b, t->mem, 64 * 1024);
	buf_puts(&b, "{\"Endpoints\":[0");
	while (b.len < 45000)
		buf_puts(&b, ",0");
	buf_puts(&b, "]}");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
json_that_no_client_writes_is_400_and_logged_once(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "x");
	char *longer = arena_alloc(t->mem, 10000);
	const char *bodies[] = { "", "{", "[]", "null", "1", "{}x", "\xff",
		"{\"Version\":\"142\"}", "{\"Version\":1e999}",
		"{\"Version\":99999999999999999999}",
		"{\"Version\":142,\"Version\":142}", "{\"NodeKey\":7}",
		"{\"NodeKey\":\"a\\u0000b\"}", "{\"NodeKey\":\"\xc3\x28\"}",
		"{\"NodeKey\":\"\xed\xa0\x80\"}", "{\"Hostinfo\":[]}",
		"{\"Hostinfo\":\"x\"}", "{\"Version\":142,}", "{'Version':142}",
		"{\"Version\":NaN}", "{\"Version\":0x10}", deep(t, 100),
		deep(t, 30000), many(t), longer };
	size_t count = sizeof(bodies) / sizeof(bodies[0]);

	memset(longer, 'x', 9999);
	memcpy(longer, "{\"NodeKey\":\"", 12);
	memcpy(longer + 9990, "\"}", 3);
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	site_set(t->site, "register_machine_rate", "1000");
	trip_settle(t);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(bodies[i]);
		size_t map = site_log_count(
			t->site, SITE_WORKER, "map request refused");
		size_t inner = site_log_count(
			t->site, SITE_HANDLERS, "request refused");

		if (post(t, c, "/machine/map", bodies[i], len) != 400)
			fail_msg("map takes %s", bodies[i]);
		if (post(t, c, "/machine/register", bodies[i], len) != 400)
			fail_msg("register takes %s", bodies[i]);
		assert_int_equal(site_log_count(t->site, SITE_WORKER,
					 "map request refused"),
			map + 1);
		assert_int_equal(site_log_count(t->site, SITE_HANDLERS,
					 "request refused"),
			inner + 1);
	}
	assert_int_equal(
		post(t, c, "/machine/map", "{\"Version\":142}\0{}", 18), 400);
	assert_int_equal(
		post(t, c, "/machine/register", "{\"Version\":142}\0{}", 18),
		400);
	assert_int_equal(c->broken, ERR_OK);
}

static void
a_client_older_than_the_oldest_is_refused_in_words(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "x");
	struct fake_answer a;
	int32_t stream;
	const char *body = "{\"Version\":112}";

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	assert_int_equal(fake_start(c, "POST", "/machine/map",
				 (struct bytes){ (const unsigned char *)body,
					 strlen(body) },
				 &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	assert_int_equal(a.status, 400);
	assert_non_null(strstr(a.body, "1.80"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		attack_test(a_record_of_another_type_ends_the_tunnel),
		attack_test(
			a_record_too_long_ends_the_tunnel_before_it_is_complete),
		attack_test(a_flipped_bit_ends_the_tunnel),
		attack_test(records_in_another_order_end_the_tunnel),
		attack_test(a_record_that_comes_twice_ends_the_tunnel),
		attack_test(half_a_record_and_the_end_frees_the_tunnel),
		attack_test(empty_records_without_end_end_the_tunnel),
		attack_test(
			a_first_message_of_another_form_is_refused_in_words),
		attack_test(a_first_message_that_does_not_open_is_not_answered),
		attack_test(points_of_low_order_are_not_answered),
		attack_test(a_replayed_first_message_has_no_effect),
		attack_test(bad_scgi_heads_are_closed_without_an_answer),
		attack_test(rapid_resets_end_the_tunnel),
		attack_test(headers_without_end_end_the_tunnel),
		attack_test(floods_of_settings_and_pings_end_the_tunnel),
		attack_test(what_is_not_http2_ends_the_tunnel),
		attack_test(a_header_list_too_long_is_refused),
		attack_test(more_than_a_hundred_streams_are_refused),
		attack_test(bodies_over_their_limits_are_413),
		attack_test(json_that_no_client_writes_is_400_and_logged_once),
		attack_test(a_client_older_than_the_oldest_is_refused_in_words),
	};

	return cmocka_run_group_tests_name("bad input", tests, NULL, NULL);
}
