/*
 * join_line.h: the line by which a machine joins this server (spec/pages.md
 * 7.3, 9.2), for the system it is run on.
 */
#ifndef FCGI_JOIN_LINE_H
#define FCGI_JOIN_LINE_H

#include "fcgi/form.h"

/* os: word of a system, NULL or "": Linux.  key NULL: without one, so that it
 * asks. */
const char *join_line(struct request *r, const char *os, const char *key);

/* Systems there are pages for: word and name. */
extern const struct choice join_systems[];
extern const size_t join_system_count;

#endif
