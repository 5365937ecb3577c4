/*
 * health_checks.h: what the doctor (doctor.h) found last, kept for the page of
 * health: the job HEALTH_JOB looks, pages read the rows (db/health.h).
 */
#ifndef TAILNET_HEALTH_CHECKS_H
#define TAILNET_HEALTH_CHECKS_H

#include "db/health.h"

#define HEALTH_JOB "health"

enum {
	HEALTH_SECONDS = 300, /* from one look to the next */
	HEALTH_ASK_SECONDS =
		10, /* somebody's wish for one is granted so often */
};

/* Looks at everything, which takes some seconds, then writes what was found in
 * one transaction. */
enum err tailnet_health_look(
	struct db *db, const char *home, int64_t now, struct arena *mem);
/* What one check found, between two looks at all of them; who wants to hear of
 * a turn does.  Within a transaction. */
enum err tailnet_health_put(struct db *db, enum health_name name,
	const struct health_row *row, int64_t now, struct arena *mem);
/* Wants it done now; nothing where it was a moment ago, but for the audit log,
 * which is verified whenever somebody asks (audit_check.h). */
enum err tailnet_health_ask(struct db *db, int64_t now);

#endif
