/*
 * text.h: small conversions between text and values.
 *
 * Everything here is strict: the whole input must fit the form, or the result
 * is ERR_BAD_INPUT and nothing was written.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Lower-case hex; `out` has room for 2 * len + 1. */
void text_hex(char *out, const void *bytes, size_t len);
/* Exactly 2 * len digits of either case, then the end of `s`. */
enum err text_unhex(const char *s, void *out, size_t len);

/* RFC 4648 section 4, padded. */
char *text_base64(struct arena *mem, const void *bytes, size_t len);
/* Padded standard base64 only; *out lies in `mem`. */
enum err text_unbase64(struct arena *mem, const char *s, struct bytes *out);

/* Decimal, an optional '-', no blanks, in the range of int64_t. */
enum err text_int(const char *s, int64_t *out);

/* "1h30m", "90d", "2w", "1y", "0": seconds.  Units y w d h m s, each once, in
 * that order, as Prometheus writes them (a year is 365 days; ms is refused). */
enum err text_duration(const char *s, int64_t *seconds);
/* The same way round, in the largest unit without a rest; weeks are days. */
const char *text_duration_words(struct arena *mem, int64_t seconds);

/* %xx and, if `plus`, '+' as blank.  NUL and broken escapes are refused. */
enum err text_url_decode(
	struct arena *mem, const char *s, size_t len, bool plus, char **out);

/* What is not a letter, digit or one of -._~/ becomes %XX. */
char *text_url_encode(struct arena *mem, const char *s);

bool text_starts(const char *s, const char *prefix);
/* Valid UTF-8 without NUL, surrogates or overlong forms. */
bool text_is_utf8(const void *bytes, size_t len);
/* A copy of at most `most` bytes, cut between letters; a byte that belongs to
 * none is a question mark. */
char *text_utf8(struct arena *mem, const char *s, size_t most);
/* Characters of a text without control characters and marks that turn it round;
 * SIZE_MAX for any other. */
size_t text_length(const char *s);
/* Bytes of the mark at `s` that turns the text behind it round, so that a name
 * reads as another; 0 if there is none.  `s` is UTF-8 and ends with NUL. */
size_t text_turns(const char *s);
/* Bytes of what does not show at `s`: such a mark, a control character, U+0080
 * to U+009F too, which terminals obey, or what ends a line or a paragraph where
 * somebody reads it so (U+2028, U+2029); 0 if it shows.  As `s` above. */
size_t text_hidden(const char *s);
/* Equal bytes; takes the same time wherever they differ.  Lengths are public.
 */
bool text_same_secret(const char *a, const char *b);

/* `count` characters of A-Z a-z 0-9 - _ from the system's random source. */
char *text_random(struct arena *mem, size_t count);

#endif
