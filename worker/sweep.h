/*
 * sweep.h: what grows is bounded: retention of sessions, audit, pending
 * registrations, spent keys, change rows, retired keys, held addresses, browser
 * sessions, links and spent forms; ephemeral nodes that are gone, and
 * attributes whose time is over; questions that a machine did not answer.  What
 * a file says of DNS is read here too.
 *
 * Decided on the loop, carried out in the writer's thread by the same rules as
 * anyone's, so it comes back through the change log.
 */
#ifndef WORKER_SWEEP_H
#define WORKER_SWEEP_H

#include "worker/worker.h"

enum {
	SWEEP_SECONDS = 300,
	REAP_SECONDS = 10,
	CHANGES_KEPT = 200 * 1000,
	RETIRED_SECONDS = 366 * 86400,
	PENDING_KEPT_SECONDS = 86400, /* after its end, to say what it was */
	LINKS_KEPT_SECONDS = 86400,
};

struct sweep_list {
	int64_t *reap; /* node ids */
	size_t reap_count;
	bool attributes;      /* whose time is over */
	bool asks;            /* that nobody answered */
	const char *dns_file; /* to be read; NULL: no news (worker/dns_watch) */
	bool retention;
	int64_t keep_sessions, keep_audit, keep_changes, keep_keys;
};

void sweep_collect(struct worker *w, struct arena *mem, int64_t now,
	struct sweep_list *out);
bool sweep_is_due(const struct sweep_list *l);
/* ERR_OK but for the file of records, which is due again. */
enum err sweep_run(struct db *db, const struct sweep_list *l, int64_t now);

#endif
