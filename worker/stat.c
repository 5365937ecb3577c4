#include "worker/stat.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "worker/events.h"
#include "worker/fanout.h"
#include "worker/now.h"
#include "worker/presence.h"
#include "worker/waits.h"

#define COUNTER(name)                                   \
	{                                               \
		"cairn_worker_" #name "_total",         \
			offsetof(struct counters, name) \
	}

static const struct {
	const char *name;
	size_t offset;
} rows[] = {
	COUNTER(handshakes),
	COUNTER(handshakes_old_key),
	COUNTER(handshakes_failed),
	COUNTER(half_open_dropped),
	COUNTER(sessions_opened),
	COUNTER(sessions_closed),
	COUNTER(map_streams_started),
	COUNTER(map_full),
	COUNTER(map_delta),
	COUNTER(map_self),
	COUNTER(map_keepalives),
	COUNTER(map_bytes),
	COUNTER(lite_updates),
	COUNTER(lite_noop),
	COUNTER(register_limited),
	COUNTER(request_limited),
	COUNTER(inner_requests),
	COUNTER(inner_failed),
	COUNTER(event_streams_started),
	COUNTER(events),
	COUNTER(jobs),
	COUNTER(jobs_failed),
	COUNTER(probes),
	COUNTER(probes_lost),
	COUNTER(route_changes),
};

enum {
	GAUGES_MAX = 16,
	ROWS = sizeof(rows) / sizeof(rows[0]),
	TEXT_MAX = 64 * 1024,
};

static int64_t
resident_bytes(void)
{
	long long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;
	if (fscanf(f, "%lld %lld", &pages, &resident) != 2)
		resident = 0;
	(void)fclose(f);
	return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static void
gauge(struct stat_list *l, const char *name, int64_t value)
{
	l->at[l->count++] = (struct stat_row){ .name = name, .value = value };
}

void
stat_collect(struct worker *w, struct arena *mem, struct stat_list *out)
{
	out->count = 0;
	out->at = arena_array(mem, ROWS + GAUGES_MAX, sizeof(struct stat_row));
	for (size_t i = 0; i < ROWS; i++)
		gauge(out, rows[i].name,
			*(const int64_t *)((const char *)&w->counters +
					   rows[i].offset));
	gauge(out, "cairn_worker_nodes", (int64_t)w->snap->node_count);
	gauge(out, "cairn_worker_nodes_online", (int64_t)w->snap->online_count);
	gauge(out, "cairn_worker_sessions", (int64_t)w->open_count);
	gauge(out, "cairn_worker_sessions_half_open",
		(int64_t)w->half_open_count);
	gauge(out, "cairn_worker_map_streams", (int64_t)w->stream_count);
	gauge(out, "cairn_worker_map_streams_behind", (int64_t)fanout_behind());
	gauge(out, "cairn_worker_nodes_leaving", (int64_t)presence_leaving(w));
	gauge(out, "cairn_worker_updates_deferred",
		(int64_t)snapshot_deferred(w->snap));
	gauge(out, "cairn_worker_waits", (int64_t)waits_count());
	gauge(out, "cairn_worker_event_streams", (int64_t)events_count());
	gauge(out, "cairn_worker_change_seq", w->snap->seq);
	gauge(out, "cairn_worker_generation", (int64_t)w->snap->gen);
	gauge(out, STAT_STARTED, w->started_at);
	gauge(out, STAT_DOUBT, now_doubt());
	gauge(out, "cairn_worker_resident_bytes", resident_bytes());
}

const char *
stat_text(struct worker *w, struct arena *mem)
{
	struct stat_list l;
	struct buf b;

	stat_collect(w, mem, &l);
	buf_init(&b, mem, TEXT_MAX);
	for (size_t i = 0; i < l.count; i++) {
		const char *name = l.at[i].name;
		size_t len = strlen(name);
		bool counts = len > 6 && strcmp(name + len - 6, "_total") == 0;

		buf_putf(&b, "# TYPE %s %s\n%s %lld\n", name,
			counts ? "counter" : "gauge", name,
			(long long)l.at[i].value);
	}
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}
