#include "fcgi/policy_lines.h"

#include <stdbool.h>
#include <string.h>

const char *
policy_lines_shown(struct arena *mem, const char *text)
{
	char *out = arena_alloc(mem, strlen(text) + 1), *to = out;

	for (const char *p = text; *p; p++) {
		if (*p == '\r' && p[1] == '\n')
			continue;
		*to++ = *p == '\r' ? '\n' : *p;
	}
	*to = '\0';
	return out;
}

static bool
ends_with_crlf(const char *text)
{
	const char *end = strchr(text, '\n');

	return end && end > text && end[-1] == '\r';
}

static const char *
with_crlf(struct arena *mem, const char *text)
{
	size_t ends = 0;
	char *out, *to;

	for (const char *p = text; *p; p++)
		ends += *p == '\n';
	to = out = arena_alloc(mem, strlen(text) + ends + 1);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			*to++ = '\r';
		*to++ = *p;
	}
	*to = '\0';
	return out;
}

const char *
policy_lines_taken(struct arena *mem, const char *sent, const char *stored)
{
	const char *text = policy_lines_shown(mem, sent);

	if (strcmp(text, policy_lines_shown(mem, stored)) == 0)
		return stored;
	return ends_with_crlf(stored) ? with_crlf(mem, text) : text;
}

const char *const *
policy_lines_at(struct arena *mem, const char *text, size_t first, size_t count,
	size_t *n)
{
	const char **lines = arena_array(mem, count + 1, sizeof(*lines));
	size_t number = 1;

	*n = 0;
	while (number < first && (text = strchr(text, '\n'))) {
		text++;
		number++;
	}
	while (text && *text && *n < count) {
		size_t len = strcspn(text, "\r\n");

		lines[(*n)++] = arena_printf(mem, "%.*s", (int)len, text);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return lines;
}
