/*
 * job_stale.c: does to machines that nobody uses what the settings say, each
 * hour.
 */
#include "base/log.h"
#include "fcgi/jobs.h"
#include "tailnet/stale.h"

enum {
	STALE_SECONDS = 3600,
};

enum err
job_stale(struct request *r, const struct job *j, struct job_end *end)
{
	struct settings s;
	size_t done = 0;
	bool more = false;
	enum err e = request_settings(r, &s);

	(void)j;
	if (e || !s.stale_days)
		return e; /* until it is switched on again */
	e = tailnet_stale_run(r->db, r->now, &done, &more);
	if (!e && done)
		log_event(LOG_INFO, "stale machines", "action", s.stale_action,
			"count", log_int((long long)done));
	end->next = more ? 1 : STALE_SECONDS;
	return e;
}
