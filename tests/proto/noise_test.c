/*
 * Handshake and records against computed vectors and against what real clients
 * of three versions sent to a recording server.
 */
#include "proto/noise.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "proto/record.h"
#include "tests/lib/fixture.h"
#include "tests/lib/noise_vectors.h"

/* clang-format off */
struct recorded_record {
	const char *dir, *frame, *sha256;
	int64_t counter;
};
#define THIS struct recorded_record
static const struct json_field recorded_record_fields[] = {
	JSON_FIELD(THIS, dir, "dir", KEEP_EMPTY),
	JSON_FIELD(THIS, frame, "frame", KEEP_EMPTY),
	JSON_FIELD(THIS, sha256, "sha256", KEEP_EMPTY),
	JSON_FIELD(THIS, counter, "counter", KEEP_EMPTY),
};
static const struct json_table recorded_record =
	JSON_TABLE(THIS, recorded_record_fields);
#undef THIS

struct recorded {
	const char *name, *server, *ephemeral, *machine, *initiation, *response,
		*k1, *k2, *hash;
	int64_t capver;
	struct json_objects records;
};
#define THIS struct recorded
static const struct json_field recorded_fields[] = {
	JSON_FIELD(THIS, name, "name", KEEP_EMPTY),
	JSON_FIELD(THIS, capver, "capver", KEEP_EMPTY),
	JSON_FIELD(THIS, server, "server_private", KEEP_EMPTY),
	JSON_FIELD(THIS, ephemeral, "server_ephemeral", KEEP_EMPTY),
	JSON_FIELD(THIS, machine, "machine", KEEP_EMPTY),
	JSON_FIELD(THIS, initiation, "initiation", KEEP_EMPTY),
	JSON_FIELD(THIS, response, "response", KEEP_EMPTY),
	JSON_FIELD(THIS, k1, "k1", KEEP_EMPTY),
	JSON_FIELD(THIS, k2, "k2", KEEP_EMPTY),
	JSON_FIELD(THIS, hash, "hash", KEEP_EMPTY),
	JSON_STRUCT(THIS, records, "records", KEEP_EMPTY, recorded_record),
};
static const struct json_table recorded_table = JSON_TABLE(THIS, recorded_fields);
#undef THIS
/* clang-format on */

static struct arena *mem;
static struct vectors vectors;

static struct key
hex_key(const char *hex)
{
	struct key k;

	assert_int_equal(text_unhex(hex, k.bytes, KEY_SIZE), ERR_OK);
	return k;
}

static struct key
text_key(enum key_kind kind, const char *text)
{
	struct key k;

	assert_int_equal(key_parse(kind, text, &k), ERR_OK);
	return k;
}

static struct bytes
unhex(const char *hex)
{
	size_t len = strlen(hex) / 2;
	unsigned char *at = arena_alloc(mem, len + 1);

	assert_int_equal(text_unhex(hex, at, len), ERR_OK);
	return (struct bytes){ at, len };
}

static struct bytes
unbase64(const char *text)
{
	struct bytes b;

	assert_int_equal(text_unbase64(mem, text, &b), ERR_OK);
	return b;
}

