#include "tests/lib/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any file here. */
static const struct json_limits wide = {
	.depth = 64, .tokens = 10000000, .string = 10000000
};

static void
give_up(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	exit(2);
}

struct bytes
fixture_bytes(struct arena *mem, const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *at;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
		give_up(path, "cannot be read");
	rewind(f);
	at = arena_alloc(mem, (size_t)len + 1);
	if (fread(at, 1, (size_t)len, f) != (size_t)len)
		give_up(path, "cannot be read");
	fclose(f);
	return (struct bytes){ at, (size_t)len };
}

void
fixture_object(struct arena *mem, const char *path, const struct json_table *t,
	void *to)
{
	if (json_decode_within(fixture_bytes(mem, path), &wide, t, mem, to))
		give_up(path, "is not what its table says");
}

struct json_objects
fixture_list(struct arena *mem, const char *path, const struct json_table *t)
{
	struct whole {
		struct json_objects list;
	} whole = { { NULL, 0 } };
	const struct json_field fields[] = { { "list",
		offsetof(struct whole, list), JSON_OBJECTS, KEEP_EMPTY, t } };
	const struct json_table table = JSON_TABLE(struct whole, fields);
	struct bytes file = fixture_bytes(mem, path);
	char *text = arena_printf(mem, "{\"list\":%s}", (const char *)file.at);

	if (json_decode_within(fixture_text(text), &wide, &table, mem, &whole))
		give_up(path, "is not what its table says");
	return whole.list;
}

struct bytes
fixture_text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}
