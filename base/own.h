/*
 * own.h: texts that outlive any arena, owned by the place that points at them.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <stdbool.h>
#include <stddef.h>

/* Makes *at a copy of `text` (NULL is NULL); whether it is another text than
 * before. */
bool own_text(char **at, const char *text);
void own_free(char **at);

/* Zeroed; never NULL. */
void *own_alloc(size_t size);
/* As realloc, for arrays of long-lived structs; never NULL. */
void *own_grow(void *at, size_t count, size_t size);

#endif
