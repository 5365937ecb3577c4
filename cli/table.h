/*
 * table.h: rows under heads, columns padded to their widest cell.
 *
 *   ID | Name
 *   1  | alice
 *
 * A cell with several lines makes its row as high.  A blank line ends the
 * table, as headscale's do.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	TABLE_COLUMNS_MAX = 16,
};

struct table {
	struct arena *mem;
	size_t columns;
	const char **cells; /* heads first, row by row */
	size_t count, room;
	bool colour;
};

/* Heads end with NULL. */
void table_init(struct table *t, struct arena *mem, bool colour,
	const char *const *heads);
/* The next cell of the row; NULL is empty. */
void table_cell(struct table *t, const char *text);
/* What a machine says of itself: one line, cut when it is too long. */
void table_stranger(struct table *t, const char *text);
void table_int(struct table *t, int64_t number);
void table_bool(struct table *t, bool yes);
/* "2006-01-02 15:04:05" in UTC, "N/A" for 0. */
const char *table_time_words(struct arena *mem, int64_t at);
void table_time(struct table *t, int64_t at);
void table_print(struct buf *out, struct table *t);

#endif
