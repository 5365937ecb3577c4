/*
 * audit_check.h: the audit log walked over, so that no page needs to: the job
 * AUDIT_JOB goes on from where it was checked last, and once a day over all of
 * it, in pieces.
 */
#ifndef TAILNET_AUDIT_CHECK_H
#define TAILNET_AUDIT_CHECK_H

#include "db/audit_chain.h"

#define AUDIT_JOB "audit-check"

enum {
	AUDIT_CHECK_SECONDS = 600,   /* from one check to the next */
	AUDIT_WHOLE_SECONDS = 86400, /* the same of the whole log */
	AUDIT_CHECK_ROWS = 500000,   /* of one piece */
};

/* One piece.  *again: a walk over all of it is under way.  *mark is what the
 * log is known to be afterwards. */
enum err tailnet_audit_check(struct db *db, int64_t now, int64_t rows,
	bool *again, struct audit_mark *mark);

#endif
