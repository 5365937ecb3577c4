#include "proto/zlist.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "proto/zfse.h"
#include "proto/zhuff.h"
#include "proto/zmatch.h"

enum {
	FRAME_HEAD = 4 + 1 + 4,
	SINGLE_SEGMENT_SIZE_4 = 0xa0, /* RFC 8878 3.1.1.1.1 */
	BLOCK_HEAD = 3,
	LAST_COMPRESSED = 1 | 2 << 1,           /* 3.1.1.2 */
	TABLES_TOLD = 2 << 6 | 2 << 4 | 2 << 2, /* 3.1.1.3.2.1 */
	STEPS_HEAD = 3,  /* how many steps, and TABLES_TOLD */
	STEP_BYTES = 10, /* at most: three codes of 8 bits, 49 bits more */
	ROOM = 2 * ZMATCH_TEXT_MAX + STEP_BYTES * ZMATCH_STEPS_MAX + 1024,
	LITERAL_CODES = 36,
	LENGTH_CODES = 53,
	OFFSET_CODES = 18,
	SMALL = 128,       /* from here on, each power of two is one code */
	LITERAL_LOGS = 19, /* what its code is more than its logarithm */
	LENGTH_LOGS = 36,
	LENGTH_FIRST = 3,
};

/* How often of 256 each code is written: as of a thousand peers, with something
 * for whatever others do. */
static const uint8_t literal_counts[LITERAL_CODES] = { 9, 86, 21, 8, 7, 14, 2,
	5, 4, 9, 6, 4, 3, 10, 6, 3, 3, 4, 3, 1, 3, 1, 1, 1, 5, 27, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1 };
static const uint8_t length_counts[LENGTH_CODES] = { 1, 1, 1, 8, 1, 1, 2, 10, 3,
	6, 3, 11, 20, 12, 8, 9, 11, 8, 7, 14, 16, 12, 5, 5, 10, 4, 4, 1, 1, 1,
	1, 1, 1, 1, 1, 11, 2, 1, 10, 5, 14, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1 };
static const uint8_t offset_counts[OFFSET_CODES] = { 182, 4, 1, 1, 2, 2, 1, 4,
	5, 30, 11, 5, 2, 2, 1, 1, 1, 1 };

/* 3.1.1.3.2.1.1: how many bits stand behind a code; each begins where the one
 * before it ends. */
static const uint8_t literal_bits[LITERAL_CODES] = { 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12,
	13, 14, 15, 16 };
static const uint8_t length_bits[LENGTH_CODES] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1,
	1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* A kind of number: its codes, and what is written of them. */
struct kind {
	struct zfse states;
	uint8_t small[SMALL]; /* the codes of small numbers */
	unsigned logs;
	const uint8_t *bits;
};

struct zlist {
	struct zhuff letters;
	struct kind literals, lengths;
	struct zfse offsets;
	struct zmatch found;
	unsigned char frame[ROOM];
};

static void
kind_init(struct kind *k, const uint8_t *counts, const uint8_t *bits,
	size_t codes, unsigned logs)
{
	uint8_t code = 0;

	k->logs = logs;
	k->bits = bits;
	for (unsigned i = 0; i < SMALL; code++)
		for (unsigned n = 1u << bits[code]; n > 0 && i < SMALL; n--)
			k->small[i++] = code;
	zfse_init(&k->states, counts, codes);
}

struct zlist *
zlist_new(void)
{
	struct zlist *z = malloc(sizeof(*z));

	if (!z)
		abort();
	zhuff_init(&z->letters);
	kind_init(&z->literals, literal_counts, literal_bits, LITERAL_CODES,
		LITERAL_LOGS);
	kind_init(&z->lengths, length_counts, length_bits, LENGTH_CODES,
		LENGTH_LOGS);
	zfse_init(&z->offsets, offset_counts, OFFSET_CODES);
	return z;
}

void
zlist_free(struct zlist *z)
{
	free(z);
}

static unsigned
high_bit(uint32_t n)
{
	return 31 - (unsigned)__builtin_clz(n);
}

static unsigned
code_of(const struct kind *k, uint32_t n)
{
	return n < SMALL ? k->small[n] : high_bit(n) + k->logs;
}

