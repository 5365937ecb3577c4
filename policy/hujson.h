/*
 * hujson.h: JSON with comments and trailing commas, as policies are written.
 *
 * Comments and trailing commas become blanks, so every other byte keeps its
 * place and a strict parser's positions stay true.  Nothing else is checked.
 */
#ifndef POLICY_HUJSON_H
#define POLICY_HUJSON_H

#include "base/arena.h"
#include "base/err.h"

/* ERR_BAD_INPUT with *line of a comment or string that does not end. */
enum err hujson_to_json(
	struct arena *mem, const char *text, char **json, size_t *line);

#endif
