#include "proto/zhuff.h"

#include <string.h>

#include "proto/zbits.h"

enum {
	FIRST = ' ', /* control characters are escaped in JSON */
	LAST = '~',
	STREAMS = 4,
	SECTION_HEAD = 5,
	JUMP_TABLE = 2 * (STREAMS - 1),
	COMPRESSED_4_STREAMS = 2 | 3 << 2, /* 3.1.1.3.1.1, sizes of 18 bits */
	SIZE_BITS = 18,
	DIRECT = 127, /* 4.2.1.1: so many weights follow, of 4 bits each */
};

/* How many bits; all others have ZHUFF_BITS_MAX.  The code is full: 1 / 2^bits
 * of all of them add up to one. */
static const struct {
	unsigned bits;
	const char *letters;
} lengths[] = { { 4, "0123456789ae" }, { 5, ":bcdf" }, { 6, "." }, { 7, "\"-" },
	{ 8, "Tio" }, { 9, ",lmnrst" }, { 10, "DEOPRS]kpuy" } };

static unsigned
length_of(unsigned char letter)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		if (strchr(lengths[i].letters, letter))
			return lengths[i].bits;
	return ZHUFF_BITS_MAX;
}

static void
put_head(struct zhuff *h)
{
	h->head[0] = DIRECT + LAST; /* the last one's weight is not told */
	for (unsigned i = FIRST; i < LAST; i++) {
		unsigned weight =
			ZHUFF_BITS_MAX + 1 - length_of((unsigned char)i);

		h->head[1 + i / 2] |=
			(unsigned char)(i % 2 ? weight : weight << 4);
	}
}

/* 4.2.1.3: by length, the longest first, then by letter. */
void
zhuff_init(struct zhuff *h)
{
	unsigned place = 0;

	memset(h, 0, sizeof(*h));
	for (unsigned bits = ZHUFF_BITS_MAX; bits > 0; bits--)
		for (unsigned i = FIRST; i <= LAST; i++) {
			if (length_of((unsigned char)i) != bits)
				continue;
			h->symbol[i].code =
				(uint16_t)(place >> (ZHUFF_BITS_MAX - bits));
			h->symbol[i].bits = (uint16_t)bits;
			place += 1u << (ZHUFF_BITS_MAX - bits);
		}
	put_head(h);
}

/* Whether all have a code, seen eight at a time. */
static bool
is_known(struct bytes text)
{
	static const uint64_t ones = 0x0101010101010101u, high = ones << 7;
	uint64_t word = ones * FIRST, bad = 0;
	size_t i;

	for (i = 0; i + 8 <= text.len; i += 8) {
		memcpy(&word, text.at + i, 8);
		bad |= word | (word - ones * FIRST) | (word + ones);
	}
	memcpy(&word, text.at + i, text.len - i);
	return !((bad | word | (word - ones * FIRST) | (word + ones)) & high);
}

static void
put_letter(const struct zhuff *h, struct zbits *b, unsigned char letter)
{
	zbits_add(b, h->symbol[letter].code, h->symbol[letter].bits);
}

/* Backwards, as they are read from the end. */
static unsigned char *
put_stream(const struct zhuff *h, unsigned char *out, const unsigned char *from,
	const unsigned char *end)
{
	struct zbits b = { .at = out };

	while (end - from >= 4) {
		end -= 4;
		put_letter(h, &b, end[3]);
		put_letter(h, &b, end[2]);
		put_letter(h, &b, end[1]);
		put_letter(h, &b, end[0]);
		zbits_store(&b);
	}
	while (end > from)
		put_letter(h, &b, *--end);
	return zbits_end(&b);
}

static void
put_le(unsigned char *out, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(value >> 8 * i);
}

unsigned char *
zhuff_put(const struct zhuff *h, unsigned char *out, struct bytes text)
{
	unsigned char *body = out + SECTION_HEAD;
	unsigned char *jumps = body + sizeof(h->head), *p = jumps + JUMP_TABLE;
	size_t part = (text.len + STREAMS - 1) / STREAMS;

	if (!is_known(text))
		return NULL;
	memcpy(body, h->head, sizeof(h->head));
	for (size_t i = 0; i < STREAMS; i++) {
		const unsigned char *from = text.at + i * part;
		unsigned char *end = put_stream(h, p, from,
			i < STREAMS - 1 ? from + part : text.at + text.len);

		if (i < STREAMS - 1)
			put_le(jumps + 2 * i, (uint64_t)(end - p), 2);
		p = end;
	}
	put_le(out,
		COMPRESSED_4_STREAMS | text.len << 4 |
			(uint64_t)(p - body) << (4 + SIZE_BITS),
		SECTION_HEAD);
	return p;
}
