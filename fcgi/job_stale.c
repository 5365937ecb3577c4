/*
 * job_stale.c: does to machines that nobody uses what the settings say, each
 * hour.
 */
#include "base/log.h"
#include "db/stat.h"
#include "fcgi/jobs.h"
#include "tailnet/stale.h"

enum {
	STALE_SECONDS = 3600,
};

/* Of a worker that was away itself for long nobody can say who would have been
 * seen: they have an hour to come back. */
static int64_t
wait_for_machines(const struct request *r)
{
	int64_t started = 0;

	if (db_stat_value(r->db, STAT_STARTED, &started))
		return 0;
	return r->now - started < STALE_SECONDS
		       ? STALE_SECONDS - (r->now - started)
		       : 0;
}

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
	end->next = wait_for_machines(r);
	if (end->next)
		return ERR_OK;
	e = tailnet_stale_run(r->db, r->now, &done, &more);
	if (!e && done)
		log_event(LOG_INFO, "stale machines", "action", s.stale_action,
			"count", log_int((long long)done));
	end->next = more ? 1 : STALE_SECONDS;
	return e;
}
