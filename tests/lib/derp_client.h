/*
 * derp_client.h: the client's side of DERP for tests: a key pair, the frames a
 * client sends, and a cutter for the frames it gets.
 */
#ifndef TESTS_LIB_DERP_CLIENT_H
#define TESTS_LIB_DERP_CLIENT_H

#include "proto/derp.h"

struct derp_client {
	uint8_t private[DERP_KEY_LEN], public[DERP_KEY_LEN];
	struct arena *mem; /* of the frames made */
};

void derp_client_init(struct derp_client *c, struct arena *mem);

/* Frames as they go on the wire. */
struct bytes derp_client_info(struct derp_client *c,
	const uint8_t server[DERP_KEY_LEN], const char *json);
struct bytes derp_client_frame(struct derp_client *c, enum derp_type type,
	const void *body, size_t len);
struct bytes derp_client_packet(struct derp_client *c,
	const struct derp_client *to, const void *packet, size_t len);
/* A packet of 62 bytes that counts as disco; the last one is `mark`. */
struct bytes derp_client_disco(
	struct derp_client *c, const struct derp_client *to, uint8_t mark);

/* Takes the first whole frame off `in`; false if there is none. */
bool derp_client_next(struct bytes *in, struct derp_frame *f);

#endif