static int
setup(void **state)
{
	(void)state;
	mem = arena_new();
	fixture_object(
		mem, "tests/vectors/noise.json", &vectors_table, &vectors);
	assert_int_equal(vectors.cases.count, 3);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static void
assert_result(const struct noise_result *r, const struct vector *v)
{
	struct bytes hash = unhex(v->hash);
	struct key k1 = hex_key(v->k1), k2 = hex_key(v->k2);

	assert_int_equal(r->capver, v->version);
	assert_true(key_equal(&r->client_to_server, &k1));
	assert_true(key_equal(&r->server_to_client, &k2));
	assert_memory_equal(r->hash, hash.at, NOISE_HASH_SIZE);
}

static void
the_server_answers_as_the_vectors_say(void **state)
{
	struct key server = hex_key(vectors.keys.server);
	struct key ephemeral = hex_key(vectors.keys.ephemeral);
	struct key machine = hex_key(vectors.keys.machine_public);

	(void)state;
	for (size_t i = 0; i < vectors.cases.count; i++) {
		const struct vector *v =
			(const struct vector *)vectors.cases.at + i;
		unsigned char response[NOISE_RESPONSE_SIZE];
		struct noise_result r;

		assert_int_equal(noise_answer_with(&server, &ephemeral,
					 unhex(v->initiation), response, &r),
			ERR_OK);
		assert_memory_equal(
			response, unhex(v->response).at, sizeof(response));
		assert_result(&r, v);
		assert_true(key_equal(&r.machine, &machine));
	}
}

static void
the_client_asks_as_the_vectors_say(void **state)
{
	struct key server = hex_key(vectors.keys.server_public);
	struct key ephemeral = hex_key(vectors.keys.client);
	struct key machine = hex_key(vectors.keys.machine);

	(void)state;
	for (size_t i = 0; i < vectors.cases.count; i++) {
		const struct vector *v =
			(const struct vector *)vectors.cases.at + i;
		unsigned char initiation[NOISE_INITIATION_SIZE];
		struct noise_client c;
		struct noise_result r;

		assert_int_equal(
			noise_start_with(&c, &ephemeral, &server, &machine,
				(uint16_t)v->version, initiation),
			ERR_OK);
		assert_memory_equal(initiation, unhex(v->initiation).at,
			sizeof(initiation));
		assert_int_equal(
			noise_finish(&c, unhex(v->response), &r), ERR_OK);
		assert_result(&r, v);
	}
}

static void
compare(void *arg, const unsigned char *plain, size_t len)
{
	struct bytes *expected = arg;

	assert_int_equal(len, expected->len);
	assert_memory_equal(plain, expected->at, len);
	expected->len = 0;
}

/* The largest record has no text in the file: it is full of 0xaa. */
static struct bytes
plain_of(const struct vector_record *r)
{
	unsigned char *at;

	if (r->plaintext)
		return unhex(r->plaintext);
	at = arena_alloc(mem, RECORD_PLAIN_MAX);
	memset(at, 0xaa, RECORD_PLAIN_MAX);
	return (struct bytes){ at, RECORD_PLAIN_MAX };
}

static void
seal_and_open(const struct vector_record *r, const struct key *k)
{
	struct bytes plain = plain_of(r);
	unsigned char frame[RECORD_MAX], sum[32];
	struct record_sealer s;
	struct record_opener o;

	record_sealer_init(&s, k);
	record_opener_init(&o, k);
	s.counter = o.counter = (uint64_t)r->counter;
	assert_int_equal(
		record_seal(&s, plain.at, plain.len, frame), r->frame_len);
	assert_true(EVP_Digest(frame, (size_t)r->frame_len, sum, NULL,
		EVP_blake2s256(), NULL));
	assert_memory_equal(sum, unhex(r->frame_hash).at, sizeof(sum));
	assert_int_equal(
		record_open(&o, frame, (size_t)r->frame_len, compare, &plain),
		ERR_OK);
	assert_int_equal(plain.len, 0);
	record_sealer_done(&s);
	record_opener_done(&o);
}

static void
records_are_sealed_and_opened_as_the_vectors_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < vectors.cases.count; i++) {
		const struct vector *v =
			(const struct vector *)vectors.cases.at + i;
		struct key up = hex_key(v->k1), down = hex_key(v->k2);

		for (size_t j = 0; j < v->records.count; j++) {
			const struct vector_record *r =
				(const struct vector_record *)v->records.at + j;
			bool is_up = !strcmp(r->direction, "client_to_server");

			seal_and_open(r, is_up ? &up : &down);
		}
	}
}

static void
check_sum(void *arg, const unsigned char *plain, size_t len)
{
	unsigned char sum[32];
	char **out = arg;

	assert_true(EVP_Digest(plain, len, sum, NULL, EVP_sha256(), NULL));
	*out = arena_alloc(mem, 2 * sizeof(sum) + 1);
	text_hex(*out, sum, sizeof(sum));
}

static void
open_records(const struct recorded *c, const char *dir, const char *key)
{
	struct key k = hex_key(key);
	struct record_opener o;

	record_opener_init(&o, &k);
	for (size_t i = 0; i < c->records.count; i++) {
		const struct recorded_record *r =
			(const struct recorded_record *)c->records.at + i;
		struct bytes frame = unbase64(r->frame);
		char *sum = NULL;

		if (strcmp(r->dir, dir))
			continue;
		assert_int_equal(r->counter, o.counter);
		assert_int_equal(
			record_open(&o, frame.at, frame.len, check_sum, &sum),
			ERR_OK);
		assert_string_equal(sum, r->sha256);
	}
	assert_true(o.counter > 0);
	record_opener_done(&o);
}

static void
sessions_of_real_clients_are_understood(void **state)
{
	static const char *const files[] = {
		"tests/fixtures/wire/v1.80.3/noise.json",
		"tests/fixtures/wire/v1.90.9/noise.json",
		"tests/fixtures/wire/v1.102.3/noise.json",
	};

	(void)state;
	for (size_t f = 0; f < sizeof(files) / sizeof(*files); f++) {
		struct json_objects all =
			fixture_list(mem, files[f], &recorded_table);

		assert_true(all.count >= 3);
		for (size_t i = 0; i < all.count; i++) {
			const struct recorded *c =
				(const struct recorded *)all.at + i;
			struct key server = text_key(KEY_PRIVATE, c->server);
			struct key ephemeral =
				text_key(KEY_PRIVATE, c->ephemeral);
			struct key machine = text_key(KEY_MACHINE, c->machine);
			unsigned char response[NOISE_RESPONSE_SIZE];
			struct noise_result r;

			assert_int_equal(
				noise_answer_with(&server, &ephemeral,
					unbase64(c->initiation), response, &r),
				ERR_OK);
			assert_memory_equal(response, unbase64(c->response).at,
				sizeof(response));
			assert_true(key_equal(&r.machine, &machine));
			assert_int_equal(r.capver, c->capver);
			open_records(c, "c2s", c->k1);
			open_records(c, "s2c", c->k2);
		}
	}
}

