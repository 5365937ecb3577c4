#include "proto/zmatch.h"

#include <endian.h>
#include <string.h>

enum {
	HASH_BITS = 10, /* a table of 4 kB stays in the nearest cache */
	HASH_BYTES = 5,
	DISTANCES = 3,
};

struct search {
	const unsigned char *text, *end;
	uint32_t seen[1 << HASH_BITS]; /* where a word stood last, plus one */
	uint32_t distances[DISTANCES];
};

static uint32_t
word_at(const unsigned char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint64_t
long_at(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* The lowest bit that is set belongs to the first quote in eight bytes. */
static uint64_t
quotes_in(uint64_t word)
{
	static const uint64_t ones = 0x0101010101010101u;
	uint64_t quotes = word ^ ones * '"';

	return (quotes - ones) & ~quotes & ones << 7;
}

/* The end, if fewer than eight bytes are left. */
static const unsigned char *
next_quote(const unsigned char *p, const unsigned char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t quotes = quotes_in(long_at(p));

		if (quotes)
			return p + __builtin_ctzll(quotes) / 8;
	}
	return end;
}

static size_t
hash_at(const unsigned char *p)
{
	static const uint64_t prime = 0x9e3779b97f4a7c15u;

	return (size_t)(((long_at(p) << (64 - 8 * HASH_BYTES)) * prime) >>
			(64 - HASH_BITS));
}

static size_t
common(const unsigned char *p, const unsigned char *earlier,
	const unsigned char *end)
{
	const unsigned char *from = p;

	while (end - p >= 8) {
		uint64_t differ = long_at(p) ^ long_at(earlier);

		if (differ)
			return (size_t)(p - from) +
			       (size_t)__builtin_ctzll(differ) / 8;
		p += 8;
		earlier += 8;
	}
	while (p < end && *p == *earlier) {
		p++;
		earlier++;
	}
	return (size_t)(p - from);
}

/* The distance to an earlier place that goes on like p, or zero: as far back as
 * the last repetition, or where a word like this stood last. */
static uint32_t
earlier(struct search *s, const unsigned char *p)
{
	uint32_t at = (uint32_t)(p - s->text), last = s->distances[0];
	uint32_t *slot = &s->seen[hash_at(p)], before = *slot;

	*slot = at + 1;
	if (last <= at && word_at(p) == word_at(p - last))
		return last;
	if (before && word_at(p) == word_at(s->text + before - 1))
		return at + 1 - before;
	return 0;
}

/* RFC 8878 3.1.1.5: without literals the names of the three move by one. */
static uint32_t
offset_code(struct search *s, uint32_t distance, bool literals)
{
	uint32_t *d = s->distances, which;

	for (which = literals ? 0 : 1; which < DISTANCES; which++)
		if (d[which] == distance)
			break;
	for (uint32_t i = which < DISTANCES ? which : DISTANCES - 1; i > 0; i--)
		d[i] = d[i - 1];
	d[0] = distance;
	return which < DISTANCES ? which + literals : distance + DISTANCES;
}

static void
put_literals(struct zmatch *out, const unsigned char *from,
	const unsigned char *to, const unsigned char *end)
{
	size_t len = (size_t)(to - from);
	unsigned char *at = out->literals + out->literal_count;

	if (len <= 8 && end - from >= 8)
		memcpy(at, from, 8); /* most are a digit or two */
	else if (len)
		memcpy(at, from, len);
	out->literal_count += len;
}

/* A repetition that goes on for four bytes at least goes on for how many, and
 * began how many before? */
static size_t
grown(const struct search *s, const unsigned char **at,
	const unsigned char *told, uint32_t distance)
{
	const unsigned char *p = *at;
	size_t len =
		ZMATCH_LEAST +
		common(p + ZMATCH_LEAST, p + ZMATCH_LEAST - distance, s->end);

	while (p > told && p - s->text > distance &&
		p[-1] == p[-1 - (ptrdiff_t)distance]) {
		p--;
		len++;
	}
	*at = p;
	return len;
}

bool
zmatch_find(struct zmatch *out, struct bytes text)
{
	struct search s = { .text = text.at,
		.end = text.at + text.len,
		.distances = { 1, 4, 8 } };
	const unsigned char *p = text.at, *told = p;

	out->step_count = out->literal_count = 0;
	if (text.len > ZMATCH_TEXT_MAX)
		return false;
	while (p = next_quote(p, s.end), s.end - p >= 8) {
		uint32_t distance = earlier(&s, p);
		size_t len;

		if (!distance) {
			p++;
			continue;
		}
		if (out->step_count == ZMATCH_STEPS_MAX)
			return false;
		len = grown(&s, &p, told, distance);
		put_literals(out, told, p, s.end);
		out->steps[out->step_count++] =
			(struct zmatch_step){ (uint32_t)(p - told),
				offset_code(&s, distance, p > told),
				(uint32_t)len };
		p += len;
		told = p;
	}
	put_literals(out, told, s.end, s.end);
	return true;
}
