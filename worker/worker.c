#include "worker/worker.h"

#include "base/log.h"
#include "worker/asks.h"
#include "worker/events.h"
#include "worker/now.h"
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
	struct worker *w = arg;

	w->keys_changed |= c->kind == CHANGE_SERVER_KEY;
	waits_seen(c);
	events_seen(w, c);
	asks_seen(c);
}

/* What stands keeps its own keys; new tunnels are opened with these. */
static void
take_keys(struct worker *w)
{
	struct arena *mem;
	enum err e;

	if (!w->keys_changed)
		return;
	mem = arena_new();
	e = noise_keys_open(w->db, w->home, now_held(), mem, &w->keys);
	arena_free(mem);
	if (e)
		log_event(
			LOG_ERROR, "server key not read", "why", err_words(e));
	else
		log_event(LOG_INFO, "server key read", "answered",
			log_int((long long)w->keys.count));
	w->keys_changed = false;
}

void
worker_catch_up(struct worker *w)
{
	enum err e = snapshot_catch_up(w->snap, w->db, on_change, w);

	if (e)
		log_event(
			LOG_ERROR, "change log not read", "why", err_words(e));
	take_keys(w);
	events_caught_up(w);
	asks_caught_up(w);
}
