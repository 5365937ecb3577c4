/*
 * zfse.h: numbers as zstd's FSE codes them (RFC 8878 4.1), with a table that is
 * made once from counts that are known before.
 */
#ifndef PROTO_ZFSE_H
#define PROTO_ZFSE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/zbits.h"

enum {
	ZFSE_LOG = 8, /* the counts of a table add up to 1 << ZFSE_LOG */
	ZFSE_SYMBOLS_MAX = 53,
	ZFSE_HEAD_MAX = 96,
};

struct zfse {
	uint16_t next[1 << ZFSE_LOG];
	struct {
		uint32_t bits; /* state + bits >> 16 is how many bits leave */
		int32_t find;
	} symbol[ZFSE_SYMBOLS_MAX];
	unsigned char head[ZFSE_HEAD_MAX]; /* the table as it is written */
	size_t head_len;
};

/* Every symbol below `symbols` has a count of at least one. */
void zfse_init(struct zfse *f, const uint8_t *counts, size_t symbols);

/* The state that the last symbol (which is coded first) leads to. */
static inline uint32_t
zfse_begin(const struct zfse *f, unsigned symbol)
{
	uint32_t bits = f->symbol[symbol].bits, out = (bits + (1 << 15)) >> 16;

	return f->next[(int32_t)(((out << 16) - bits) >> out) +
		       f->symbol[symbol].find];
}

static inline void
zfse_put(
	const struct zfse *f, struct zbits *b, uint32_t *state, unsigned symbol)
{
	uint32_t out = (*state + f->symbol[symbol].bits) >> 16;

	zbits_add(b, *state & ((1u << out) - 1), out);
	*state = f->next[(int32_t)(*state >> out) + f->symbol[symbol].find];
}

static inline void
zfse_end(struct zbits *b, uint32_t state)
{
	zbits_add(b, state & ((1u << ZFSE_LOG) - 1), ZFSE_LOG);
}

#endif
