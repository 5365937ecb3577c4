#include "proto/derp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/text.h"
#include "proto/box.h"

struct fixture {
	struct arena *mem;
	uint8_t private[32], public[32];
};

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	box_private(f.private);
	box_public(f.private, f.public);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->mem);
	return 0;
}

/* A frame of that type with `len` bytes, as far as it is wanted. */
static struct bytes
frame_of(struct arena *mem, int type, size_t len)
{
	uint8_t *at = arena_alloc(mem, DERP_HEAD_LEN + len);

	derp_head_put(at, (enum derp_type)type, len);
	return (struct bytes){ at, DERP_HEAD_LEN + len };
}

static enum err
read_one(struct arena *mem, bool welcomed, int type, size_t len)
{
	struct derp_reader r = { .welcomed = welcomed };
	struct bytes in = frame_of(mem, type, len);
	struct derp_frame f;
	enum err e = derp_next(&r, &in, &f);

	if (!e) {
		assert_int_equal(f.type, type);
		assert_int_equal(f.body.len, len);
		assert_int_equal(in.len, 0);
	}
	return e;
}

static void
frames_are_taken_at_their_limits_and_refused_beyond(void **state)
{
	static const struct {
		int type;
		bool welcomed;
		size_t least, most;
	} cases[] = {
		{ DERP_CLIENT_INFO, false, 56, DERP_INFO_MAX },
		{ DERP_SEND_PACKET, true, 32, 32 + 65536 },
		{ DERP_NOTE_PREFERRED, true, 1, 1 },
		{ DERP_PING, true, 8, 1000 },
		{ DERP_PONG, true, 8, 1000 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int type = cases[i].type;
		bool welcomed = cases[i].welcomed;

		assert_int_equal(
			read_one(f->mem, welcomed, type, cases[i].least),
			ERR_OK);
		assert_int_equal(
			read_one(f->mem, welcomed, type, cases[i].most),
			ERR_OK);
		assert_int_equal(
			read_one(f->mem, welcomed, type, cases[i].least - 1),
			ERR_BAD_INPUT);
		assert_int_equal(
			read_one(f->mem, welcomed, type, cases[i].most + 1),
			ERR_TOO_BIG);
	}
}

static void
a_frame_too_long_is_refused_by_its_head_alone(void **state)
{
	struct derp_reader r = { .welcomed = true };
	uint8_t head[DERP_HEAD_LEN];
	struct bytes in = { head, sizeof(head) };
	struct derp_frame f;

	(void)state;
	derp_head_put(head, DERP_SEND_PACKET, 32 + 65537);
	assert_int_equal(derp_next(&r, &in, &f), ERR_TOO_BIG);
}

static void
before_client_info_there_is_nothing_else_and_after_it_no_second(void **state)
{
	struct fixture *f = *state;

	for (int type = 0; type < 256; type++)
		if (type != DERP_CLIENT_INFO)
			assert_int_equal(read_one(f->mem, false, type, 8),
				ERR_BAD_INPUT);
	assert_int_equal(
		read_one(f->mem, true, DERP_CLIENT_INFO, 104), ERR_BAD_INPUT);
}

static void
mesh_frames_are_denied(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		read_one(f->mem, true, DERP_FORWARD_PACKET, 65), ERR_DENIED);
	assert_int_equal(
		read_one(f->mem, true, DERP_WATCH_CONNS, 0), ERR_DENIED);
	assert_int_equal(
		read_one(f->mem, true, DERP_CLOSE_PEER, 32), ERR_DENIED);
}

static void
unknown_frames_are_skipped_up_to_a_limit(void **state)
{
	struct fixture *f = *state;
	struct derp_reader r = { .welcomed = true };
	struct derp_frame frame;
	struct bytes in = frame_of(f->mem, 0x7f, DERP_SKIP_MAX);

	assert_int_equal(derp_next(&r, &in, &frame), ERR_OK);
	assert_int_equal(frame.type, DERP_NONE);
	assert_int_equal(in.len, 0);
	in = frame_of(f->mem, DERP_NOTE_PREFERRED, 1);
	assert_int_equal(derp_next(&r, &in, &frame), ERR_OK);
	assert_int_equal(frame.type, DERP_NOTE_PREFERRED);
	in = frame_of(f->mem, 0x7f, DERP_SKIP_MAX + 1);
	assert_int_equal(derp_next(&r, &in, &frame), ERR_TOO_BIG);
}

