#include "db/notice.h"

#include <string.h>

#include "db/job.h"

#define TARGET_COLUMNS                                                         \
	"id, kind, place, format, events, server, security, sender, account, " \
	"secret, created_at"
#define NOTICE_COLUMNS                                                        \
	"id, target_id, event, type, fact, at, message, data, state, tries, " \
	"tried_at, answer"

static void
read_target(struct stmt *q, struct arena *mem, void *row)
{
	struct notice_target *t = row;

	t->id = col_int(q, 0);
	t->kind = col_text(q, 1, mem);
	t->place = col_text(q, 2, mem);
	t->format = col_text(q, 3, mem);
	t->events = col_text(q, 4, mem);
	t->server = col_text(q, 5, mem);
	t->security = col_text(q, 6, mem);
	t->sender = col_text(q, 7, mem);
	t->account = col_text(q, 8, mem);
	t->secret = col_blob(q, 9, mem);
	t->created_at = col_int(q, 10);
}

static void
read_notice(struct stmt *q, struct arena *mem, void *row)
{
	struct notice *n = row;

	n->id = col_int(q, 0);
	n->target_id = col_int(q, 1);
	n->event = col_text(q, 2, mem);
	n->type = col_text(q, 3, mem);
	n->fact = col_text(q, 4, mem);
	n->at = col_int(q, 5);
	n->message = col_text(q, 6, mem);
	n->data = col_text(q, 7, mem);
	n->state = col_text(q, 8, mem);
	n->tries = col_int(q, 9);
	n->tried_at = col_int(q, 10);
	n->answer = col_text(q, 11, mem);
}

static void
bind_target(struct stmt *q, const struct notice_target *t)
{
	stmt_text(q, 1, t->place);
	stmt_text(q, 2, t->format);
	stmt_text(q, 3, t->events);
	stmt_text(q, 4, t->server);
	stmt_text(q, 5, t->security);
	stmt_text(q, 6, t->sender);
	stmt_text(q, 7, t->account);
	stmt_blob(q, 8, t->secret.at, t->secret.len);
}

enum err
db_notice_target_add(struct db *db, const struct notice_target *t, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO notice_target (place, format, events, server, "
		"security, sender, account, secret, kind, created_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	bind_target(q, t);
	stmt_text(q, 9, t->kind);
	stmt_int(q, 10, t->created_at);
	return db_insert(q, id);
}

enum err
db_notice_target_update(struct db *db, const struct notice_target *t)
{
	struct stmt *q = db_stmt(db,
		"UPDATE notice_target SET place = ?1, format = ?2, "
		"events = ?3, server = ?4, security = ?5, sender = ?6, "
		"account = ?7, secret = ?8 WHERE id = ?9");

	bind_target(q, t);
	stmt_int(q, 9, t->id);
	return db_run(q);
}

enum err
db_notice_target(
	struct db *db, int64_t id, struct arena *mem, struct notice_target *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " TARGET_COLUMNS " FROM notice_target WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_target, mem, out);
}

enum err
db_notice_targets(struct db *db, struct arena *mem, struct notice_target **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT " TARGET_COLUMNS " FROM notice_target ORDER BY id");

	return db_all(q, read_target, mem, sizeof(**rows), rows, count);
}

enum err
db_notice_target_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM notice_target WHERE id = ?1");
	enum err e;

	stmt_int(q, 1, id);
	e = db_run(q);
	return e ? e : db_job_drop(db, NOTICE_JOB, id);
}

/* Due at once, but for one that has failed more than once: that one within a
 * minute of its last try, so that a receiver who is down is not asked anew for
 * each thing that happens. */
static enum err
want_jobs(struct db *db, const char *fact)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO job (kind, subject, due_at) "
		"SELECT '" NOTICE_JOB "', target_id, 0 FROM notice "
		"WHERE fact = ?1 AND state = 'waiting' "
		"ON CONFLICT (kind, subject) DO UPDATE SET due_at = "
		"CASE WHEN tries > 1 THEN min(due_at, began_at + 60) "
		"ELSE 0 END");

	stmt_text(q, 1, fact);
	return db_run_any(q, NULL);
}

enum err
db_notice_put(
	struct db *db, const struct notice *n, int64_t target, int64_t *added)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO notice (target_id, event, type, fact, at, "
		"message, data) SELECT id, ?1, ?2, ?3, ?4, ?5, ?6 "
		"FROM notice_target WHERE id = ?7 OR (?7 = 0 AND "
		"instr(events, ' ' || ?1 || ' ') > 0) "
		"ON CONFLICT (target_id, fact) DO NOTHING");
	enum err e;

	stmt_text(q, 1, n->event);
	stmt_text(q, 2, n->type);
	stmt_text(q, 3, n->fact);
	stmt_int(q, 4, n->at);
	stmt_text(q, 5, n->message);
	stmt_text(q, 6, n->data);
	stmt_int(q, 7, target);
	*added = 0;
	e = db_run_any(q, added);
	return e || !*added ? e : want_jobs(db, n->fact);
}

enum err
db_notices_waiting(struct db *db, int64_t target, int64_t limit,
	struct arena *mem, struct notice **rows, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " NOTICE_COLUMNS " FROM notice "
				     "WHERE target_id = ?1 AND "
				     "state = 'waiting' ORDER BY id LIMIT ?2");

	stmt_int(q, 1, target);
	stmt_int(q, 2, limit);
	return db_all(q, read_notice, mem, sizeof(**rows), rows, count);
}

enum err
db_notices_of(struct db *db, int64_t target, int64_t skip, int64_t limit,
	struct arena *mem, struct notice **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " NOTICE_COLUMNS " FROM notice WHERE target_id = ?1 "
		"ORDER BY id DESC LIMIT ?2 OFFSET ?3");

	stmt_int(q, 1, target);
	stmt_int(q, 2, limit);
	stmt_int(q, 3, skip);
	return db_all(q, read_notice, mem, sizeof(**rows), rows, count);
}

enum err
db_notice_count(
	struct db *db, int64_t target, const char *state, int64_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT count(*) FROM notice WHERE target_id = ?1 AND "
		"(?2 = '' OR state = ?2)");

	stmt_int(q, 1, target);
	stmt_text(q, 2, state);
	return db_number(q, count);
}

/* One arrived, so the receiver answers: what want_jobs put off is due at once.
 */
static enum err
answers_again(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db,
		"UPDATE job SET tries = 1, due_at = "
		"CASE due_at WHEN began_at + 60 THEN 0 ELSE due_at END "
		"WHERE kind = '" NOTICE_JOB "' AND tries > 1 AND "
		"subject = (SELECT target_id FROM notice WHERE id = ?1)");

	stmt_int(q, 1, id);
	return db_run_any(q, NULL);
}

enum err
db_notice_tried(struct db *db, int64_t id, const char *state,
	const char *answer, int64_t now)
{
	struct stmt *q =
		db_stmt(db, "UPDATE notice SET state = ?2, tries = tries + 1, "
			    "tried_at = ?3, answer = ?4 WHERE id = ?1");
	enum err e;

	stmt_int(q, 1, id);
	stmt_text(q, 2, state);
	stmt_int(q, 3, now);
	stmt_text(q, 4, answer);
	e = db_run_any(q, NULL);
	return e || strcmp(state, "sent") != 0 ? e : answers_again(db, id);
}

enum err
db_notice_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db, "DELETE FROM notice WHERE at < ?1 AND "
				     "state <> 'waiting'");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
