/*
 * noise_frames_fuzz.c: what comes before anybody is known.  The first byte
 * chooses: a first frame for the server, an answer for the client, records that
 * a stranger wrote, or a text that is sealed and must come out again however it
 * is split.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/noise.h"
#include "proto/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static const struct key key = { { 8, 1, 2, [31] = 0x40 } };

struct got {
	const uint8_t *expected;
	size_t len;
};

static void
compare(void *arg, const unsigned char *plain, size_t len)
{
	struct got *g = arg;

	assert(len <= g->len && !memcmp(plain, g->expected, len));
	g->expected += len;
	g->len -= len;
}

static void
nothing(void *arg, const unsigned char *plain, size_t len)
{
	(void)arg;
	(void)plain;
	(void)len;
	abort(); /* opened without the key */
}

static void
first_frame(struct bytes in)
{
	unsigned char response[NOISE_RESPONSE_SIZE], error[NOISE_ERROR_SIZE];
	struct noise_result r;
	const char *words = noise_refusal(in);
	enum err e = noise_answer(&key, in, response, &r);

	assert(e == ERR_OK || e == ERR_CRYPTO || e == ERR_BAD_INPUT);
	assert((e == ERR_BAD_INPUT) == (words != NULL));
	if (words)
		assert(noise_error_frame(words, error) <= sizeof(error));
}

static void
answer(struct bytes in)
{
	unsigned char initiation[NOISE_INITIATION_SIZE];
	struct key server_public;
	struct noise_client c;
	struct noise_result r;

	assert(!key_public(&key, &server_public));
	assert(!noise_start_with(
		&c, &key, &server_public, &key, 142, initiation));
	assert(noise_finish(&c, in, &r) != ERR_OK);
}

static void
open_pieces(
	struct bytes in, size_t step, record_got *got, void *arg, bool sealed)
{
	struct record_opener o;
	enum err e = ERR_OK;

	record_opener_init(&o, &key);
	for (size_t i = 0; i < in.len; i += step) {
		size_t now = in.len - i < step ? in.len - i : step;
		enum err next = record_open(&o, in.at + i, now, got, arg);

		assert(!e || next == e); /* a failure stays */
		assert(!sealed || !next);
		e = next;
	}
	record_opener_done(&o);
}

static void
seal_and_open(struct bytes in, size_t step)
{
	unsigned char *wire = malloc(record_sealed_size(in.len) + 1);
	struct got got = { in.at, in.len };
	struct record_sealer s;
	size_t len;

	assert(wire);
	record_sealer_init(&s, &key);
	len = record_seal_all(&s, in.at, in.len, wire);
	assert(len == record_sealed_size(in.len));
	open_pieces((struct bytes){ wire, len }, step, compare, &got, true);
	assert(got.len == 0);
	record_sealer_done(&s);
	free(wire);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct bytes in = { at + 1, len - 1 };

	if (len < 1)
		return 0;
	switch (at[0] & 3) {
	case 0:
		first_frame(in);
		break;
	case 1:
		answer(in);
		break;
	case 2:
		open_pieces(in, 1 + (at[0] >> 2), nothing, NULL, false);
		break;
	case 3:
		seal_and_open(in, 1 + (at[0] >> 2));
		break;
	}
	return 0;
}
