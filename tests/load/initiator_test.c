/*
 * The load generator's own handshake and records against the computed vectors.
 */
#include "tests/load/initiator.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/lib/fixture.h"
#include "tests/lib/noise_vectors.h"

static struct arena *mem;
static struct vectors vectors;

static int
setup(void **state)
{
	(void)state;
	mem = arena_new();
	fixture_object(
		mem, "tests/vectors/noise.json", &vectors_table, &vectors);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static const uint8_t *
unhex(const char *hex)
{
	uint8_t *at = arena_alloc(mem, strlen(hex) / 2 + 1);

	assert_int_equal(text_unhex(hex, at, strlen(hex) / 2), ERR_OK);
	return at;
}

static struct key
hex_key(const char *hex)
{
	struct key k;

	memcpy(k.bytes, unhex(hex), KEY_SIZE);
	return k;
}

/* The handshake of one case, up to both channels. */
static bool
shake(const struct vector *v, const uint8_t *response, struct initiator *in,
	struct channel *up, struct channel *down)
{
	struct key server = hex_key(vectors.keys.server_public);
	struct key machine = hex_key(vectors.keys.machine);
	struct key ephemeral = hex_key(vectors.keys.client);
	uint8_t out[INITIATION_SIZE];

	assert_true(initiator_start(
		in, &server, &machine, &ephemeral, (uint16_t)v->version, out));
	assert_memory_equal(out, unhex(v->initiation), sizeof(out));
	return initiator_finish(in, response, up, down);
}

static void
the_handshake_is_that_of_the_vectors(void **state)
{
	(void)state;
	assert_int_equal(vectors.cases.count, 3);
	for (size_t i = 0; i < vectors.cases.count; i++) {
		const struct vector *v =
			(const struct vector *)vectors.cases.at + i;
		struct channel up, down;
		struct initiator in;

		assert_true(shake(v, unhex(v->response), &in, &up, &down));
		assert_memory_equal(up.key, unhex(v->k1), 32);
		assert_memory_equal(down.key, unhex(v->k2), 32);
		assert_memory_equal(in.hash, unhex(v->hash), 32);
	}
}

static void
an_answer_that_was_changed_is_refused(void **state)
{
	const struct vector *v = vectors.cases.at;
	uint8_t response[RESPONSE_SIZE];

	(void)state;
	for (size_t i = 0; i < RESPONSE_SIZE; i++) {
		struct channel up, down;
		struct initiator in;

		memcpy(response, unhex(v->response), RESPONSE_SIZE);
		response[i] ^= 0x10;
		assert_false(shake(v, response, &in, &up, &down));
	}
}

static void
check_record(const struct vector_record *r, const uint8_t *key)
{
	uint8_t frame[FRAME_MAX], plain[FRAME_PLAIN_MAX], sum[32];
	size_t len = (size_t)r->frame_len - FRAME_OVERHEAD;
	const uint8_t *expected = plain;
	uint8_t out[FRAME_PLAIN_MAX];
	struct channel c = { .counter = (uint64_t)r->counter };

	memcpy(c.key, key, sizeof(c.key));
	/* The largest has no text in the file: it is full of 0xaa. */
	memset(plain, 0xaa, sizeof(plain));
	if (r->plaintext)
		expected = unhex(r->plaintext);
	assert_int_equal(channel_seal(&c, expected, len, frame), r->frame_len);
	assert_true(EVP_Digest(frame, (size_t)r->frame_len, sum, NULL,
		EVP_blake2s256(), NULL));
	assert_memory_equal(sum, unhex(r->frame_hash), sizeof(sum));
	c.counter = (uint64_t)r->counter;
	assert_int_equal(
		channel_open(&c, frame, (size_t)r->frame_len, out), len);
	assert_memory_equal(out, expected, len);
	frame[r->frame_len - 1] ^= 1;
	c.counter = (uint64_t)r->counter;
	assert_int_equal(
		channel_open(&c, frame, (size_t)r->frame_len, out), -1);
}

static void
records_are_those_of_the_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < vectors.cases.count; i++) {
		const struct vector *v =
			(const struct vector *)vectors.cases.at + i;

		assert_true(v->records.count > 0);
		for (size_t k = 0; k < v->records.count; k++) {
			const struct vector_record *r =
				(const struct vector_record *)v->records.at + k;
			bool up = strcmp(r->direction, "client_to_server") == 0;

			check_record(r, unhex(up ? v->k1 : v->k2));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_is_that_of_the_vectors),
		cmocka_unit_test(an_answer_that_was_changed_is_refused),
		cmocka_unit_test(records_are_those_of_the_vectors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
