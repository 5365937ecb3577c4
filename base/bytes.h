/*
 * bytes.h: a slice of memory that belongs to somebody else.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>

struct bytes {
	const unsigned char *at;
	size_t len;
};

#endif
