#include "cli/texts.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"

enum {
	JOINED_MAX = 256 * 1024,
};

size_t
texts_split(struct arena *mem, const char *json_list, const char ***out)
{
	struct json_texts texts;

	if (!json_list || json_texts_parse(json_list, mem, &texts))
		texts = (struct json_texts){ NULL, 0 };
	*out = texts.at;
	return texts.count;
}

size_t
texts_of_commas(struct arena *mem, const char *s, const char ***out)
{
	char *copy = arena_strdup(mem, s);
	size_t count = 0, room = 1;
	const char **at;

	for (const char *p = s; *p; p++)
		room += *p == ',';
	at = arena_array(mem, room, sizeof(*at));
	for (char *next = *copy ? copy : NULL; next;) {
		at[count++] = strsep(&next, ",");
	}
	*out = at;
	return count;
}

const char *
texts_join(struct arena *mem, const char *const *texts, size_t count,
	const char *between)
{
	struct buf b;

	buf_init(&b, mem, JOINED_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_puts(&b, i ? between : "");
		buf_puts(&b, texts[i]);
	}
	buf_put(&b, "", 1);
	return buf_error(&b) ? "…" : (const char *)b.bytes;
}

const char *
texts_of_list(struct arena *mem, const char *json_list, const char *between)
{
	const char **at;
	size_t count = texts_split(mem, json_list, &at);

	return texts_join(mem, at, count, between);
}

bool
texts_have(const char *const *texts, size_t count, const char *one)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(texts[i], one) == 0)
			return true;
	return false;
}
