#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_inside.h"
#include "base/text.h"

enum {
	NUMBER_TEXT_MAX = 64, /* longer ones are nobody's */
};

struct scan {
	const char *p, *end;
	const struct json_limits *limits;
	size_t depth, tokens, members;
};

static bool
scan_string(struct scan *s)
{
	const char *start = ++s->p;

	for (; s->p < s->end && *s->p != '"'; s->p++) {
		if ((unsigned char)*s->p < 0x20)
			return false;
		if (*s->p != '\\')
			continue;
		if (s->end - s->p >= 6 && !memcmp(s->p + 1, "u0000", 5))
			return false;
		s->p++;
	}
	if (s->p >= s->end || (size_t)(s->p - start) > s->limits->string)
		return false;
	s->p++;
	return true;
}

/* json-c takes "1." and "1.e5". */
static bool
digits_around_point(const char *text, size_t len)
{
	const char *point = strchr(text, '.');

	return text[len - 1] >= '0' && text[len - 1] <= '9' &&
	       (!point || (point[1] >= '0' && point[1] <= '9'));
}

static bool
scan_number(struct scan *s)
{
	char text[NUMBER_TEXT_MAX];
	size_t len = 0;
	bool whole = true;

	while (s->p < s->end && *s->p && strchr("+-.eE0123456789", *s->p)) {
		if (len == sizeof(text) - 1)
			return false;
		whole = whole && !strchr(".eE", *s->p);
		text[len++] = *s->p++;
	}
	text[len] = '\0';
	errno = 0;
	if (whole)
		(void)strtoll(text, NULL, 10);
	return !errno && digits_around_point(text, len) &&
	       (whole || isfinite(strtod(text, NULL)));
}

static bool
scan_word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= len &&
			!memcmp(s->p, words[i], len)) {
			s->p += len;
			return true;
		}
	}
	return false;
}

static bool
scan_token(struct scan *s)
{
	char c = *s->p;

	if (++s->tokens > s->limits->tokens)
		return false;
	if (c == '{' || c == '[')
		s->depth++;
	else if (c == '}' || c == ']')
		s->depth--; /* the parser sees if they do not match */
	else if (c == ':')
		s->members++;
	s->p++;
	return s->depth <= s->limits->depth;
}

/* False for what is no JSON at its bottom, and for what is beyond the limits.
 * Leaves the grammar to the parser. */
static bool
scan_text(struct scan *s)
{
	while (s->p < s->end) {
		char c = *s->p;
		bool good;

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			s->p++;
			continue;
		}
		if (c && strchr("{}[]:,", c))
			good = scan_token(s);
		else if (c == '"')
			good = scan_string(s);
		else if (c == '-' || (c >= '0' && c <= '9'))
			good = scan_number(s);
		else
			good = scan_word(s);
		if (!good)
			return false;
	}
	return true;
}

/* json-c keeps the last of two members with one name: then there are fewer
 * members in the tree than colons in the text. */
static size_t
count_members(struct json_object *j)
{
	size_t count = 0;

	if (json_object_is_type(j, json_type_object)) {
		json_object_object_foreach(j, name, value)
		{
			(void)name;
			count += 1 + count_members(value);
		}
	} else if (json_object_is_type(j, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(j); i++)
			count += count_members(json_object_array_get_idx(j, i));
	}
	return count;
}

struct json_object *
json_scan(struct bytes text, const struct json_limits *limits)
{
	struct scan s = { .p = (const char *)text.at,
		.end = (const char *)text.at + text.len,
		.limits = limits };
	struct json_tokener *tokener;
	struct json_object *j;
	bool whole;

	if (!text.len || text.len > INT32_MAX || !scan_text(&s) ||
		!text_is_utf8(text.at, text.len))
		return NULL;
	tokener = json_tokener_new_ex((int)limits->depth + 1);
	if (!tokener)
		abort();
	json_tokener_set_flags(
		tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	j = json_tokener_parse_ex(
		tokener, (const char *)text.at, (int)text.len);
	whole = json_tokener_get_error(tokener) == json_tokener_success &&
		json_tokener_get_parse_end(tokener) == text.len;
	json_tokener_free(tokener);
	if (j && (!whole || count_members(j) != s.members)) {
		json_object_put(j);
		j = NULL;
	}
	return j;
}
