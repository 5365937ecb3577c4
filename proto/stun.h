/*
 * stun.h: the one STUN exchange clients make (RFC 8489): a binding request, and
 * the answer that tells them which address and port it came from.
 *
 * Only requests as clients write them are answered: SOFTWARE "tailnode", and a
 * correct FINGERPRINT as the last attribute.  So a stranger who forges a
 * source address gets 32 or 44 bytes out of us for 40 of his own, no more.
 */
#ifndef PROTO_STUN_H
#define PROTO_STUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"

enum {
	STUN_TX_LEN = 12,
	STUN_REQUEST_LEN = 40,  /* what every client sends */
	STUN_REQUEST_MAX = 256, /* with more attributes than we know */
	STUN_ANSWER_MAX = 44,
};

/* ERR_BAD_INPUT: anything but a request as above; it gets no answer. */
enum err stun_request_read(
	const uint8_t *at, size_t len, uint8_t tx[STUN_TX_LEN]);
void stun_request_put(
	uint8_t out[STUN_REQUEST_LEN], const uint8_t tx[STUN_TX_LEN]);

/* Writes the answer, returns its length: 32 for IPv4, 44 for IPv6. */
size_t stun_answer_put(uint8_t out[STUN_ANSWER_MAX],
	const uint8_t tx[STUN_TX_LEN], const struct ip *ip, uint16_t port);
/* ERR_BAD_INPUT: not an answer to the request `tx`. */
enum err stun_answer_read(const uint8_t *at, size_t len,
	const uint8_t tx[STUN_TX_LEN], struct ip *ip, uint16_t *port);

#endif
