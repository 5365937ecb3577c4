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

/* What it shall do besides; zeros: nothing. */
struct join_wish {
	const char *os; /* word of a system, NULL or "": Linux */
	bool ssh, exit, accept_routes;
	const char *routes; /* as join_routes made them; NULL: none */
};

/* key NULL: without one, so that it asks. */
const char *join_line(
	struct request *r, const struct join_wish *w, const char *key);
/* Prefixes as people write them, with commas between: "" if none, NULL if one
 * of them is none. */
const char *join_routes(struct request *r, const char *text);

/* Systems there are pages for: word and name. */
extern const struct choice join_systems[];
extern const size_t join_system_count;

#endif
