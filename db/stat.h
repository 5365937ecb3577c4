/*
 * stat.h: counters of the worker and the relay, table `stat`, for /metrics.
 *
 * A name is that of the Prometheus series, with its labels if it has any:
 * cairn_worker_sessions, cairn_relay_dropped_total{reason="queue"}.
 */
#ifndef DB_STAT_H
#define DB_STAT_H

#include "db/db.h"

/* The worker writes it at its start and every ten seconds after, so its age
 * tells whether anything can be written. */
#define STAT_HEARTBEAT "cairn_worker_change_seq"
#define STAT_STARTED   "cairn_worker_started_at"
/* How many seconds of the wall clock the worker does not believe
 * (base/doubt.h); by this all other programs do not, while it says so again and
 * again. */
#define STAT_DOUBT "cairn_worker_clock_doubt_seconds"
/* When the newest backup was made (tailnet/backup.h): value and time. */
#define STAT_BACKUP "cairn_backup_timestamp_seconds"

struct stat_row {
	const char *name;
	int64_t value;
	int64_t at;
};

enum err db_stat_put(
	struct db *db, const char *name, int64_t value, int64_t now);
/* `wall` without what the worker does not believe of it, or the later time that
 * the worker held last (base/held.h): what every program but the worker takes
 * for now. */
int64_t db_time(struct db *db, int64_t wall);
/* When that one was written last; ERR_NOT_FOUND: never. */
enum err db_stat_at(struct db *db, const char *name, int64_t *at);
enum err db_stat_value(struct db *db, const char *name, int64_t *value);
/* By name. */
enum err db_stats(struct db *db, struct arena *mem, struct stat_row **rows,
	size_t *count);

#endif