/* A stream of three frames, handed over one byte more at a time. */
static void
a_stream_in_pieces_gives_the_same_frames(void **state)
{
	struct fixture *f = *state;
	struct derp_reader r = { .welcomed = true };
	uint8_t stream[64] = { 0 };
	size_t begin = 0, got = 0;

	(void)f;
	derp_head_put(stream, DERP_PING, 8);
	derp_head_put(stream + 13, 0x7e, 20);
	derp_head_put(stream + 38, DERP_NOTE_PREFERRED, 1);
	stream[43] = 1;
	for (size_t end = 0; end <= 44; end++) {
		struct bytes in = { stream + begin, end - begin };
		struct derp_frame frame;

		assert_int_equal(derp_next(&r, &in, &frame), ERR_OK);
		begin = end - in.len;
		if (frame.type == DERP_NONE)
			continue;
		assert_int_equal(end, got == 0 ? 13 : 44);
		assert_int_equal(
			frame.type, got == 0 ? DERP_PING : DERP_NOTE_PREFERRED);
		got++;
	}
	assert_int_equal(got, 2);
}

static void
disco_is_the_magic_a_key_and_a_nonce(void **state)
{
	uint8_t packet[62] = "TS\xf0\x9f\x92\xac";

	(void)state;
	assert_true(derp_is_disco(packet, 62));
	assert_false(derp_is_disco(packet, 61));
	packet[5] ^= 1;
	assert_false(derp_is_disco(packet, 62));
}

static enum err
info_of(struct fixture *f, const char *json, struct derp_client_info *info)
{
	uint8_t client[32];
	struct bytes frame;

	box_private(client);
	assert_int_equal(
		derp_client_info_put(f->public, client, json, f->mem, &frame),
		ERR_OK);
	frame.at += DERP_HEAD_LEN;
	frame.len -= DERP_HEAD_LEN;
	return derp_client_info_read(frame, f->private, f->mem, info);
}

static void
client_info_tells_what_the_client_can(void **state)
{
	struct fixture *f = *state;
	struct derp_client_info info;

	assert_int_equal(info_of(f,
				 "{\"version\":2,\"CanAckPings\":true,"
				 "\"IsProber\":true,\"AppName\":\"x\"}",
				 &info),
		ERR_OK);
	assert_int_equal(info.version, 2);
	assert_true(info.can_ack_pings && info.prober && !info.mesh);
}

static void
a_mesh_key_is_noticed_but_the_zero_key_is_none(void **state)
{
	struct fixture *f = *state;
	struct derp_client_info info;

	assert_int_equal(
		info_of(f, "{\"meshKey\":\"0000\",\"version\":2}", &info),
		ERR_OK);
	assert_false(info.mesh);
	assert_int_equal(
		info_of(f, "{\"meshKey\":\"00a0\",\"version\":2}", &info),
		ERR_OK);
	assert_true(info.mesh);
}

static void
what_is_no_json_object_is_bad_input(void **state)
{
	static const char *const bad[] = { "", "2", "[]", "{",
		"{\"version\":", "{\"version\":\"2\"}", "{\"CanAckPings\":1}" };
	struct fixture *f = *state;
	struct derp_client_info info;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(info_of(f, bad[i], &info), ERR_BAD_INPUT);
}

static void
a_key_that_the_client_does_not_hold_is_a_crypto_error(void **state)
{
	struct fixture *f = *state;
	struct derp_client_info info;
	uint8_t client[32];
	struct bytes frame;

	box_private(client);
	assert_int_equal(derp_client_info_put(f->public, client,
				 "{\"version\":2}", f->mem, &frame),
		ERR_OK);
	((uint8_t *)frame.at)[DERP_HEAD_LEN + 3] ^= 1;
	frame.at += DERP_HEAD_LEN;
	frame.len -= DERP_HEAD_LEN;
	assert_int_equal(
		derp_client_info_read(frame, f->private, f->mem, &info),
		ERR_CRYPTO);
}

