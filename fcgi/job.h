/*
 * job.h: work with a clock of its own, done by the children on jobs.sock: the
 * only ones that may wait for the outside (DESIGN 1.1).
 *
 * The worker names a job that is due (POST /job/ID).  Before anything is done,
 * the row is moved into the future and counts as failed (db/job.h): so a job
 * that hangs, or takes its child along, comes again later and later, and holds
 * up nobody else.  What a kind does must bear to be done twice.
 *
 * A new kind is a function and its row in job.c; whoever wants it done calls
 * db_job_want in the transaction of what it is about.
 */
#ifndef FCGI_JOB_H
#define FCGI_JOB_H

#include "db/job.h"
#include "fcgi/request.h"

enum {
	JOB_SECONDS = 10,     /* that a kind may wait for the outside in all */
	JOB_AGAIN_FIRST = 60, /* seconds to the next try, then twice as many */
	JOB_AGAIN_MOST = 3600,
};

struct job_end {
	const char *failed; /* what went wrong, in words; NULL: it did well */
	int64_t next;  /* then it is due again in so many seconds; 0: never */
	int64_t again; /* the same where it failed; 0: as job_again has it */
};

/* No transaction is open when it is called, none may be left open.  An error
 * says that the kind could not do its work at all. */
typedef enum err job_run(
	struct request *r, const struct job *j, struct job_end *end);

struct job_kind {
	const char *name; /* NULL ends the table */
	job_run *run;
};

/* Seconds to the next try of what failed `tries` times. */
int64_t job_again(int64_t tries);

/* POST /job/ID with the kinds of that table. */
enum err job_do(struct request *r, const struct job_kind *kinds);
/* The same with all kinds there are. */
enum err do_job(struct request *r);

#endif
