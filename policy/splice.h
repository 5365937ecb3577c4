/*
 * splice.h: one entry into the text of a policy, or out of it, and nothing else
 * of the text changed: comments and layout stay byte for byte.
 *
 * What comes in follows its neighbours.  Where the entries stand on lines of
 * their own it gets one, indented like the last of them; else it stands behind
 * the last one with the blanks that stand between the others.  It ends with a
 * comma if the last one did; if that had none, it is given the comma that must
 * be there.  Line ends are those of the text: the first one decides.
 *
 * What goes out takes its line along, with the comment behind it on that line,
 * if it has the line for itself; comments above it stay.  The last one without
 * a comma takes the comma before it along.  So an entry that was put in and
 * taken out again leaves the text as it was.
 */
#ifndef POLICY_SPLICE_H
#define POLICY_SPLICE_H

#include "policy/hujson.h"

enum {
	SPLICE_NONE = UINT32_MAX,
};

/* The nth value within a list or object; SPLICE_NONE behind the last. */
uint32_t splice_child(const struct hujson *h, uint32_t in, size_t n);

/* `entry` is an item of a list, or `"name": value` of an object, in one line or
 * several, with '\n' between them, a tab for each level within, and no indent
 * of the place. */
const char *splice_in(const struct hujson *h, uint32_t in, const char *entry,
	struct arena *mem);
/* In place of value `i`. */
const char *splice_over(const struct hujson *h, uint32_t i, const char *value,
	struct arena *mem);
/* The nth, which is there. */
const char *splice_out(
	const struct hujson *h, uint32_t in, size_t n, struct arena *mem);

#endif
