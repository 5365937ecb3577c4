#include "worker/relay/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct fixture {
	struct websocket *ws;
	uint8_t got[1024];
	size_t got_len;
	bool full; /* wants no more */
} f;

static int
setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.ws = websocket_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	websocket_free(f.ws);
	return 0;
}

static bool
got(void *arg, const uint8_t *at, size_t len)
{
	(void)arg;
	assert_true(len <= sizeof(f.got) - f.got_len);
	memcpy(f.got + f.got_len, at, len);
	f.got_len += len;
	return !f.full;
}

static enum err
feed(const void *at, size_t len)
{
	return websocket_feed(f.ws, at, len, got, NULL);
}

/* Masked with zeros, so that frames can be read in the tests. */
#define MASK "\0\0\0\0"

static enum err
feed_frame(uint8_t first, const char *text)
{
	uint8_t out[140] = { first, (uint8_t)(0x80 | strlen(text)) };

	memcpy(out + 6, text, strlen(text));
	return feed(out, 6 + strlen(text));
}

static size_t
pull(uint8_t out[WEBSOCKET_CONTROL_MAX])
{
	return websocket_pull_control(f.ws, out, WEBSOCKET_CONTROL_MAX);
}

static void
messages_and_their_fragments_are_one_stream(void **state)
{
	(void)state;
	assert_int_equal(feed_frame(0x82, "one "), ERR_OK);
	assert_int_equal(feed_frame(0x02, "mes"), ERR_OK);
	assert_int_equal(feed_frame(0x89, "ping between"), ERR_OK);
	assert_int_equal(feed_frame(0x80, "sage"), ERR_OK);
	assert_int_equal(f.got_len, 11);
	assert_memory_equal(f.got, "one message", 11);
}

static void
a_frame_cut_anywhere_gives_the_same_bytes(void **state)
{
	static const uint8_t frame[] = { 0x82, 0x83, 1, 2, 3, 4, 'a' ^ 1,
		'b' ^ 2, 'c' ^ 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(frame); i++)
		assert_int_equal(feed(frame + i, 1), ERR_OK);
	assert_int_equal(f.got_len, 3);
	assert_memory_equal(f.got, "abc", 3);
}

static void
a_ping_is_answered_with_its_bytes(void **state)
{
	uint8_t out[WEBSOCKET_CONTROL_MAX];

	(void)state;
	assert_int_equal(feed_frame(0x89, "hi"), ERR_OK);
	assert_int_equal(pull(out), 4);
	assert_memory_equal(out, "\x8a\x02hi", 4);
	assert_int_equal(pull(out), 0);
}

static void
pings_whose_answers_nobody_takes_end_it(void **state)
{
	enum err e = ERR_OK;
	int count = 0;

	(void)state;
	while (!e && count < WEBSOCKET_CONTROL_MAX) {
		e = feed_frame(0x89, "0123456789");
		count++;
	}
	assert_int_equal(e, ERR_BAD_INPUT);
	assert_int_equal(count, WEBSOCKET_CONTROL_MAX / 12 + 1);
}

static void
text_is_closed_with_1003(void **state)
{
	uint8_t out[WEBSOCKET_CONTROL_MAX];

	(void)state;
	assert_int_equal(feed_frame(0x81, "text"), ERR_BAD_INPUT);
	assert_true(pull(out) > 4);
	assert_memory_equal(out + 2, "\x03\xeb", 2);
	assert_int_equal(f.got_len, 0);
}

static void
a_close_is_answered_and_ends_it(void **state)
{
	uint8_t out[WEBSOCKET_CONTROL_MAX];

	(void)state;
	assert_int_equal(feed_frame(0x88, "\x03\xe8"), ERR_BAD_INPUT);
	assert_true(pull(out) >= 4);
	assert_int_equal(out[0], 0x88);
}

static void
a_frame_without_mask_breaks_the_protocol(void **state)
{
	(void)state;
	assert_int_equal(feed("\x82\x01x", 3), ERR_BAD_INPUT);
	assert_int_equal(f.got_len, 0);
}

static void
who_has_had_enough_gets_no_more(void **state)
{
	(void)state;
	f.full = true;
	assert_int_equal(
		feed("\x82\x81" MASK "a\x82\x81" MASK "b", 14), ERR_BAD_INPUT);
	assert_int_equal(f.got_len, 1);
}

static void
heads_grow_with_the_message(void **state)
{
	uint8_t out[WEBSOCKET_HEAD_MAX];

	(void)state;
	assert_int_equal(websocket_head_put(out, 125), 2);
	assert_memory_equal(out, "\x82\x7d", 2);
	assert_int_equal(websocket_head_put(out, 126), 4);
	assert_memory_equal(out, "\x82\x7e\x00\x7e", 4);
	assert_int_equal(websocket_head_put(out, WEBSOCKET_MESSAGE_MAX), 4);
	assert_memory_equal(out, "\x82\x7e\x80\x00", 4);
}

static void
only_sixteen_bytes_in_base64_are_a_key(void **state)
{
	char out[WEBSOCKET_ACCEPT_SIZE];

	(void)state;
	assert_int_equal(
		websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", out), ERR_OK);
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_int_equal(websocket_accept("", out), ERR_BAD_INPUT);
	assert_int_equal(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=", out),
		ERR_BAD_INPUT);
	assert_int_equal(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==x", out),
		ERR_BAD_INPUT);
	assert_int_equal(websocket_accept("!GhlIHNhbXBsZSBub25jZQ==", out),
		ERR_BAD_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_and_their_fragments_are_one_stream),
		TEST(a_frame_cut_anywhere_gives_the_same_bytes),
		TEST(a_ping_is_answered_with_its_bytes),
		TEST(pings_whose_answers_nobody_takes_end_it),
		TEST(text_is_closed_with_1003),
		TEST(a_close_is_answered_and_ends_it),
		TEST(a_frame_without_mask_breaks_the_protocol),
		TEST(who_has_had_enough_gets_no_more),
		TEST(heads_grow_with_the_message),
		TEST(only_sixteen_bytes_in_base64_are_a_key),
	};

	return cmocka_run_group_tests_name(
		"relay/websocket", tests, NULL, NULL);
}
