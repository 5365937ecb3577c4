/*
 * stat.h: counters of the worker and the relay, table `stat`, for /metrics.
 *
 * A name is that of the Prometheus series, with its labels if it has any:
 * cairn_worker_sessions, cairn_relay_dropped_total{reason="queue"}.
 */
#ifndef DB_STAT_H
#define DB_STAT_H

#include "db/db.h"

struct stat_row {
	const char *name;
	int64_t value;
	int64_t at;
};

enum err db_stat_put(
	struct db *db, const char *name, int64_t value, int64_t now);
/* By name. */
enum err db_stats(struct db *db, struct arena *mem, struct stat_row **rows,
	size_t *count);

#endif
