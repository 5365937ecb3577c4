/*
 * names.h: texts to numbers, in constant time whoever chose the texts.
 *
 * Names of several kinds share one table, told apart by a scope.
 */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct names;

/* Lies in `mem` as a whole; texts are referenced, not copied. */
struct names *names_new(struct arena *mem);
/* The number that the name has already, or `number`, which it has then. */
size_t names_put(struct names *n, uint32_t scope, const char *text, size_t len,
	size_t number);
/* SIZE_MAX if there is no such name. */
size_t names_find(
	const struct names *n, uint32_t scope, const char *text, size_t len);

#endif
