/*
 * hujson_text.h: characters and texts of a policy, for policy/hujson.c.
 */
#ifndef POLICY_HUJSON_TEXT_H
#define POLICY_HUJSON_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

/* As text_is_utf8 (base/text.h), with NUL. */
bool hujson_is_utf8(struct bytes s);
/* Whether the bytes between two quotes are what JSON allows there; they are
 * UTF-8. */
bool hujson_string_is_valid(struct bytes inside);
/* Undoes the escapes; half a surrogate pair becomes U+FFFD. */
char *hujson_unescape(struct bytes inside, struct arena *mem, size_t *len);
/* The character that begins there between single quotes, as Go's %q. */
char *hujson_quote(struct bytes rest, struct arena *mem);
/* The first `count` characters. */
char *hujson_cut(struct bytes text, size_t count, struct arena *mem);

#endif
