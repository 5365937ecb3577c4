/*
 * zbits.h: bits as zstd reads them: written upwards from the lowest, read back
 * from the end, which the highest bit that is set marks.
 *
 * There must be room for 8 bytes more than are written.
 */
#ifndef PROTO_ZBITS_H
#define PROTO_ZBITS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

struct zbits {
	uint64_t held;
	unsigned count; /* at most 7 after zbits_store */
	unsigned char *at;
};

/* `value` has no bits above; at most 56 bits between two stores. */
static inline void
zbits_add(struct zbits *b, uint64_t value, unsigned count)
{
	b->held |= value << b->count;
	b->count += count;
}

static inline void
zbits_store(struct zbits *b)
{
	uint64_t bytes = htole64(b->held);

	memcpy(b->at, &bytes, sizeof(bytes));
	b->at += b->count / 8;
	b->held >>= b->count & ~7u;
	b->count &= 7;
}

/* Where the bytes end. */
static inline unsigned char *
zbits_end(struct zbits *b)
{
	zbits_add(b, 1, 1);
	zbits_store(b);
	return b->at + (b->count > 0);
}

#endif
