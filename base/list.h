/*
 * list.h: lists of words, such as tags and routes, as sets.  In the database
 * they are JSON text: json_texts_parse and json_texts_print (base/json.h).
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

bool list_has(const struct json_texts *l, const char *word);
/* Whether each word of `part` is in `whole`. */
bool list_within(const struct json_texts *part, const struct json_texts *whole);
/* Sorted, each word once; `l` itself is changed. */
void list_sort(struct json_texts *l);
bool list_equal(const struct json_texts *a, const struct json_texts *b);

#endif
