/*
 * audit.h: who did what, when, table `audit`.  Rows are added in the
 * transaction of what they tell of, and never changed.
 */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"

struct audit {
	int64_t id, at;
	const char *actor;   /* "cli", "node:12", "user:3", "server" */
	const char *action;  /* "machine.registered" (spec/pages.md names) */
	const char *subject; /* "node:12" */
	const char *detail;
};

enum err db_audit_add(struct db *db, const struct audit *a);
/* Newest first. */
enum err db_audits(struct db *db, int64_t limit, struct arena *mem,
	struct audit **rows, size_t *count);
enum err db_audit_prune(struct db *db, int64_t before, int64_t *gone);

#endif
