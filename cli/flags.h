/*
 * flags.h: the flags of a command: a table in the command's row, and the
 * parser, which takes the forms that headscale's takes:
 *
 *   --name value   --name=value   -n value   -nvalue   -n=value   -ab   --
 *
 * Flags and words may come in any order.  A flag given twice counts the last
 * time, a list adds up.
 */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum flag_kind {
	FLAG_NONE, /* ends the table */
	FLAG_TEXT,
	FLAG_TEXTS, /* commas separate */
	FLAG_ID,    /* 0 and up */
	FLAG_COUNT, /* the same of what is no row */
	FLAG_NODE,  /* as FLAG_ID, or a name: then its number is -1 */
	FLAG_INT,
	FLAG_BOOL,
};

enum {
	FLAGS_MAX = 16, /* of a command, with the end */
};

struct flag {
	const char *name;
	char letter; /* 0: none */
	enum flag_kind kind;
	bool required, hidden;
	const char *help;
};

/* What was said about one flag. */
struct flag_value {
	const struct flag *flag;
	bool given;
	const char *text;
	int64_t number;
};

struct flag_set {
	struct flag_value values[2 * FLAGS_MAX];
	size_t count;
};

/* Adds the flags of a table (of the program, of the command). */
void flags_add(struct flag_set *set, const struct flag *table);

/*
 * Takes argv[*at], which begins with '-', and its value, and moves *at to the
 * last word taken.  ERR_BAD_INPUT: *why says what is wrong.
 */
enum err flags_take(struct flag_set *set, struct arena *mem, char **argv,
	int argc, int *at, const char **why);

/* Required flags that are missing, quoted and separated by commas; NULL. */
const char *flags_missing(const struct flag_set *set, struct arena *mem);

/* The name must be in the table. */
const struct flag_value *flags_get(
	const struct flag_set *set, const char *name);

#endif
