#include "db/job.h"

#include <string.h>

#define JOB_COLUMNS "id, kind, subject, due_at, tries, began_at, last_error"

static void
read_job(struct stmt *q, struct arena *mem, void *row)
{
	struct job *j = row;

	j->id = col_int(q, 0);
	j->kind = col_text(q, 1, mem);
	j->subject = col_int(q, 2);
	j->due_at = col_int(q, 3);
	j->tries = col_int(q, 4);
	j->began_at = col_int(q, 5);
	j->last_error = col_text(q, 6, mem);
}

enum err
db_job_want(struct db *db, const char *kind, int64_t subject, int64_t due_at)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO job (kind, subject, due_at) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (kind, subject) DO UPDATE SET "
		"due_at = excluded.due_at");

	stmt_text(q, 1, kind);
	stmt_int(q, 2, subject);
	stmt_int(q, 3, due_at);
	return db_run(q);
}

enum err
db_job_keep(struct db *db, const char *kind, int64_t subject, int64_t due_at)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO job (kind, subject, due_at) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (kind, subject) DO NOTHING");

	stmt_text(q, 1, kind);
	stmt_int(q, 2, subject);
	stmt_int(q, 3, due_at);
	return db_run_any(q, NULL);
}

enum err
db_job_drop(struct db *db, const char *kind, int64_t subject)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM job WHERE kind = ?1 AND subject = ?2");

	stmt_text(q, 1, kind);
	stmt_int(q, 2, subject);
	return db_run_any(q, NULL);
}

enum err
db_job_by_id(struct db *db, int64_t id, struct arena *mem, struct job *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " JOB_COLUMNS " FROM job WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_job, mem, out);
}

enum err
db_job_of(struct db *db, const char *kind, int64_t subject, struct arena *mem,
	struct job *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " JOB_COLUMNS " FROM job WHERE kind = ?1 AND "
		"subject = ?2");

	stmt_text(q, 1, kind);
	stmt_int(q, 2, subject);
	return db_one(q, read_job, mem, out);
}

enum err
db_jobs_due(struct db *db, int64_t now, struct arena *mem, struct job **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " JOB_COLUMNS " FROM (SELECT *, row_number() OVER "
		"(PARTITION BY kind ORDER BY due_at, id) AS turn FROM job "
		"WHERE due_at <= ?1 OR began_at > ?2) "
		"WHERE turn = 1 ORDER BY due_at, id");

	stmt_int(q, 1, now);
	stmt_int(q, 2, now + JOB_AHEAD_SECONDS);
	return db_all(q, read_job, mem, sizeof(**rows), rows, count);
}

enum err
db_jobs_late(struct db *db, int64_t before, int64_t *count, int64_t *since)
{
	struct stmt *q =
		db_stmt(db, "SELECT count(*) FROM job WHERE due_at < ?1");
	int64_t late = 0;
	enum err e;

	stmt_int(q, 1, before);
	e = db_number(q, &late);
	if (!e && late)
		e = db_number(
			db_stmt(db, "SELECT min(due_at) FROM job"), since);
	if (!e)
		*count = late;
	return e;
}

enum err
db_jobs(struct db *db, struct arena *mem, struct job **rows, size_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT " JOB_COLUMNS " FROM job ORDER BY kind, subject");

	return db_all(q, read_job, mem, sizeof(**rows), rows, count);
}

enum err
db_job_begin(struct db *db, int64_t id, int64_t now, int64_t again)
{
	struct stmt *q = db_stmt(db,
		"UPDATE job SET due_at = ?3, tries = tries + 1, "
		"began_at = ?2, last_error = '" JOB_UNENDED "' "
		"WHERE id = ?1 AND (due_at <= ?2 OR began_at > ?4)");

	stmt_int(q, 1, id);
	stmt_int(q, 2, now);
	stmt_int(q, 3, again);
	stmt_int(q, 4, now + JOB_AHEAD_SECONDS);
	return db_run(q);
}

/* Whoever wanted it anew wants it where it is due by now. */
static enum err
did_well(struct db *db, int64_t id, int64_t again, int64_t next)
{
	struct stmt *q = db_stmt(db,
		"UPDATE job SET tries = 0, last_error = '', due_at = "
		"CASE due_at WHEN ?2 THEN ?3 ELSE due_at END WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_int(q, 2, again);
	stmt_int(q, 3, next);
	return db_run_any(q, NULL);
}

static enum err
drop_unwanted(struct db *db, int64_t id, int64_t again)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM job WHERE id = ?1 AND due_at = ?2");

	stmt_int(q, 1, id);
	stmt_int(q, 2, again);
	return db_run_any(q, NULL);
}

enum err
db_job_done(struct db *db, int64_t id, int64_t again, int64_t next)
{
	enum err e = next ? ERR_OK : drop_unwanted(db, id, again);

	return e ? e : did_well(db, id, again, next);
}

/* Not in the middle of a character. */
static size_t
kept_bytes(const char *s)
{
	size_t len = strlen(s);

	if (len <= JOB_ERROR_MAX)
		return len;
	len = JOB_ERROR_MAX;
	while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

enum err
db_job_put_off(struct db *db, int64_t id, int64_t again, int64_t next)
{
	struct stmt *q = db_stmt(
		db, "UPDATE job SET due_at = ?3 WHERE id = ?1 AND due_at = ?2");

	stmt_int(q, 1, id);
	stmt_int(q, 2, again);
	stmt_int(q, 3, next);
	return db_run_any(q, NULL);
}

enum err
db_job_failed(struct db *db, int64_t id, const char *error)
{
	struct arena *mem = arena_new();
	struct stmt *q =
		db_stmt(db, "UPDATE job SET last_error = ?2 WHERE id = ?1");
	enum err e;

	stmt_int(q, 1, id);
	stmt_text(
		q, 2, arena_printf(mem, "%.*s", (int)kept_bytes(error), error));
	e = db_run_any(q, NULL);
	arena_free(mem);
	return e;
}
