/*
 * print.h: values and tables as text.
 *
 * Everything ends in a struct buf, so that tests read what a terminal would
 * show.  Text of strangers (host names above all) can carry terminal escapes;
 * none reaches a terminal: JSON and YAML escape control characters, tables and
 * messages show '?' instead.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "base/buf.h"
#include "cli/value.h"

enum {
	PRINT_MAX = 256 * 1024 * 1024, /* of one answer */
};

/* A tab for each level, or one line; both end with a newline. */
void print_json(struct buf *out, const struct value *v, bool one_line);
/* Four columns a level; ends with a blank line, as headscale's. */
void print_yaml(struct buf *out, const struct value *v);
/* A scalar, quoted where YAML 1.1 or 1.2 would read something else. */
void print_yaml_text(struct buf *out, const char *s);

/* Control characters, but those in `keep`, marks of direction and broken UTF-8
 * become '?'. */
const char *print_clean(struct arena *mem, const char *s, const char *keep);

#endif
