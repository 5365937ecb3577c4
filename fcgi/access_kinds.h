/*
 * access_kinds.h: the machines of an end by their kinds (policy/who.h), so that
 * what is open between two ends is looked for once between any two kinds,
 * however many machines there are.
 */
#ifndef FCGI_ACCESS_KINDS_H
#define FCGI_ACCESS_KINDS_H

#include "policy/who.h"
#include "tailnet/policy_ends.h"

/* Points of one kind; an address of nobody is a kind of its own. */
struct access_kind {
	const struct policy_point **at; /* in the order of the end */
	size_t count;
	int64_t person; /* 0: nobody's */
};

/* By their first points, in the order of the end. */
struct access_kinds {
	struct access_kind *at;
	size_t count;
};

struct access_kinds access_kinds(
	struct engine *e, const struct policy_end *end, struct arena *mem);

#endif
