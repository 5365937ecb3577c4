#include "worker/worker.h"

#include "base/log.h"
#include "worker/asks.h"
#include "worker/events.h"
#include "worker/waits.h"

bool
worker_may_log(int64_t now_ms)
{
	static int64_t second, lines, lost;

	if (now_ms / 1000 != second) {
		second = now_ms / 1000;
		lines = 0;
		if (lost)
			log_event(LOG_WARN, "log lines left out", "count",
				log_int(lost));
		lost = 0;
	}
	if (lines < LOGS_A_SECOND) {
		lines++;
		return true;
	}
	lost++;
	return false;
}

static void
on_change(void *arg, const struct change *c)
{
	waits_seen(c);
	events_seen(arg, c);
	asks_seen(c);
}

void
worker_catch_up(struct worker *w)
{
	enum err e = snapshot_catch_up(w->snap, w->db, on_change, w);

	if (e)
		log_event(
			LOG_ERROR, "change log not read", "why", err_words(e));
	events_caught_up(w);
	asks_caught_up(w);
}
