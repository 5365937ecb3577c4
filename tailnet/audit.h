/*
 * audit.h: one line for the audit row of a rule, in the rule's transaction.
 */
#ifndef TAILNET_AUDIT_H
#define TAILNET_AUDIT_H

#include "db/audit.h"

/* subject becomes KIND:ID.  `detail` may be NULL.  Never a secret. */
enum err audit(struct db *db, int64_t now, const char *actor,
	const char *action, const char *kind, int64_t id, const char *detail);

#endif
