/*
 * logs.h: what the programs of an instance have logged last (base/log_file.h),
 * for people to read.
 */
#ifndef TAILNET_LOGS_H
#define TAILNET_LOGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

enum {
	LOGS_LINES = 500, /* of each program, the newest */
};

/* Those that log there. */
extern const char *const log_programs[];
extern const size_t log_program_count;
/* "debug", "info", "warn", "error"; the level of a word, or false. */
const char *log_level_word(enum log_level level);
bool log_level_of(const char *word, enum log_level *out);

struct log_line {
	int64_t at;
	enum log_level level;
	const char *program;
	const char *text; /* the event and its pairs, redacted, UTF-8 */
	const char *whole;
	size_t order; /* among those of one second */
};

struct logs_wish {
	const char *program;  /* one of log_programs; "": all */
	enum log_level least; /* and what is worse */
	const char *q;        /* as db/words.h has it; "": all */
};

/*
 * The newest LOGS_LINES of each program, of those the ones that are wished for,
 * oldest first.  *total: how many there are without the wish.  A program that
 * has logged nothing is no error; ERR_IO: a file cannot be read.
 */
enum err logs_read(const char *home, const struct logs_wish *wish,
	struct arena *mem, struct log_line **lines, size_t *count,
	size_t *total);

#endif
