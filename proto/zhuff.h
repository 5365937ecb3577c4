/*
 * zhuff.h: letters as zstd's Huffman code has them (RFC 8878 4.2), with a code
 * that is made once for what maps do not repeat: hexadecimal digits of keys,
 * some digits and letters more.
 */
#ifndef PROTO_ZHUFF_H
#define PROTO_ZHUFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	ZHUFF_BITS_MAX = 11,
	ZHUFF_SYMBOLS = 127,
	ZHUFF_HEAD_MAX = 1 + ZHUFF_SYMBOLS / 2,
	ZHUFF_LEAST = 256, /* bytes; fewer are not coded in four streams */
};

struct zhuff {
	struct {
		uint16_t code, bits; /* no bits: it cannot be told */
	} symbol[256];
	unsigned char head[ZHUFF_HEAD_MAX]; /* the code as it is written */
};

void zhuff_init(struct zhuff *h);

/* A literals section of a block (3.1.1.3.1) with `text` in four streams.
 * Returns where it ends; NULL: there is a byte that has no code.  Writes at
 * most twice the text and 128 bytes. */
unsigned char *zhuff_put(
	const struct zhuff *h, unsigned char *out, struct bytes text);

#endif
