/*
 * redact.h: a line of a log or a report without what could be a secret in it.
 *
 * Nothing that is logged should be one (log.h); this is the net below, for what
 * a stranger's address, an error of a library or an older program brings along:
 *
 *   https://user:pw@host/path?q   only scheme, host and port stay
 *   password=x, token=x …         what stands behind the word goes
 *   32 and more of A-Z a-z 0-9 _ - +   the first six stay: keys, tokens and the
 *                                 secret part of links are that long, and so
 *                                 are some names, which lose their end
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stddef.h>

enum {
	REDACT_RUN = 32, /* characters that may be a secret */
	REDACT_KEPT = 6, /* of them */
};

/* In place; the new length, which is never greater. */
size_t redact(char *line, size_t len);

#endif
