#include "policy/hujson.h"

#include <string.h>

/* Line ends stay, so that lines count as before. */
static void
blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n' && *from != '\r')
			*from = ' ';
}

/* Behind the closing quote; NULL if there is none. */
static char *
skip_string(char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : NULL;
}

/* `s` is at "//" or at the start of a block; NULL if it does not end. */
static char *
skip_comment(char *s)
{
	char *end;

	if (s[1] == '/')
		return s + strcspn(s, "\n");
	end = strstr(s + 2, "*/");
	return end ? end + 2 : NULL;
}

static size_t
line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static enum err
blank_comments(char *text, size_t *line)
{
	char *s = text, *start, *end;

	while (*s) {
		start = s;
		if (*s == '"')
			end = skip_string(s);
		else if (*s == '/' && (s[1] == '/' || s[1] == '*'))
			end = skip_comment(s);
		else {
			s++;
			continue;
		}
		if (!end) {
			*line = line_of(text, start);
			return ERR_BAD_INPUT;
		}
		if (*start == '/')
			blank(start, end);
		s = end;
	}
	return ERR_OK;
}

/* A comma is one too many when nothing but blanks lie between it and the end of
 * its list, and something before it. */
static void
blank_commas(char *s)
{
	char *comma = NULL, before = ',';

	for (; *s; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
			continue;
		if ((*s == '}' || *s == ']') && comma)
			*comma = ' ';
		comma = *s == ',' && before != ',' && before != '[' &&
					before != '{'
				? s
				: NULL;
		before = *s;
		if (*s == '"')
			s = skip_string(s) - 1;
	}
}

enum err
hujson_to_json(struct arena *mem, const char *text, char **json, size_t *line)
{
	char *copy = arena_strdup(mem, text);
	enum err e = blank_comments(copy, line);

	if (e)
		return e;
	blank_commas(copy);
	*json = copy;
	return ERR_OK;
}
