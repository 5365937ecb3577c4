/*
 * reader.h: map messages as the mass of the nodes reads them: decompressed, and
 * searched for marks; the JSON is not parsed.
 */
#ifndef TESTS_LOAD_READER_H
#define TESTS_LOAD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* The text, NUL-terminated, valid until the next call; len 0 if the frames are
 * broken. */
struct bytes reader_text(struct bytes frames);

/* The number behind the next `mark` ("\"StableID\":\"") from *at on, which
 * moves on; false when there is none. */
bool reader_next(
	struct bytes text, const char *mark, size_t *at, int64_t *number);

/* The viewer's own node at the head of a full map: its id and address. */
bool reader_self(struct bytes text, int64_t *id, char address[64]);

#endif
