/*
 * jobs.h: the kinds of jobs (job.h), a file each.
 */
#ifndef FCGI_JOBS_H
#define FCGI_JOBS_H

#include "fcgi/job.h"

enum {
	RELAY_TEST_SECONDS = 3600,  /* a region is tried so often */
	RELAY_RETEST_SECONDS = 300, /* one of ours that does not answer */
};

job_run job_derp_source; /* job_derp_source.c: reads a map of relays */
job_run job_relay_test;  /* job_relay_trial.c: tries a region */

#endif
