/*
 * audit.h: who did what, when, table `audit`.  Rows are added in the
 * transaction of what they tell of, and never changed.
 *
 * The rows are a chain of hashes: db/audit_chain.h.  Filters: db/audit_find.h.
 */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"

enum {
	AUDIT_HASH_SIZE = 32,
};

/* How a change came about: set with db_set_origin for the connection; what is
 * empty there follows from the actor. */
struct audit_origin {
	const char *via; /* "page", "cli", "machine", "system" */
	const char *actor_name, *address;
	int64_t session; /* web_session */
};

struct audit {
	int64_t id, at;
	const char *actor;   /* "cli", "node:12", "user:3", "server" */
	const char *action;  /* "machine.registered" (spec/pages.md names) */
	const char *subject; /* "node:12" */
	const char *detail;
	/* Of the origin, if NULL or 0. */
	const char *via, *actor_name, *address;
	int64_t session;
	const char *subject_name;   /* as it was then */
	const char *before, *after; /* JSON of the changed fields, or "" */
};

/* The name of a row as it is now ("node", 12); NULL when it has none. */
const char *db_audit_name(
	struct db *db, struct arena *mem, const char *kind, int64_t id);
enum err db_audit_add(struct db *db, const struct audit *a);
/* Newest first, `limit` rows after the first `skip`. */
enum err db_audits(struct db *db, int64_t skip, int64_t limit,
	struct arena *mem, struct audit **rows, size_t *count);
enum err db_audit_count(struct db *db, int64_t *count);
/* The oldest and the newest id, 0 when there are no rows.  Ids have no gaps but
 * where retention took rows, so a page of a long log is a range of them. */
enum err db_audit_ends(struct db *db, int64_t *first, int64_t *last);
/* Newest first, of those ids. */
enum err db_audit_range(struct db *db, int64_t from, int64_t until,
	struct arena *mem, struct audit **rows, size_t *count);
/* The newest about that subject ("node:12"): for "deleted by whom". */
enum err db_audit_last(struct db *db, const char *subject, const char *action,
	struct arena *mem, struct audit *out);
/* Those about that subject, newest first, `limit` at most. */
enum err db_audits_of(struct db *db, const char *subject, int64_t limit,
	struct arena *mem, struct audit **rows, size_t *count);
/* How many of that action since then; of one address, or of all (NULL). */
enum err db_audit_recent(struct db *db, const char *action, const char *address,
	int64_t since, int64_t *count);
/* Whether that was ever done, by that actor or by anybody (NULL), as far back
 * as the log goes. */
enum err db_audit_has(
	struct db *db, const char *action, const char *actor, bool *found);
/* The newest about it, whatever was done. */
enum err db_audit_newest(struct db *db, const char *subject, struct arena *mem,
	struct audit *out);
/* The newest id, 0 if there is none; whether there is a newer row about it. */
enum err db_audit_newest_id(struct db *db, int64_t *id);
enum err db_audit_since(
	struct db *db, const char *subject, int64_t id, bool *found);

#endif
