/*
 * zmatch.h: what repeats in JSON of many like records, for zlist.h.
 *
 * A search for repetitions at every byte costs most of a compressor's time, and
 * in maps it tries keys that repeat nothing.  Here a repetition is looked for
 * where a quote stands, and grows both ways from there: what is random is
 * walked over, and what each record has in common with those before it is
 * found.
 */
#ifndef PROTO_ZMATCH_H
#define PROTO_ZMATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	ZMATCH_TEXT_MAX = 128 * 1024, /* a zstd block (RFC 8878 3.1.1.2.4) */
	ZMATCH_STEPS_MAX = 8 * 1024,
	ZMATCH_LEAST = 4, /* bytes that repeat */
};

/* So many literals, then so many bytes again as before; `offset` as RFC 8878
 * 3.1.1.5 codes it: 1 to 3 name one of the last three distances. */
struct zmatch_step {
	uint32_t literals, offset, length;
};

/* The literals that follow the last step belong to none. */
struct zmatch {
	size_t step_count, literal_count;
	struct zmatch_step steps[ZMATCH_STEPS_MAX];
	unsigned char literals[ZMATCH_TEXT_MAX + 8]; /* copied by eight */
};

/* False: the text is larger than ZMATCH_TEXT_MAX or has too many steps. */
bool zmatch_find(struct zmatch *out, struct bytes text);

#endif
