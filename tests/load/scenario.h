/*
 * scenario.h: what is done to a cairn (spec/performance.md 5).  Each scenario
 * has a cap; one that meets it says DNF, and how far it got.
 */
#ifndef TESTS_LOAD_SCENARIO_H
#define TESTS_LOAD_SCENARIO_H

#include "tests/load/crowd.h"
#include "tests/load/usage.h"

struct load_options {
	size_t nodes;
	bool direct;          /* past nginx */
	bool ordinary;        /* tests/load/rules.h, not everything open */
	const char *rates;    /* of S3, "1,5,25" a second */
	int64_t roam_seconds; /* at each rate */
	int64_t idle_seconds;
};

typedef void scenario(struct crowd *c, const struct load_options *o);

scenario scenario_join;    /* S1: all register at once */
scenario scenario_idle;    /* S2: nothing happens */
scenario scenario_churn;   /* S3: nodes move */
scenario scenario_flip;    /* S4: the policy is edited */
scenario scenario_restart; /* S5: a new worker, all come back */

/* Set by a signal: stop now. */
extern volatile int load_interrupted;

/* What all of them report at their end: bytes and messages since `messages` and
 * `bytes`, use since `from`, drops, and the comparison of the models. */
struct before {
	struct usage usage;
	uint64_t messages, map_bytes, wire_bytes, drops;
};
void before_take(struct before *b, const struct crowd *c);
void scenario_traffic(
	const char *name, const struct before *b, const struct crowd *c);
void scenario_verdict(
	const char *name, const struct before *b, struct crowd *c);

#endif
