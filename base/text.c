#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
text_hex(char *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
text_unhex(const char *s, void *out, size_t len)
{
	unsigned char *to = out;

	if (strlen(s) != 2 * len)
		return ERR_BAD_INPUT;
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_digit(s[i]) < 0)
			return ERR_BAD_INPUT;
	for (size_t i = 0; i < len; i++)
		to[i] = (unsigned char)(hex_digit(s[2 * i]) << 4 |
					hex_digit(s[2 * i + 1]));
	return ERR_OK;
}

char *
text_base64(struct arena *mem, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	char *start = arena_alloc(mem, (len + 2) / 3 * 4 + 1), *out = start;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned v = (unsigned)p[i] << 16;

		if (left > 1)
			v |= (unsigned)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		*out++ = base64_alphabet[v >> 18 & 63];
		*out++ = base64_alphabet[v >> 12 & 63];
		*out++ = left > 1 ? base64_alphabet[v >> 6 & 63] : '=';
		*out++ = left > 2 ? base64_alphabet[v & 63] : '=';
	}
	return start;
}

static int
base64_digit(char c)
{
	const char *p = c ? strchr(base64_alphabet, c) : NULL;

	return p ? (int)(p - base64_alphabet) : -1;
}

enum err
text_unbase64(struct arena *mem, const char *s, struct bytes *out)
{
	size_t len = strlen(s), padding = 0, made = 0;
	unsigned char *to;

	if (len % 4)
		return ERR_BAD_INPUT;
	while (padding < 2 && padding < len && s[len - 1 - padding] == '=')
		padding++;
	to = arena_alloc(mem, len / 4 * 3 + 1);
	for (size_t i = 0; i < len; i += 4) {
		unsigned v = 0;

		for (size_t k = 0; k < 4; k++) {
			int digit = i + k >= len - padding
					    ? 0
					    : base64_digit(s[i + k]);

			if (digit < 0)
				return ERR_BAD_INPUT;
			v = v << 6 | (unsigned)digit;
		}
		to[made++] = (unsigned char)(v >> 16);
		to[made++] = (unsigned char)(v >> 8);
		to[made++] = (unsigned char)v;
	}
	*out = (struct bytes){ to, made - padding };
	return ERR_OK;
}

enum err
text_int(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	int64_t value = 0;

	s += negative;
	if (!*s)
		return ERR_BAD_INPUT;
	for (; *s; s++) {
		int digit = *s - '0';

		if (digit < 0 || digit > 9 ||
			__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, digit, &value))
			return ERR_BAD_INPUT;
	}
	if (!negative && __builtin_mul_overflow(value, -1, &value))
		return ERR_BAD_INPUT;
	*out = value;
	return ERR_OK;
}

static bool
take_number(const char **s, int64_t *value)
{
	const char *start = *s;

	for (*value = 0; **s >= '0' && **s <= '9'; ++*s)
		if (__builtin_mul_overflow(*value, 10, value) ||
			__builtin_add_overflow(*value, **s - '0', value))
			return false;
	return *s > start;
}

enum err
text_duration(const char *s, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'y', 31536000 }, { 'w', 604800 }, { 'd', 86400 },
		{ 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	int64_t total = 0, value;
	size_t next = 0;

	if (strcmp(s, "0") == 0) {
		*seconds = 0;
		return ERR_OK;
	}
	if (!*s)
		return ERR_BAD_INPUT;
	while (*s) {
		if (!take_number(&s, &value))
			return ERR_BAD_INPUT;
		while (next < 6 && units[next].unit != *s)
			next++;
		if (next == 6 ||
			__builtin_mul_overflow(
				value, units[next].seconds, &value) ||
			__builtin_add_overflow(total, value, &total))
			return ERR_BAD_INPUT;
		next++;
		s++;
	}
	*seconds = total;
	return ERR_OK;
}

const char *
text_duration_words(struct arena *mem, int64_t seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "y", 31536000 }, { "d", 86400 }, { "h", 3600 },
		{ "m", 60 }, { "s", 1 } };
	size_t i = 0;

	if (!seconds)
		return "0";
	while (seconds % units[i].seconds)
		i++;
	return arena_printf(mem, "%lld%s",
		(long long)(seconds / units[i].seconds), units[i].unit);
}

