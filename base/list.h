/*
 * list.h: lists of words as the database keeps them, in JSON text: '["a","b"]',
 * "[]" when empty.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct list {
	const char **at;
	size_t count;
};

/* NULL and "" are the empty list; ERR_BAD_INPUT unless it is a list of texts.
 */
enum err list_parse(struct arena *mem, const char *json, struct list *out);
const char *list_print(struct arena *mem, const struct list *l);

bool list_has(const struct list *l, const char *word);
/* Whether each word of `part` is in `whole`. */
bool list_within(const struct list *part, const struct list *whole);
/* Sorted, each word once; `l` itself is changed. */
void list_sort(struct list *l);
bool list_equal(const struct list *a, const struct list *b);

#endif
