/*
 * join_line.h: the line by which a machine joins this server (spec/pages.md
 * 7.3, 9.2), for the system it is run on.
 */
#ifndef FCGI_JOIN_LINE_H
#define FCGI_JOIN_LINE_H

#include "fcgi/form.h"

enum {
	JOIN_ROUTES_MAX = 32,
};

/* What the machine may do besides, each a box of a form. */
enum join_tick {
	JOIN_SSH,
	JOIN_EXIT,
	JOIN_ACCEPT_ROUTES,
	JOIN_TICKS,
};

/* Name of the field, and what it means for people. */
extern const struct choice join_ticks[JOIN_TICKS];

/* What is asked for; zeros: nothing. */
struct join_wish {
	const char *os; /* word of a system, NULL or "": Linux */
	bool ticks[JOIN_TICKS];
	const char *routes; /* as join_routes made them; NULL or "": none */
};

/* key NULL: without one, so that it asks. */
const char *join_line(
	struct request *r, const struct join_wish *w, const char *key);
/* Prefixes as people write them, blank- or comma-separated, with commas
 * between: "" if there are none.  NULL: one of them is none, or they are more
 * than JOIN_ROUTES_MAX. */
const char *join_routes(struct request *r, const char *text);

/* Systems there are pages for: word and name. */
extern const struct choice join_systems[];
extern const size_t join_system_count;

#endif
