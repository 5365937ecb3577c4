/*
 * job_health.c: looks at everything, as `cairn doctor` does, for the page of
 * health.  That something is wrong is a result, not a failure of the job.
 */
#include "fcgi/jobs.h"
#include "tailnet/health_checks.h"

enum err
job_health(struct request *r, const struct job *j, struct job_end *end)
{
	(void)j;
	end->next = HEALTH_SECONDS;
	return tailnet_health_look(r->db, r->home, r->now, r->mem);
}