static uint64_t
lowest(uint32_t n, unsigned bits)
{
	return n & ((1u << bits) - 1);
}

/* What stands behind the three codes of a step. */
static void
put_rest(struct zlist *z, struct zbits *b, const struct zmatch_step *s,
	unsigned literals, unsigned length, unsigned offset)
{
	unsigned bits = z->literals.bits[literals];

	zbits_add(b, lowest(s->literals, bits), bits);
	bits = z->lengths.bits[length];
	zbits_add(b, lowest(s->length - LENGTH_FIRST, bits), bits);
	zbits_store(b);
	zbits_add(b, lowest(s->offset, offset), offset);
	zbits_store(b);
}

/* 3.1.1.3.2.1.2, backwards, as all that is read from its end. */
static unsigned char *
put_steps(struct zlist *z, unsigned char *out)
{
	struct zbits b = { .at = out };
	uint32_t literal_state = 0, length_state = 0, offset_state = 0;

	for (size_t i = z->found.step_count; i-- > 0;) {
		const struct zmatch_step *s = &z->found.steps[i];
		unsigned literals = code_of(&z->literals, s->literals);
		unsigned length =
			code_of(&z->lengths, s->length - LENGTH_FIRST);
		unsigned offset = high_bit(s->offset);

		if (i == z->found.step_count - 1) {
			offset_state = zfse_begin(&z->offsets, offset);
			length_state = zfse_begin(&z->lengths.states, length);
			literal_state =
				zfse_begin(&z->literals.states, literals);
		} else {
			zfse_put(&z->offsets, &b, &offset_state, offset);
			zfse_put(&z->lengths.states, &b, &length_state, length);
			zfse_put(&z->literals.states, &b, &literal_state,
				literals);
		}
		put_rest(z, &b, s, literals, length, offset);
	}
	zfse_end(&b, length_state);
	zfse_end(&b, offset_state);
	zfse_end(&b, literal_state);
	return zbits_end(&b);
}

static unsigned char *
put(unsigned char *out, const void *bytes, size_t len)
{
	memcpy(out, bytes, len);
	return out + len;
}

static unsigned char *
put_le(unsigned char *out, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (value >> 8 * i) & 0xff;
	return out + bytes;
}

/* 3.1.1.3.2: the count in the two bytes that serve for all up to 0x7eff. */
static unsigned char *
put_steps_head(const struct zlist *z, unsigned char *out)
{
	size_t count = z->found.step_count;
	const struct zfse *tables[] = { &z->literals.states, &z->offsets,
		&z->lengths.states };

	*out++ = (unsigned char)((count >> 8) + 128);
	*out++ = count & 0xff;
	*out++ = TABLES_TOLD;
	for (size_t i = 0; i < 3; i++)
		out = put(out, tables[i]->head, tables[i]->head_len);
	return out;
}

/* One block; NULL: a byte has no code. */
static unsigned char *
put_block(struct zlist *z, unsigned char *out)
{
	unsigned char *p = zhuff_put(&z->letters, out + BLOCK_HEAD,
		(struct bytes){ z->found.literals, z->found.literal_count });

	if (!p)
		return NULL;
	p = put_steps(z, put_steps_head(z, p));
	put_le(out, LAST_COMPRESSED | (uint32_t)(p - out - BLOCK_HEAD) << 3,
		BLOCK_HEAD);
	return p;
}

struct bytes
zlist_frame(struct zlist *z, struct bytes text)
{
	unsigned char *p = z->frame;

	if (!zmatch_find(&z->found, text) || !z->found.step_count ||
		z->found.literal_count < ZHUFF_LEAST)
		return (struct bytes){ 0 };
	p = put_le(p, ZSTD_MAGICNUMBER, 4);
	p = put_le(p, SINGLE_SEGMENT_SIZE_4, 1);
	p = put_le(p, (uint32_t)text.len, 4);
	p = put_block(z, p);
	if (!p || (size_t)(p - z->frame) > text.len / 2)
		return (struct bytes){ 0 };
	return (struct bytes){ z->frame, (size_t)(p - z->frame) };
}
