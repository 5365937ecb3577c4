/*
 * policy_reach.h: all that one machine reaches, and all that reach it, gathered
 * by what opens it: for its page, where a thousand machines are a few lines.
 */
#ifndef TAILNET_POLICY_REACH_H
#define TAILNET_POLICY_REACH_H

#include "tailnet/policy_ends.h"

enum {
	REACH_OTHERS_KEPT = 4, /* of each group; the rest is counted */
};

/* What one rule opens for as many as there are. */
struct policy_group {
	struct policy_way way;
	/* The first by id, then places; without name: it is the machine's. */
	struct policy_point at[REACH_OTHERS_KEPT];
	size_t count; /* of all */
};

struct policy_reach {
	struct policy_group *groups; /* network, SSH, apps; then by line */
	size_t count;
	size_t left; /* machines and places that were not looked at */
};

/* `out`: what it reaches, with the places beside machines; else who reaches it.
 * Looks until `until`, as clock_now_ms has it.  A machine that is not in the
 * network has nothing. */
void policy_reach(struct engine *e, int64_t machine, bool out, int64_t until,
	struct arena *mem, struct policy_reach *reach);

#endif
