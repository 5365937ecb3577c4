/*
 * bits.h: sets of small numbers, as words of 64.  Their length is known to who
 * holds them.
 */
#ifndef POLICY_BITS_H
#define POLICY_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t
bits_words(size_t count)
{
	return (count + 63) / 64;
}

static inline bool
bit_get(const uint64_t *b, size_t i)
{
	return b[i / 64] >> (i % 64) & 1;
}

static inline void
bit_set(uint64_t *b, size_t i)
{
	b[i / 64] |= (uint64_t)1 << (i % 64);
}

static inline void
bit_put(uint64_t *b, size_t i, bool on)
{
	b[i / 64] &= ~((uint64_t)1 << (i % 64));
	b[i / 64] |= (uint64_t)on << (i % 64);
}

static inline bool
bits_meet(const uint64_t *a, const uint64_t *b, size_t words)
{
	for (size_t i = 0; i < words; i++)
		if (a[i] & b[i])
			return true;
	return false;
}

static inline void
bits_add(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] |= from[i];
}

static inline bool
bits_any(const uint64_t *a, size_t words)
{
	return bits_meet(a, a, words);
}

#endif