static void
both_sides_agree_with_fresh_keys(void **state)
{
	unsigned char ask[NOISE_INITIATION_SIZE], answer[NOISE_RESPONSE_SIZE];
	struct key server, server_public, machine, machine_public;
	struct noise_result mine, theirs;
	struct noise_client c;

	(void)state;
	assert_int_equal(key_new(&server, &server_public), ERR_OK);
	assert_int_equal(key_new(&machine, &machine_public), ERR_OK);
	assert_int_equal(
		noise_start(&c, &server_public, &machine, 142, ask), ERR_OK);
	assert_int_equal(
		noise_answer(&server, (struct bytes){ ask, sizeof(ask) },
			answer, &theirs),
		ERR_OK);
	assert_int_equal(
		noise_finish(
			&c, (struct bytes){ answer, sizeof(answer) }, &mine),
		ERR_OK);
	assert_memory_equal(mine.hash, theirs.hash, NOISE_HASH_SIZE);
	assert_true(key_equal(&theirs.machine, &machine_public));
}

static void
every_changed_bit_of_the_first_frame_is_noticed(void **state)
{
	const struct vector *v = vectors.cases.at;
	struct key server = hex_key(vectors.keys.server);
	struct bytes good = unhex(v->initiation);
	unsigned char frame[NOISE_INITIATION_SIZE];
	unsigned char response[NOISE_RESPONSE_SIZE];
	struct noise_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(frame); i++) {
		enum err e;

		memcpy(frame, good.at, sizeof(frame));
		/* X25519 ignores the last bit of a point, but the hash does
		 * not. */
		frame[i] ^= i == 36 ? 0x80 : 0x01;
		e = noise_answer(&server,
			(struct bytes){ frame, sizeof(frame) }, response, &r);
		assert_int_equal(
			e, i >= 2 && i < 5 ? ERR_BAD_INPUT : ERR_CRYPTO);
	}
}

static void
a_wrong_form_is_refused_with_words(void **state)
{
	unsigned char frame[NOISE_INITIATION_SIZE + 1] = { 0, 142, 1, 0, 96 };
	unsigned char out[NOISE_ERROR_SIZE];
	struct bytes in = { frame, NOISE_INITIATION_SIZE };

	(void)state;
	assert_null(noise_refusal(in));
	in.len--;
	assert_string_equal(
		noise_refusal(in), "wrong handshake initiation size");
	in.len += 2;
	assert_string_equal(
		noise_refusal(in), "wrong handshake initiation size");
	in.len--;
	frame[4] = 97;
	assert_string_equal(
		noise_refusal(in), "wrong handshake initiation length");
	frame[2] = 2;
	assert_string_equal(
		noise_refusal(in), "unexpected handshake message type");
	assert_int_equal(
		noise_error_frame("wrong handshake initiation size", out), 34);
	assert_memory_equal(out, "\x03\0\x1fwrong", 8);
}

static void
a_client_key_of_low_order_is_refused(void **state)
{
	const struct vector *v = vectors.cases.at;
	struct key server = hex_key(vectors.keys.server);
	struct bytes good = unhex(v->initiation);
	unsigned char frame[NOISE_INITIATION_SIZE];
	unsigned char response[NOISE_RESPONSE_SIZE];
	struct noise_result r;

	(void)state;
	memcpy(frame, good.at, sizeof(frame));
	memset(frame + 5, 0, KEY_SIZE);
	assert_int_equal(
		noise_answer(&server, (struct bytes){ frame, sizeof(frame) },
			response, &r),
		ERR_CRYPTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_answers_as_the_vectors_say),
		cmocka_unit_test(the_client_asks_as_the_vectors_say),
		cmocka_unit_test(
			records_are_sealed_and_opened_as_the_vectors_say),
		cmocka_unit_test(sessions_of_real_clients_are_understood),
		cmocka_unit_test(both_sides_agree_with_fresh_keys),
		cmocka_unit_test(
			every_changed_bit_of_the_first_frame_is_noticed),
		cmocka_unit_test(a_wrong_form_is_refused_with_words),
		cmocka_unit_test(a_client_key_of_low_order_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
