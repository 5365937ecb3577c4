/*
 * domain.h: names of domains as settings and forms take them: labels of
 * letters, digits and '-' with dots between, in lower case, without a dot at
 * the end.
 */
#ifndef BASE_DOMAIN_H
#define BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum {
	DOMAIN_NAME_MAX = 253, /* of any domain: RFC 1035, without the root */
};

/* No letter of another script, which must be written in punycode (xn--…). */
bool domain_is_ascii(const char *s);
/* Lower case only; at most `max` bytes. */
bool domain_is_valid(const char *s, size_t max);
char *domain_lower(struct arena *mem, const char *s);
/* In lower case, without one dot at the end; NULL: it is no domain. */
const char *domain_normal(struct arena *mem, const char *s);
/* `name` is `domain`, or lies below it. */
bool domain_holds(const char *domain, const char *name);

#endif
