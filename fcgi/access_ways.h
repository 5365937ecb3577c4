/*
 * access_ways.h: all that is open between two ends, as a table: those that have
 * the same open with the same share their rows, on both sides.  The table is
 * bounded, however many machines there are, and what was left out is told above
 * it.
 */
#ifndef FCGI_ACCESS_WAYS_H
#define FCGI_ACCESS_WAYS_H

#include "fcgi/access_show.h"

enum {
	ACCESS_ROWS_MAX = 100, /* shown */
	ACCESS_NAMES_MAX = 4,  /* of a row; then "and 7 more" */
};

/* `#reach`, and before it `#reach-left`. */
void access_ways(struct access *a);

/* Its parts, which the verdict has too. */
void access_point(struct request *r, const struct policy_point *p);
/* A link; the lines of a draft are those of its own field. */
void access_line(struct access *a, uint32_t line, const char *rule);
bool access_time_left(const struct access *a);

#endif
