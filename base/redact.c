#include "base/redact.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define DOTS     "…"
#define DOTS_LEN (sizeof(DOTS) - 1)
#define STOPS    " \",;)'<>"

/* Behind these words stands a secret, whatever it looks like. */
static const char *const words[] = { "password=", "passphrase=", "secret=",
	"token=", "authorization=", "cookie=", "csrf=", "Bearer ", "Basic " };

struct cut {
	const char *in, *end;
	char *out;
};

static void
keep(struct cut *c, size_t len)
{
	memmove(c->out, c->in, len);
	c->out += len;
	c->in += len;
}

/* `len` of what is in become dots, if that makes it shorter. */
static void
drop(struct cut *c, size_t len)
{
	if (len < DOTS_LEN) {
		memset(c->out, '*', len);
		c->out += len;
	} else {
		memcpy(c->out, DOTS, DOTS_LEN);
		c->out += DOTS_LEN;
	}
	c->in += len;
}

static bool
begins(const struct cut *c, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(c->end - c->in) >= len &&
	       strncasecmp(c->in, word, len) == 0;
}

static size_t
until(const struct cut *c, const char *from, const char *stops)
{
	const char *p = from;

	while (p < c->end && !strchr(stops, *p))
		p++;
	return (size_t)(p - from);
}

/* From behind the "://": to the host, and what is behind the host goes. */
static void
cut_address(struct cut *c)
{
	size_t whole = until(c, c->in, STOPS), host;
	const char *at = memrchr(c->in, '@', whole);

	if (at) {
		whole -= (size_t)(at + 1 - c->in);
		c->in = at + 1;
	}
	host = until(c, c->in, STOPS "/?#");
	keep(c, host < whole ? host : whole);
	c->in += whole > host ? whole - host : 0;
}

static bool
is_run(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
	       (ch >= 'A' && ch <= 'Z') || ch == '_' || ch == '-' || ch == '+';
}

static size_t
run_of(const struct cut *c)
{
	const char *p = c->in;

	while (p < c->end && is_run(*p))
		p++;
	return (size_t)(p - c->in);
}

/* What a word is about, in quotes or not. */
static void
cut_value(struct cut *c)
{
	size_t len;

	if (c->in < c->end && *c->in == '"')
		keep(c, 1);
	len = until(c, c->in, STOPS "&");
	if (len)
		drop(c, len);
}

static bool
cut_word(struct cut *c)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (begins(c, words[i])) {
			keep(c, strlen(words[i]));
			cut_value(c);
			return true;
		}
	return false;
}

/* The words may stand anywhere in a name: api_token=. */
static void
cut_run(struct cut *c)
{
	size_t len = run_of(c);

	if (len >= REDACT_RUN) {
		keep(c, REDACT_KEPT);
		drop(c, len - REDACT_KEPT);
		return;
	}
	for (const char *end = c->in + len; c->in < end;)
		if (!cut_word(c))
			keep(c, 1);
}

size_t
redact(char *line, size_t len)
{
	struct cut c = { line, line + len, line };

	while (c.in < c.end)
		if (begins(&c, "://")) {
			keep(&c, 3);
			cut_address(&c);
		} else if (is_run(*c.in)) {
			cut_run(&c);
		} else {
			keep(&c, 1);
		}
	return (size_t)(c.out - line);
}
