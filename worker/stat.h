/*
 * stat.h: the worker's counters by their Prometheus names: rows for the table
 * `stat` (each ten seconds) and text for who asks on the socket.
 */
#ifndef WORKER_STAT_H
#define WORKER_STAT_H

#include "db/stat.h"
#include "worker/worker.h"

struct stat_list {
	struct stat_row *at;
	size_t count;
};

void stat_collect(struct worker *w, struct arena *mem, struct stat_list *out);
/* Prometheus text exposition. */
const char *stat_text(struct worker *w, struct arena *mem);

#endif