enum err
text_url_decode(
	struct arena *mem, const char *s, size_t len, bool plus, char **out)
{
	char *start = arena_alloc(mem, len + 1), *to = start;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c == '%') {
			if (len - i < 3 || hex_digit(s[i + 1]) < 0 ||
				hex_digit(s[i + 2]) < 0)
				return ERR_BAD_INPUT;
			c = (char)(hex_digit(s[i + 1]) << 4 |
				   hex_digit(s[i + 2]));
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (!c)
			return ERR_BAD_INPUT;
		*to++ = c;
	}
	*to = '\0';
	*out = start;
	return ERR_OK;
}

char *
text_url_encode(struct arena *mem, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(mem, 3 * strlen(s) + 1), *at = out;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (strchr(plain, c)) {
			*at++ = *s;
			continue;
		}
		*at++ = '%';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	*at = '\0';
	return out;
}

bool
text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* RFC 3629: the length that a lead byte announces and the least code point
 * that may be written with it. */
static size_t
lead(unsigned char c, uint32_t *bits, uint32_t *least)
{
	if (c < 0x80) {
		*bits = c;
		*least = 1; /* NUL is refused */
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0) {
		*bits = c & 0x1f;
		*least = 0x80;
		return 2;
	}
	if (c >= 0xe0 && c < 0xf0) {
		*bits = c & 0x0f;
		*least = 0x800;
		return 3;
	}
	if (c >= 0xf0 && c < 0xf5) {
		*bits = c & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

bool
text_is_utf8(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint32_t code = 0, least = 0;

	for (size_t i = 0; i < len;) {
		size_t n = lead(p[i], &code, &least);

		if (!n || n > len - i)
			return false;
		for (size_t k = 1; k < n; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (p[i + k] & 0x3f);
		}
		if (code < least || code > 0x10ffff ||
			(code >= 0xd800 && code < 0xe000))
			return false;
		i += n;
	}
	return true;
}

/* Bytes of the letter at `s`, of which there are `left`; 0 if it is none. */
static size_t
letter(const char *s, size_t left)
{
	for (size_t n = 1; n <= 4 && n <= left; n++)
		if (text_is_utf8(s, n))
			return n;
	return 0;
}

char *
text_utf8(struct arena *mem, const char *s, size_t most)
{
	size_t len = strlen(s), at = 0;
	char *copy = arena_alloc(mem, len + 1);

	while (at < len) {
		size_t n = letter(s + at, len - at), step = n ? n : 1;

		if (step > most - at)
			break;
		memcpy(copy + at, n ? s + at : "?", step);
		at += step;
	}
	copy[at] = '\0';
	return copy;
}

/* U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. */
size_t
text_turns(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xd8)
		return p[1] == 0x9c ? 2 : 0;
	if (p[0] != 0xe2)
		return 0;
	if (p[1] == 0x80)
		return p[2] == 0x8e || p[2] == 0x8f ||
				       (p[2] >= 0xaa && p[2] <= 0xae)
			       ? 3
			       : 0;
	return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0;
}

size_t
text_hidden(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (p[0] && (p[0] < ' ' || p[0] == 0x7f))
		return 1;
	if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
		return 3;
	return text_turns(s);
}

bool
text_same_secret(const char *a, const char *b)
{
	size_t len = strlen(a);

	return strlen(b) == len && CRYPTO_memcmp(a, b, len) == 0;
}

char *
text_random(struct arena *mem, size_t count)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	char *out = arena_alloc(mem, count + 1);

	for (size_t done = 0; done < count;) {
		unsigned char pool[64];
		ssize_t got = getrandom(pool, sizeof(pool), 0);

		if (got < 0)
			abort();
		for (ssize_t i = 0; i < got && done < count; i++)
			out[done++] = alphabet[pool[i] & 63];
	}
	return out;
}

size_t
text_length(const char *s)
{
	size_t n = 0;

	if (!text_is_utf8(s, strlen(s)))
		return SIZE_MAX;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (text_hidden(s))
			return SIZE_MAX;
		n += (c & 0xc0) != 0x80;
	}
	return n;
}
