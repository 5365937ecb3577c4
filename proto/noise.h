/*
 * noise.h: the handshake of /ts2021, Noise_IK_25519_ChaChaPoly_BLAKE2s.
 *
 * One frame of 101 bytes from the client, one of 51 back, then both sides hold
 * a key for each direction and the server knows the client's machine key.  The
 * capability version that the first frame claims is part of the prologue, so a
 * changed one breaks the tags (spec: docs/PROTOCOL.md, Noise).
 */
#ifndef PROTO_NOISE_H
#define PROTO_NOISE_H

#include "base/bytes.h"
#include "proto/key.h"

enum {
	NOISE_INITIATION_SIZE = 101,
	NOISE_RESPONSE_SIZE = 51,
	NOISE_HASH_SIZE = 32,
	NOISE_ERROR_SIZE = 3 + 64, /* an error frame with our longest text */
};

struct noise_result {
	struct key client_to_server; /* keys of record.h */
	struct key server_to_client;
	struct key machine; /* who the client is; zero on the client's side */
	uint8_t hash[NOISE_HASH_SIZE];
	uint16_t capver;
};

/* What is wrong with the frame's form, for an error frame; NULL if nothing. */
const char *noise_refusal(struct bytes initiation);
/* The frame that carries such a text; returns its length. */
size_t noise_error_frame(const char *text, unsigned char out[NOISE_ERROR_SIZE]);

/*
 * The server's side.  ERR_BAD_INPUT: the form is wrong (noise_refusal has the
 * words).  ERR_CRYPTO: a tag or a key does not fit; close without an answer.
 */
enum err noise_answer(const struct key *server_private, struct bytes initiation,
	unsigned char response[NOISE_RESPONSE_SIZE], struct noise_result *out);
/* The same with a given ephemeral key: for vectors and recorded sessions. */
enum err noise_answer_with(const struct key *server_private,
	const struct key *ephemeral, struct bytes initiation,
	unsigned char response[NOISE_RESPONSE_SIZE], struct noise_result *out);

/* The client's side: noise_start, send, receive, noise_finish. */
struct noise_client {
	uint8_t h[NOISE_HASH_SIZE], chain[NOISE_HASH_SIZE];
	struct key ephemeral, machine_private;
	uint16_t capver;
};

enum err noise_start(struct noise_client *c, const struct key *server_public,
	const struct key *machine_private, uint16_t capver,
	unsigned char initiation[NOISE_INITIATION_SIZE]);
enum err noise_start_with(struct noise_client *c, const struct key *ephemeral,
	const struct key *server_public, const struct key *machine_private,
	uint16_t capver, unsigned char initiation[NOISE_INITIATION_SIZE]);
/* Wipes `c` in any case. */
enum err noise_finish(struct noise_client *c, struct bytes response,
	struct noise_result *out);

void noise_wipe(struct noise_result *r);

#endif
