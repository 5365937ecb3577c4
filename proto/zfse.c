#include "proto/zfse.h"

enum {
	SIZE = 1 << ZFSE_LOG,
	LOG_LEAST = 5, /* 4.1.1: the head tells how much larger the log is */
};

static unsigned
high_bit(uint32_t n)
{
	return 31 - (unsigned)__builtin_clz(n);
}

/* 4.1.1: which symbol each state stands for. */
static void
spread(uint8_t at[SIZE], const uint8_t *counts, size_t symbols)
{
	size_t place = 0;

	for (size_t s = 0; s < symbols; s++)
		for (unsigned i = 0; i < counts[s]; i++) {
			at[place] = (uint8_t)s;
			place = (place + SIZE / 2 + SIZE / 8 + 3) % SIZE;
		}
}

static void
fill(struct zfse *f, const uint8_t *counts, size_t symbols)
{
	uint16_t from[ZFSE_SYMBOLS_MAX];
	uint8_t at[SIZE];
	uint16_t total = 0;

	for (size_t s = 0; s < symbols; s++) {
		uint32_t n = counts[s];
		uint32_t out = n > 1 ? ZFSE_LOG - high_bit(n - 1) : ZFSE_LOG;

		f->symbol[s].bits = (out << 16) - (n << out);
		f->symbol[s].find = (int32_t)total - (int32_t)n;
		from[s] = total;
		total = (uint16_t)(total + n);
	}
	spread(at, counts, symbols);
	for (size_t i = 0; i < SIZE; i++)
		f->next[from[at[i]]++] = (uint16_t)(SIZE + i);
}

/* 4.1.1: a number below `left` + 1, the small ones a bit shorter. */
static void
put_count(struct zbits *b, uint32_t left, uint32_t value)
{
	unsigned bits = high_bit(left + 1) + 1;
	uint32_t spare = (1u << bits) - 1 - (left + 1);

	if (value < spare) {
		zbits_add(b, value, bits - 1);
	} else {
		if (value >= 1u << (bits - 1))
			value += spare;
		zbits_add(b, value, bits);
	}
	zbits_store(b);
}

static void
put_head(struct zfse *f, const uint8_t *counts, size_t symbols)
{
	struct zbits b = { .at = f->head };
	uint32_t left = SIZE;

	zbits_add(&b, ZFSE_LOG - LOG_LEAST, 4);
	for (size_t s = 0; s < symbols; s++) {
		put_count(&b, left, counts[s] + 1u);
		left -= counts[s];
	}
	f->head_len = (size_t)(b.at - f->head) + (b.count > 0);
}

void
zfse_init(struct zfse *f, const uint8_t *counts, size_t symbols)
{
	fill(f, counts, symbols);
	put_head(f, counts, symbols);
}
