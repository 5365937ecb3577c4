#include "policy/hujson_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
	REPLACEMENT = 0xfffd,
};

bool
hujson_is_utf8(struct bytes s)
{
	const unsigned char *nul;

	for (;; s.len -= (size_t)(nul + 1 - s.at), s.at = nul + 1) {
		nul = memchr(s.at, 0, s.len);
		if (!nul)
			return text_is_utf8(s.at, s.len);
		if (!text_is_utf8(s.at, (size_t)(nul - s.at)))
			return false;
	}
}

static bool
is_hex4(const unsigned char *p, size_t left)
{
	for (size_t i = 0; i < 4; i++)
		if (i >= left || !p[i] ||
			!strchr("0123456789abcdefABCDEF", p[i]))
			return false;
	return true;
}

bool
hujson_string_is_valid(struct bytes s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < 0x20)
			return false;
		if (s.at[i] != '\\')
			continue;
		if (++i == s.len || !s.at[i] || !strchr("\"\\/bfnrtu", s.at[i]))
			return false;
		if (s.at[i] == 'u' && !is_hex4(s.at + i + 1, s.len - i - 1))
			return false;
	}
	return true;
}

static uint32_t
hex4(const unsigned char *p)
{
	char digits[5] = { (char)p[0], (char)p[1], (char)p[2], (char)p[3], 0 };

	return (uint32_t)strtoul(digits, NULL, 16);
}

static bool
is_low_half(const unsigned char *p, size_t left)
{
	return left >= 6 && p[0] == '\\' && p[1] == 'u' &&
	       (hex4(p + 2) & 0xfc00) == 0xdc00;
}

/* The character of the \u at `p`, and how many bytes say it. */
static uint32_t
escaped(const unsigned char *p, size_t left, size_t *len)
{
	uint32_t code = hex4(p + 2);

	*len = 6;
	if ((code & 0xfc00) == 0xd800 && is_low_half(p + 6, left - 6)) {
		*len = 12;
		return 0x10000 + ((code & 0x3ff) << 10) + (hex4(p + 8) & 0x3ff);
	}
	return (code & 0xf800) == 0xd800 ? REPLACEMENT : code;
}

static size_t
put_utf8(char *out, uint32_t code)
{
	size_t len = code < 0x80      ? 1
		     : code < 0x800   ? 2
		     : code < 0x10000 ? 3
				      : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[len] | code);
	return len;
}

char *
hujson_unescape(struct bytes s, struct arena *mem, size_t *len)
{
	static const char letters[] = "bfnrt", stands[] = "\b\f\n\r\t";
	char *text = arena_alloc(mem, s.len + 1), *out = text;

	for (size_t i = 0, step; i < s.len; i += step) {
		const char *letter;

		step = 1;
		if (s.at[i] != '\\') {
			*out++ = (char)s.at[i];
		} else if (s.at[i + 1] == 'u') {
			out += put_utf8(
				out, escaped(s.at + i, s.len - i, &step));
		} else {
			letter = strchr(letters, s.at[i + 1]);
			*out++ = letter ? stands[letter - letters]
					: (char)s.at[i + 1];
			step = 2;
		}
	}
	*len = (size_t)(out - text);
	return text;
}

/* Bytes of the character there, 0 if it is none. */
static size_t
character(struct bytes s, uint32_t *code)
{
	static const uint8_t bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };

	for (size_t len = 1; len <= 4 && len <= s.len; len++) {
		if (!hujson_is_utf8((struct bytes){ s.at, len }))
			continue;
		*code = s.at[0] & bits[len];
		for (size_t i = 1; i < len; i++)
			*code = *code << 6 | (s.at[i] & 0x3f);
		return len;
	}
	return 0;
}

/* Controls, blanks but the ordinary one, marks without a shape, private and
 * never assigned characters (Unicode's C and Z). */
static bool
is_printable(uint32_t code)
{
	static const uint32_t hidden[][2] = {
		{ 0, 0x1f },
		{ 0x7f, 0xa0 },
		{ 0xad, 0xad },
		{ 0x600, 0x605 },
		{ 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },
		{ 0x70f, 0x70f },
		{ 0x8e2, 0x8e2 },
		{ 0x1680, 0x1680 },
		{ 0x180e, 0x180e },
		{ 0x2000, 0x200f },
		{ 0x2028, 0x202f },
		{ 0x205f, 0x206f },
		{ 0x3000, 0x3000 },
		{ 0xd800, 0xf8ff },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a },
		{ 0x1fffe, 0x1ffff },
		{ 0x2fffe, 0x2ffff },
		{ 0x323b0, 0xe00ff },
		{ 0xe01f0, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i][0] && code <= hidden[i][1])
			return false;
	return true;
}

char *
hujson_quote(struct bytes rest, struct arena *mem)
{
	uint32_t code = 0;
	size_t len = character(rest, &code);

	if (!len)
		return arena_printf(mem, "'\\x%02x'", rest.at[0]);
	if (code == '\'' || code == '\\')
		return arena_printf(mem, "'\\%c'", (char)code);
	if (is_printable(code))
		return arena_printf(
			mem, "'%.*s'", (int)len, (const char *)rest.at);
	return arena_printf(
		mem, code < 0x10000 ? "'\\u%04x'" : "'\\U%08x'", code);
}

char *
hujson_cut(struct bytes text, size_t count, struct arena *mem)
{
	size_t len = 0;
	char *s;

	for (; len < text.len; len++)
		if ((text.at[len] & 0xc0) != 0x80 && !count--)
			break;
	s = arena_alloc(mem, len + 1);
	return memcpy(s, text.at, len);
}
