/*
 * fetch.h: memory that will be needed in a moment, brought near meanwhile.
 *
 * What hangs on a node or a tunnel lies anywhere, and waiting for it is most of
 * what a walk over a thousand of them costs.  Any address is good, NULL too: it
 * is a hint.
 */
#ifndef BASE_FETCH_H
#define BASE_FETCH_H

#include <stddef.h>

enum {
	FETCH_LINE = 64, /* bytes that come together */
};

static inline void
fetch(const void *at, size_t len)
{
	for (size_t i = 0; at && i < len; i += FETCH_LINE)
		__builtin_prefetch((const char *)at + i);
}

#endif
