/*
 * notice.h: who wants to hear of what, and what they are to hear, tables
 * `notice_target` and `notice`.
 *
 * db_notice_put stands in the transaction of the fact, and wants the job that
 * sends (NOTICE_JOB, its subject the target) there too.
 */
#ifndef DB_NOTICE_H
#define DB_NOTICE_H

#include "db/db.h"

#define NOTICE_JOB "notice"

struct notice_target {
	int64_t id;
	const char *kind;   /* "webhook", "mail" */
	const char *place;  /* URL; addresses with blanks between */
	const char *format; /* of a webhook */
	const char *events; /* " machine.new policy.changed " */
	const char *server, *security, *sender, *account; /* of mail */
	struct bytes secret;                              /* sealed */
	int64_t created_at;
};

struct notice {
	int64_t id, target_id;
	const char *event, *type, *fact;
	int64_t at;
	const char *message, *data; /* data is JSON */
	const char *state;          /* "waiting", "sent", "failed" */
	int64_t tries, tried_at;
	const char *answer;
};

enum err db_notice_target_add(
	struct db *db, const struct notice_target *t, int64_t *id);
enum err db_notice_target(struct db *db, int64_t id, struct arena *mem,
	struct notice_target *out);
enum err db_notice_targets(struct db *db, struct arena *mem,
	struct notice_target **rows, size_t *count);
/* All but id, kind and created_at. */
enum err db_notice_target_update(struct db *db, const struct notice_target *t);
/* Its notices and its job go too. */
enum err db_notice_target_delete(struct db *db, int64_t id);

/* For each target that wants the event, or for `target` alone (0: all that
 * want it).  A fact that a target has already counts for nothing.  *added: how
 * many got it. */
enum err db_notice_put(
	struct db *db, const struct notice *n, int64_t target, int64_t *added);
/* The oldest that wait, at most `limit`. */
enum err db_notices_waiting(struct db *db, int64_t target, int64_t limit,
	struct arena *mem, struct notice **rows, size_t *count);
/* Newest first. */
enum err db_notices_of(struct db *db, int64_t target, int64_t skip,
	int64_t limit, struct arena *mem, struct notice **rows, size_t *count);
enum err db_notice_count(
	struct db *db, int64_t target, const char *state, int64_t *count);
/* How a try ended: state "waiting" tries again.  After "sent" the job of its
 * target has not failed before, and what was put meanwhile is sent at once. */
enum err db_notice_tried(struct db *db, int64_t id, const char *state,
	const char *answer, int64_t now);
/* Those that do not wait, from before then. */
enum err db_notice_prune(struct db *db, int64_t before, int64_t *gone);

#endif
