/*
 * diff.h: what differs between two texts, line by line.
 *
 * A line ends at its '\n', which belongs to it; the last one may lack it, and
 * then differs from one that has it.  The result is short where the texts are
 * alike (Myers' algorithm).  Where they differ in more than DIFF_MOST lines,
 * what lies between the first and the last difference counts as replaced as a
 * whole: right, if not short, and never slow.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

enum {
	DIFF_MOST = 1000,
	DIFF_AROUND = 3, /* lines that stay, before and after each change */
};

/* Lines old_from … of the one text became lines new_from … of the other; both
 * count from 0.  What lies between two changes stayed. */
struct diff_change {
	size_t old_from, old_count, new_from, new_count;
};

struct diff_text {
	const char **lines; /* count + 1: the last is the end of the text */
	size_t count;
};

struct diff {
	struct diff_text old_text, new_text;
	struct diff_change *changes; /* none: the texts are equal */
	size_t count;
	size_t added, removed; /* lines */
};

void diff_texts(struct arena *mem, const char *old_text, const char *new_text,
	struct diff *out);

/* A line of the unified form. */
enum diff_mark {
	DIFF_HUNK = '@', /* `line` is "@@ -1,4 +1,5 @@" */
	DIFF_SAME = ' ',
	DIFF_OUT = '-',
	DIFF_IN = '+',
};

/* `line` is without its end; `ends` whether it has one. */
typedef void diff_say(
	void *arg, enum diff_mark mark, struct bytes line, bool ends);
/* The unified form, at most `most` lines of it; how many were left out. */
size_t diff_unified(const struct diff *d, struct arena *mem, size_t most,
	diff_say *say, void *arg);

#endif
