/*
 * rate.h: how often machines may ask for what a handler must answer: a bucket
 * for each machine key (by its place in a table of fixed size), and one for all
 * registrations.
 *
 * Machine keys cost nothing, so whoever has no node yet shares these with other
 * strangers only: a flood of them keeps no machine of the tailnet from logging
 * in again.
 */
#ifndef WORKER_RATE_H
#define WORKER_RATE_H

#include "worker/worker.h"

enum {
	RATE_SLOTS = 4096,
	RATE_MACHINE_SECONDS = 6, /* one more in so many, after the burst */
	RATE_REQUEST_BURST = 60,  /* of other requests, then one a second */
};

/* 0: go on.  Else the seconds to wait. */
int64_t rate_register(struct worker *w, const struct key *machine_key,
	bool has_node, int64_t now_ms);
/* Of a machine that has a node: what else goes to a handler. */
int64_t rate_request(const struct key *machine_key, int64_t now_ms);

#endif
