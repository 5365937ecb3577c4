/*
 * health.h: whether this instance can do its work: for /health and the command
 * line.
 *
 * The database answers and is the file in the folder, the disk has room, the
 * worker was alive some seconds ago, what it writes every ten seconds was
 * written, the newest policy is the one in force, and the file of extra
 * records, if there is one, can be taken.  Asking writes nothing, so that no
 * stranger can make the disk work.
 */
#ifndef TAILNET_HEALTH_H
#define TAILNET_HEALTH_H

#include "db/db.h"

enum {
	ALIVE_SECONDS = 5, /* the worker touches worker.alive each second */
	UNWRITTEN_SECONDS = 30,
	HEALTH_ROOM = 1024 * 1024, /* with less the disk counts as full */
	JOBS_LATE_SECONDS = 120,
};

/* Seconds since the worker gave a sign of life; -1: it does not run. */
int64_t health_worker_age(const char *home, int64_t now, struct arena *mem);
/* NULL, or what is wrong, in words for an admin. */
const char *health_trouble(
	struct db *db, const char *home, int64_t now, struct arena *mem);
/* NULL, or what is not done although the instance does its work: jobs that are
 * due since JOBS_LATE_SECONDS. */
const char *health_warning(struct db *db, int64_t now, struct arena *mem);

#endif
