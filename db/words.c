#include "db/words.h"

#include <sqlite3.h>
#include <string.h>
#include <strings.h>

enum {
	TEXTS_MAX = 12,
};

struct word {
	const char *at;
	size_t len;
	bool without;
};

/* The next word of *s, and *s behind it; false at the end. */
static bool
next_word(const char **s, struct word *out)
{
	const char *p = *s + strspn(*s, " \t");
	bool quoted;

	if (!*p)
		return false;
	out->without = *p == '-' && p[1] && p[1] != ' ';
	p += out->without;
	quoted = *p == '"';
	p += quoted;
	out->at = p;
	out->len = strcspn(p, quoted ? "\"" : " \t");
	*s = p + out->len + (quoted && p[out->len] == '"');
	return true;
}

static unsigned char
lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u | 0x20 : u;
}

/* A list asks this for each text of ten thousand rows: no call for a place
 * where the word cannot begin. */
static bool
holds(const char *text, const struct word *w)
{
	unsigned char first = lower(*w->at);

	for (; *text; text++)
		if (lower(*text) == first &&
			strncasecmp(text, w->at, w->len) == 0)
			return true;
	return false;
}

bool
words_match(const char *words, const char *const *texts, size_t count)
{
	struct word w;

	for (int n = 0; n < WORDS_MAX && next_word(&words, &w); n++) {
		bool found = false;

		if (!w.len)
			continue;
		for (size_t i = 0; i < count && !found; i++)
			found = texts[i] && holds(texts[i], &w);
		if (found == w.without)
			return false;
	}
	return true;
}

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *texts[TEXTS_MAX] = { NULL };
	const char *words = (const char *)sqlite3_value_text(values[0]);
	size_t n = 0;

	for (int i = 1; i < count && n < TEXTS_MAX; i++)
		texts[n++] = (const char *)sqlite3_value_text(values[i]);
	sqlite3_result_int(
		context, !words || !*words || words_match(words, texts, n));
}

int
words_register(struct sqlite3 *handle)
{
	return sqlite3_create_function_v2(handle, "words", -1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		call, NULL, NULL, NULL);
}