static void
server_info_is_for_that_client_only(void **state)
{
	static const char expected[] = "{\"version\":2}";
	struct fixture *f = *state;
	uint8_t client[32], client_public[32], out[DERP_SERVER_INFO_MAX];
	char plain[DERP_SERVER_INFO_MAX];
	size_t len;

	box_private(client);
	box_public(client, client_public);
	len = derp_server_info_put(out, client_public, f->private);
	assert_int_equal(len, 5 + 53);
	assert_int_equal(out[0], DERP_SERVER_INFO);
	assert_int_equal(out[4], 53);
	assert_int_equal(
		box_open(f->public, client, out + 5, len - 5, plain), ERR_OK);
	assert_memory_equal(plain, expected, sizeof(expected) - 1);
}

/* What real clients and the reference server sent. */

static const char *
text_of(json_object *o, const char *name)
{
	return json_object_get_string(json_object_object_get(o, name));
}

static void
check_from_client(struct fixture *f, json_object *o, struct bytes raw,
	const uint8_t *private, struct derp_reader *r)
{
	struct derp_client_info info;
	struct derp_frame frame;
	char key[65];

	assert_int_equal(derp_next(r, &raw, &frame), ERR_OK);
	assert_int_equal(raw.len, 0);
	assert_int_equal(frame.type,
		json_object_get_int(json_object_object_get(o, "type")));
	if (frame.type == DERP_SEND_PACKET) {
		text_hex(key, frame.body.at, 32);
		assert_string_equal(
			key, text_of(o, "peer") + strlen("nodekey:"));
	}
	if (frame.type != DERP_CLIENT_INFO)
		return;
	assert_int_equal(
		derp_client_info_read(frame.body, private, f->mem, &info),
		ERR_OK);
	text_hex(key, info.key, 32);
	assert_string_equal(
		key, text_of(o, "client_public") + strlen("nodekey:"));
	assert_int_equal(info.version, 2);
	assert_true(info.can_ack_pings);
	r->welcomed = true;
}

static void
check_server_key(struct bytes raw, const uint8_t *private)
{
	uint8_t public[32], out[DERP_HEAD_LEN + DERP_SERVER_KEY_LEN];

	box_public(private, public);
	derp_server_key_put(out, public);
	assert_int_equal(raw.len, sizeof(out));
	assert_memory_equal(raw.at, out, sizeof(out));
}

static void
check_version(struct fixture *f, const char *path)
{
	json_object *file = json_object_from_file(path);
	json_object *list = json_object_object_get(file, "frames");
	size_t count = json_object_array_length(list), seen = 0;
	struct derp_reader r = { 0 };
	uint8_t private[32];

	assert_int_equal(
		text_unhex(text_of(file, "server_private") + strlen("privkey:"),
			private, 32),
		ERR_OK);
	for (size_t i = 0; i < count; i++) {
		json_object *o = json_object_array_get_idx(list, i);
		struct bytes raw;

		assert_int_equal(
			text_unbase64(f->mem, text_of(o, "raw"), &raw), ERR_OK);
		if (strcmp(text_of(o, "dir"), "c2s") == 0) {
			check_from_client(f, o, raw, private, &r);
			seen++;
		} else if (raw.at[0] == DERP_SERVER_KEY) {
			check_server_key(raw, private);
		}
	}
	assert_true(seen >= 6);
	json_object_put(file);
}

static void
recorded_clients_are_understood(void **state)
{
	struct fixture *f = *state;

	check_version(f, "tests/fixtures/wire/v1.80.3/derp.json");
	check_version(f, "tests/fixtures/wire/v1.90.9/derp.json");
	check_version(f, "tests/fixtures/wire/v1.102.3/derp.json");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_are_taken_at_their_limits_and_refused_beyond),
		TEST(a_frame_too_long_is_refused_by_its_head_alone),
		TEST(before_client_info_there_is_nothing_else_and_after_it_no_second),
		TEST(mesh_frames_are_denied),
		TEST(unknown_frames_are_skipped_up_to_a_limit),
		TEST(a_stream_in_pieces_gives_the_same_frames),
		TEST(disco_is_the_magic_a_key_and_a_nonce),
		TEST(client_info_tells_what_the_client_can),
		TEST(a_mesh_key_is_noticed_but_the_zero_key_is_none),
		TEST(what_is_no_json_object_is_bad_input),
		TEST(a_key_that_the_client_does_not_hold_is_a_crypto_error),
		TEST(server_info_is_for_that_client_only),
		TEST(recorded_clients_are_understood),
	};

	return cmocka_run_group_tests_name("proto/derp", tests, NULL, NULL);
}
