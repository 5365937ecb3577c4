/*
 * clock.h: times as Unix seconds, and as RFC 3339 text.
 *
 * Only programs read the clock; floors below are handed `now`.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	CLOCK_TEXT_SIZE = sizeof("9999-12-31T23:59:59Z"),
};

int64_t clock_now(void);     /* Unix seconds, wall clock */
int64_t clock_wall_ms(void); /* the same in milliseconds */
int64_t clock_now_ms(void);  /* milliseconds, monotonic, from any point */

/* "2026-02-01T09:00:00Z" for years 0001 to 9999; others are Go's zero time. */
void clock_text(int64_t at, char out[CLOCK_TEXT_SIZE]);
char *clock_print(struct arena *mem, int64_t at);
/* The first second that neither has: what is not in their years is told as
 * Go's zero time. */
#define CLOCK_YEAR_10000 INT64_C(253402300800)

/* RFC 3339 with any zone offset and any fraction (cut off).  Go's zero time,
 * 0001-01-01T00:00:00Z, is an ordinary value: -62135596800.  ERR_BAD_INPUT, and
 * *at is left alone, also for times that clock_text cannot write. */
#define CLOCK_GO_ZERO INT64_C(-62135596800)
enum err clock_parse(const char *s, int64_t *at);
/* Whether clock_text can write it. */
bool clock_has_text(int64_t at);

#endif
