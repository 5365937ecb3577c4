/*
 * policy_lines.h: a policy on its way through a browser and back, byte for byte
 * (spec/pages.md 11.1).
 *
 * Browsers send every line end as CRLF.  What was stored says which line ends a
 * text has: its first one decides, LF for a new text.  A text that differs from
 * the stored one in line ends alone is the stored one.
 */
#ifndef FCGI_POLICY_LINES_H
#define FCGI_POLICY_LINES_H

#include "base/arena.h"

/* CRLF and CR become LF, as a textarea shows it. */
const char *policy_lines_shown(struct arena *mem, const char *text);
/* What is stored for what was sent, when `stored` was edited. */
const char *policy_lines_taken(
	struct arena *mem, const char *sent, const char *stored);
/* Lines from `first` (from 1) on, at most `count`; each without its end.  *n:
 * how many there are. */
const char *const *policy_lines_at(struct arena *mem, const char *text,
	size_t first, size_t count, size_t *n);

#endif
