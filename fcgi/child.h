/*
 * child.h: one process that answers requests, one at a time.
 *
 * It opens its own database connection (never carried over a fork), keeps no
 * state between requests, and ends by itself after CHILD_REQUESTS, so that what
 * leaks somewhere in a library cannot add up.  SIGTERM lets the request at hand
 * be finished, but for a job: that may take long and comes again.  A request
 * that takes longer than CHILD_REQUEST_SECONDS ends the process: SQLite undoes
 * what was not committed, the master starts another.
 */
#ifndef FCGI_CHILD_H
#define FCGI_CHILD_H

#include "fcgi/rate.h"
#include "fcgi/request.h"

enum {
	CHILD_REQUESTS = 10000,
	CHILD_REQUEST_SECONDS = 60,
	CHILD_JOB_SECONDS = 15, /* the same of a child on jobs.sock */
};

/* In the environment: fewer seconds for a job, so that a test need not wait so
 * long for the end of one that hangs.  What is no number from 1 to
 * CHILD_JOB_SECONDS does not count. */
#define CHILD_JOB_VARIABLE "CAIRN_TEST_JOB_SECONDS"

struct child {
	const char *home;
	enum group group;
	int listen_fd;
	struct rate *rate;
	struct guess *guess;
};

/* Returns the exit status.  SIGTERM must be blocked when it is called. */
int child_run(const struct child *c);

#endif
