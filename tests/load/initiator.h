/*
 * initiator.h: the client's half of the handshake and of the records, written
 * from the protocol's text and not from proto/noise: the server under load
 * shall not be asked by its own code, where one mistake could hide another.
 * tests/load/initiator_test.c holds it against the vectors.
 */
#ifndef TESTS_LOAD_INITIATOR_H
#define TESTS_LOAD_INITIATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"

enum {
	INITIATION_SIZE = 101,
	RESPONSE_SIZE = 51,
	FRAME_MAX = 4096,
	FRAME_OVERHEAD = 3 + 16,
	FRAME_PLAIN_MAX = FRAME_MAX - FRAME_OVERHEAD,
};

struct initiator {
	uint8_t hash[32], chain[32];
	struct key ephemeral, machine; /* private */
};

/* One direction of the transport. */
struct channel {
	uint8_t key[32];
	uint64_t counter;
};

/* `ephemeral` NULL: a fresh one. */
bool initiator_start(struct initiator *in, const struct key *server_public,
	const struct key *machine_private, const struct key *ephemeral,
	uint16_t version, uint8_t out[INITIATION_SIZE]);
/* False when the answer does not open. */
bool initiator_finish(struct initiator *in,
	const uint8_t response[RESPONSE_SIZE], struct channel *up,
	struct channel *down);

/* One frame of at most FRAME_PLAIN_MAX bytes; its length. */
size_t channel_seal(
	struct channel *c, const void *plain, size_t len, uint8_t *out);
/* A whole frame; `out` has room for its plaintext, whose length is given; -1
 * when it does not open. */
int channel_open(
	struct channel *c, const uint8_t *frame, size_t len, uint8_t *out);

#endif
