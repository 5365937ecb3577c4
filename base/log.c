#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_file.h"
#include "base/text.h"

enum {
	VALUE_MAX = 256,
};

static const char *program_name = "cairn";
static enum log_level least = LOG_INFO;

struct line {
	char bytes[LOG_LINE_MAX];
	size_t len;
};

static void
put(struct line *l, const char *s, size_t len)
{
	if (len > sizeof(l->bytes) - 1 - l->len)
		len = sizeof(l->bytes) - 1 - l->len;
	memcpy(l->bytes + l->len, s, len);
	l->len += len;
}

static bool
is_plain(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f ||
			*s == '"' || *s == '\\' || *s == '=')
			return false;
	return true;
}

/* Bytes at `s` that no terminal and no reader of a log is given. */
static size_t
odd_bytes(const char *s, bool utf8)
{
	if (!utf8)
		return (unsigned char)*s >= 0x7f || (unsigned char)*s < ' ';
	return text_hidden(s);
}

static void
put_escaped(struct line *l, const char *s)
{
	size_t len = strnlen(s, VALUE_MAX), odd = 0;
	bool utf8 = text_is_utf8(s, len);
	char code[8];

	put(l, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!odd)
			odd = odd_bytes(s + i, utf8);
		if (odd) {
			(void)snprintf(code, sizeof(code), "\\x%02x", c);
			put(l, code, 4);
			odd--;
			continue;
		}
		if (c == '"' || c == '\\')
			put(l, "\\", 1);
		put(l, s + i, 1);
	}
	put(l, s[len] ? "…\"" : "\"", s[len] ? 4 : 1);
}

void
log_init(const char *program)
{
	const char *level = getenv("CAIRN_LOG");

	program_name = program;
	if (level && strcmp(level, "debug") == 0)
		least = LOG_DEBUG;
	else if (level && strcmp(level, "warn") == 0)
		least = LOG_WARN;
	else if (level && strcmp(level, "error") == 0)
		least = LOG_ERROR;
}

void
log_keep(const char *home)
{
	log_file_open(home, program_name);
}

static void
put_pairs(struct line *l, va_list ap)
{
	const char *name;

	while ((name = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		if (!value)
			continue;
		put(l, " ", 1);
		put(l, name, strlen(name));
		put(l, "=", 1);
		if (is_plain(value) && strlen(value) <= VALUE_MAX)
			put(l, value, strlen(value));
		else
			put_escaped(l, value);
	}
}

void
log_event_list(enum log_level level, const char *event, ...)
{
	static const char *const words[] = { "debug", "info", "warn", "error" };
	struct line l = { .len = 0 };
	char now[CLOCK_TEXT_SIZE];
	va_list ap;

	if (level < least)
		return;
	clock_text(clock_now(), now);
	l.len = (size_t)snprintf(l.bytes, sizeof(l.bytes), "%s %s %s %s", now,
		words[level], program_name, event);
	if (l.len >= sizeof(l.bytes))
		l.len = sizeof(l.bytes) - 1;
	va_start(ap, event);
	put_pairs(&l, ap);
	va_end(ap);
	l.bytes[l.len++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, l.bytes, l.len) < 0) {
		/* Nobody reads it; the file may still take it. */
	}
	log_file_put(l.bytes, l.len);
}

const char *
log_int(long long value)
{
	static char ring[8][24];
	static unsigned next;
	char *s = ring[next++ % 8];

	(void)snprintf(s, sizeof(ring[0]), "%lld", value);
	return s;
}
