/*
 * rate.h: how often machines may register: a bucket for each machine key (by
 * its place in a table of fixed size) and one for all.
 */
#ifndef WORKER_RATE_H
#define WORKER_RATE_H

#include "worker/worker.h"

enum {
	RATE_SLOTS = 4096,
	RATE_MACHINE_SECONDS = 6, /* one more in so many, after the burst */
};

/* 0: go on.  Else the seconds to wait. */
int64_t rate_register(
	struct worker *w, const struct key *machine_key, int64_t now_ms);

#endif
