/*
 * changes.h: what a rule changed, field by field, for the audit row: two JSON
 * objects with the values before and after.  A field that stayed is in neither.
 */
#ifndef TAILNET_CHANGES_H
#define TAILNET_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct changes {
	struct buf before, after;
	size_t count;
};

void changes_init(struct changes *c, struct arena *mem);
/* NULL reads as "". */
void changes_text(struct changes *c, const char *name, const char *before,
	const char *after);
/* JSON as it is: a list of tags, a number. */
void changes_raw(struct changes *c, const char *name, const char *before,
	const char *after);
void changes_bool(struct changes *c, const char *name, bool before, bool after);
/* RFC 3339; 0 is null. */
void changes_time(
	struct changes *c, const char *name, int64_t before, int64_t after);
/* "" where nothing changed.  After these nothing is added. */
const char *changes_before(struct changes *c);
const char *changes_after(struct changes *c);

#endif
