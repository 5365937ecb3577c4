/*
 * jobs.h: the kinds of jobs (job.h), a file each.
 */
#ifndef FCGI_JOBS_H
#define FCGI_JOBS_H

#include "fcgi/job.h"
#include "tailnet/notice.h"
#include "tailnet/stale.h"

/* job_notice.c: sends what waits for a target; tells of what expires soon. */
job_run job_notice, job_notice_expiry;
/* job_stale.c: machines that nobody uses. */
job_run job_stale;

enum {
	RELAY_TEST_SECONDS = 3600,  /* a region is tried so often */
	RELAY_TRIALS_AT_ONCE = 16,  /* of those that are due, by one job */
	RELAY_RETEST_SECONDS = 300, /* one of ours that does not answer */
};

job_run job_derp_source;  /* job_derp_source.c: reads a map of relays */
job_run job_relay_test;   /* job_relay_trial.c: tries a region */
job_run job_health;       /* job_health.c: looks at everything */
job_run job_audit_check;  /* job_audit_check.c: walks over the audit log */
job_run job_policy_file;  /* job_policy_file.c: reads the policy anew */
job_run job_oidc_refresh; /* job_oidc_refresh.c: asks a provider again */

#endif
