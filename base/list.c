#include "base/list.h"

#include <stdlib.h>
#include <string.h>

bool
list_has(const struct json_texts *l, const char *word)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i], word) == 0)
			return true;
	return false;
}

bool
list_within(const struct json_texts *part, const struct json_texts *whole)
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
list_sort(struct json_texts *l)
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
list_equal(const struct json_texts *a, const struct json_texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}
