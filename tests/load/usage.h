/*
 * usage.h: what the processes of a cairn and the generator itself have used.
 */
#ifndef TESTS_LOAD_USAGE_H
#define TESTS_LOAD_USAGE_H

#include "tests/lib/site.h"

enum part {
	PART_WORKER,
	PART_HANDLERS, /* master and children */
	PART_NGINX,    /* the same */
	PART_GENERATOR,
	PARTS,
};

struct usage {
	int64_t wall_us;
	int64_t cpu_ns[PARTS];
	int64_t rss_kb[PARTS], peak_kb[PARTS]; /* sums over processes */
	int64_t wakeups; /* of the worker: how often it slept */
};

/* As it is now; counts since the processes began. */
void usage_take(struct usage *u, const struct site *s);
/* Called while an ended worker is not yet reaped: its time still counts. */
void usage_keep_worker(const struct site *s);

/* From `from` on: lines "S1_worker_cpu 1.23 s" and so on. */
void usage_print(
	const char *scenario, const struct usage *from, const struct site *s);
/* The share of one core that the generator used since `from`, in percent. */
double usage_generator_share(const struct usage *from, const struct site *s);

#endif
