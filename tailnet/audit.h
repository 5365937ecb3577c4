/*
 * audit.h: one line for the audit row of a rule, in the rule's transaction.
 *
 * The names of the actor and of what the row is about are looked up, as they
 * are in that transaction; what is deleted already is named by subject_name.
 */
#ifndef TAILNET_AUDIT_H
#define TAILNET_AUDIT_H

#include "db/audit.h"

/* subject becomes KIND:ID.  `detail` may be NULL.  Never a secret. */
enum err audit(struct db *db, int64_t now, const char *actor,
	const char *action, const char *kind, int64_t id, const char *detail);
/* The same with what else the row says: before, after, subject_name. */
enum err audit_row(
	struct db *db, const char *kind, int64_t id, const struct audit *row);

/* What the row of that actor will have as its name; NULL: none. */
const char *audit_actor_name(
	struct db *db, struct arena *mem, const char *actor);

#endif
