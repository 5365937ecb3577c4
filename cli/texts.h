/*
 * texts.h: lists of words: from the database (JSON text), from the command line
 * (commas), and one below the other for a table cell.
 */
#ifndef CLI_TEXTS_H
#define CLI_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* The texts of a JSON list; none for NULL or what is no list. */
size_t texts_split(struct arena *mem, const char *json_list, const char ***out);
/* "a,b" into two; an empty text has none. */
size_t texts_of_commas(struct arena *mem, const char *s, const char ***out);
/* With `between` between them, "" for none. */
const char *texts_join(struct arena *mem, const char *const *texts,
	size_t count, const char *between);
/* texts_join of texts_split. */
const char *texts_of_list(
	struct arena *mem, const char *json_list, const char *between);
bool texts_have(const char *const *texts, size_t count, const char *one);

#endif
