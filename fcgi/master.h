/*
 * master.h: keeps the groups of children at their number.
 *
 * A child that ends by itself is replaced at once; one that fails soon after
 * its start makes the next wait, longer each time, so that a broken instance
 * costs little.  One that is stopped (SIGSTOP) keeps the request that it has
 * and hears no alarm: after MASTER_STOPPED_SECONDS it is killed, and replaced
 * as any that ends.  SIGTERM and SIGINT end all of them: the requests at hand
 * are finished, MASTER_STOP_SECONDS at most.
 */
#ifndef FCGI_MASTER_H
#define FCGI_MASTER_H

#include "fcgi/child.h"

enum {
	MASTER_STOP_SECONDS = 8,
	MASTER_STOPPED_SECONDS = 5, /* as long as the worker may be late */
	MASTER_CHILDREN_MAX = 64,   /* of a group, as the settings allow */
};

struct master_group {
	struct child job;
	const char *name; /* for the log */
	size_t wanted;
};

/* Blocks the signals that the master waits for; call it before children can
 * end or somebody can stop the program. */
void master_block_signals(void);

/* Waits up to `ms` for SIGTERM or SIGINT; true when one came. */
bool master_stopped(int ms);

/* Runs until a signal ends it. */
void master_run(const struct master_group *groups, size_t count);

#endif
