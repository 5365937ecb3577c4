#include "base/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

enum {
	LIST_BYTES_MAX = 1024 * 1024,
};

/* The JSON tables know objects only, so a list travels as {"a":[…]}. */
struct box {
	struct json_texts a;
};

static const struct json_field box_fields[] = {
	JSON_FIELD(struct box, a, "a", OMIT_EMPTY),
};
static const struct json_table box_table = JSON_TABLE(struct box, box_fields);

enum err
list_parse(struct arena *mem, const char *json, struct list *out)
{
	struct box box = { { NULL, 0 } };
	enum err e = ERR_OK;

	if (json && *json)
		e = json_decode(arena_printf(mem, "{\"a\":%s}", json),
			&box_table, mem, &box);
	if (!e)
		*out = (struct list){ box.a.at, box.a.count };
	return e;
}

const char *
list_print(struct arena *mem, const struct list *l)
{
	struct box box = { { l->at, l->count } };
	struct buf b;

	if (l->count == 0)
		return "[]";
	buf_init(&b, mem, LIST_BYTES_MAX);
	json_encode(&b, &box_table, &box);
	if (buf_error(&b))
		return "[]";
	/* {"a":[…]} without its first five bytes and the last. */
	return arena_printf(
		mem, "%.*s", (int)(b.len - 6), (const char *)b.bytes + 5);
}

bool
list_has(const struct list *l, const char *word)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i], word) == 0)
			return true;
	return false;
}

bool
list_within(const struct list *part, const struct list *whole)
{
	for (size_t i = 0; i < part->count; i++)
		if (!list_has(whole, part->at[i]))
			return false;
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
list_sort(struct list *l)
{
	size_t used = 0;

	if (l->count == 0)
		return;
	qsort(l->at, l->count, sizeof(l->at[0]), by_text);
	for (size_t i = 0; i < l->count; i++)
		if (used == 0 || strcmp(l->at[used - 1], l->at[i]) != 0)
			l->at[used++] = l->at[i];
	l->count = used;
}

bool
list_equal(const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}
