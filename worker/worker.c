#include "worker/worker.h"

#include "base/log.h"
#include "worker/waits.h"

static void
on_change(void *arg, const struct change *c)
{
	(void)arg;
	waits_seen(c);
}

void
worker_catch_up(struct worker *w)
{
	enum err e = snapshot_catch_up(w->snap, w->db, on_change, NULL);

	if (e)
		log_event(
			LOG_ERROR, "change log not read", "why", err_words(e));
}
