/*
 * audit_proof.h: what the page of the audit log says of its chain of hashes.
 *
 * The chain is walked in whole by a job, and by whoever wants it now
 * (audit_check.h of tailnet); a page walks on from there over the few rows that
 * came since, and over those that it shows.  What it finds so is noted, which
 * makes the page of health say it too, and what was found once is looked at
 * again.
 */
#ifndef FCGI_AUDIT_PROOF_H
#define FCGI_AUDIT_PROOF_H

#include "db/audit_chain.h"
#include "fcgi/request.h"

enum {
	AUDIT_PAGE_ROWS = 1000, /* that a page walks over */
};

struct audit_proof {
	struct audit_walk walk; /* from where it was checked to the newest */
	struct audit_mark mark;
	int64_t given, there; /* as db_audit_cut has them */
	int64_t broken;       /* the first that is known not to fit; 0: none */
	int64_t rows;         /* that fit; those of version 1 are left out */
	bool mended;          /* what did not fit does again */
	bool told;            /* the page of health says as much */
	bool walking;         /* all of it is being checked */
};

/* `from` to `until`: the rows that are shown, 0 if they are no range. */
enum err audit_proof_take(
	struct request *r, int64_t from, int64_t until, struct audit_proof *p);
/* A page came across a row that does not fit. */
void audit_proof_note(struct request *r, int64_t id);
/* #chain, and the form that verifies all of it. */
void audit_proof_show(struct request *r, const struct audit_proof *p);

#endif
