/*
 * audit_check.h: the audit log walked over, so that no page needs to: the job
 * AUDIT_JOB goes on from where it was checked last, and once a day over all of
 * it, in pieces.  Who wants it now gets it now, or by the job where the log is
 * long.
 *
 * What is found goes into the check "audit" of the page of health with it, so
 * that neither page is older than the other.  A finding is looked at again by
 * each walk, which then begins at the first row.
 */
#ifndef TAILNET_AUDIT_CHECK_H
#define TAILNET_AUDIT_CHECK_H

#include "db/audit_chain.h"
#include "db/health.h"

#define AUDIT_JOB "audit-check"

enum {
	AUDIT_CHECK_SECONDS = 600,   /* from one check to the next */
	AUDIT_WHOLE_SECONDS = 86400, /* the same of the whole log */
	AUDIT_CHECK_ROWS = 500000,   /* of one piece */
	AUDIT_VERIFY_ROWS = 20000,   /* that whoever wants it now waits for */
};

/* One piece.  *again: a walk over all of it is under way.  *mark is what the
 * log is known to be afterwards. */
enum err tailnet_audit_check(struct db *db, int64_t now, int64_t rows,
	bool *again, struct audit_mark *mark);
/* All of it, from the first row, or from where a walk over all of it that is
 * under way stands: `rows` of them now, and if there are more (*again), the
 * rest by the job, at once.  `found`: a row that is known not to fit, which
 * counts until the walk, begun anew, names the first; 0: none. */
enum err tailnet_audit_verify(struct db *db, int64_t now, int64_t rows,
	int64_t found, bool *again, struct audit_mark *mark);

/* What that is for the page of health and the doctor: OK or FAIL. */
struct health_row tailnet_audit_state(struct arena *mem,
	const struct audit_mark *mark, int64_t given, int64_t there);

#endif
