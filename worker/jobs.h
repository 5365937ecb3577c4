/*
 * jobs.h: sends what is due (table `job`) to the handlers that may wait for the
 * outside, on HOME/jobs.sock: one of each kind at a time, JOBS_AT_ONCE in all.
 *
 * So an outside that is slow or dead delays its own kind.  A kind that finds no
 * handler free waits for the next that is: of those that wait, the one whose
 * turn was longest ago comes first, however many rows another kind has.  With
 * as many kinds as handlers or fewer nobody waits for another; with more, for
 * JOBS_SECONDS at most for each JOBS_AT_ONCE of those that wait before it.
 *
 * Looked at each second, and at once when one was done.  The loop never waits:
 * a handler that does not answer within JOBS_SECONDS is hung up on.  A kind
 * that is not answered well has a pause that grows to JOBS_PAUSE_MOST_MS; it
 * ends with the first good answer.  What becomes of a job is the handler's to
 * write down (fcgi/job.h).
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

#include "db/job.h"
#include "worker/worker.h"

enum {
	/* A handler ends itself before: fcgi/child.h. */
	JOBS_SECONDS = JOB_SECONDS_MOST,
	JOBS_PAUSE_FIRST_MS = 1000,
	JOBS_PAUSE_MOST_MS = 60 * 1000,
	JOBS_ANSWER_MAX = 16 * 1024,
	JOBS_KINDS_MAX = 16, /* what is beyond shares the turns of the last */
};

struct jobs;

struct jobs *jobs_new(struct worker *w);

/* Once a second. */
void jobs_tick(struct jobs *j, int64_t now_ms);
/* No more are begun. */
void jobs_stop(struct jobs *j);

#endif
