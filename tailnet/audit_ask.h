/*
 * audit_ask.h: what is asked before the audit log is kept for a shorter time
 * (setting_ask.h).
 */
#ifndef TAILNET_AUDIT_ASK_H
#define TAILNET_AUDIT_ASK_H

#include "tailnet/setting_ask.h"

/* Where rows would go now.  A yes counts for that change of the time: rows come
 * of age all the while, so how many there are is not part of it. */
enum err audit_ask(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out);

#endif
