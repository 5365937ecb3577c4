/*
 * job.h: work with a clock of its own, table `job`: what is due is done by
 * handlers that may wait for the outside (fcgi/job.h), JOBS_AT_ONCE at a time.
 *
 * A job is known by its kind and the row it is about, so that wanting it twice
 * is wanting it once.  Whoever begins one moves it into the future first: what
 * hangs, dies or is cut off is due again after that, and has failed once more.
 */
#ifndef DB_JOB_H
#define DB_JOB_H

#include "db/db.h"

/* The last_error of one that was begun and has not ended. */
#define JOB_UNENDED "it did not come to an end"

enum {
	JOBS_AT_ONCE = 3,      /* each of another kind */
	JOB_SECONDS_MOST = 20, /* that one may take; then the worker hangs up */
	JOB_ERROR_MAX = 256,   /* bytes of last_error that are kept */
	/* What was begun so much later than now was begun by a clock that was
	 * wrong, and what that clock made of due_at does not count. */
	JOB_AHEAD_SECONDS = 60,
};

struct job {
	int64_t id;
	const char *kind;
	int64_t subject; /* 0: it is about nothing in particular */
	int64_t due_at;
	int64_t tries;          /* in vain, since it last did well */
	int64_t began_at;       /* 0: never */
	const char *last_error; /* "" when it did well */
};

/* Wants it done at `due_at`, whatever was wanted before. */
enum err db_job_want(
	struct db *db, const char *kind, int64_t subject, int64_t due_at);
/* Wants it done at `due_at`, unless there is such a row. */
enum err db_job_keep(
	struct db *db, const char *kind, int64_t subject, int64_t due_at);
/* Nobody wants it any more; fine if there is none. */
enum err db_job_drop(struct db *db, const char *kind, int64_t subject);

enum err db_job_by_id(
	struct db *db, int64_t id, struct arena *mem, struct job *out);
enum err db_job_of(struct db *db, const char *kind, int64_t subject,
	struct arena *mem, struct job *out);
/* Of each kind the one that is due for the longest; by due time. */
enum err db_jobs_due(struct db *db, int64_t now, struct arena *mem,
	struct job **rows, size_t *count);
/* How many are due since before then, and since when the first is. */
enum err db_jobs_late(
	struct db *db, int64_t before, int64_t *count, int64_t *since);
/* By kind and subject. */
enum err db_jobs(
	struct db *db, struct arena *mem, struct job **rows, size_t *count);

/* ERR_NOT_FOUND unless it was due at `now`, as for db_jobs_due; from here on it
 * counts as failed and is due at `again`. */
enum err db_job_begin(struct db *db, int64_t id, int64_t now, int64_t again);
/* It did well, so it has not failed, and is due at `next` (0: it is gone),
 * unless somebody wanted it anew since it was begun, which is what `again`
 * tells: then it stays due when they want it.  Fine if it is gone. */
enum err db_job_done(struct db *db, int64_t id, int64_t again, int64_t next);
/* Due at `next` instead of at `again`, unless somebody wanted it anew. */
enum err db_job_put_off(struct db *db, int64_t id, int64_t again, int64_t next);
/* What went wrong, for people. */
enum err db_job_failed(struct db *db, int64_t id, const char *error);

#endif
