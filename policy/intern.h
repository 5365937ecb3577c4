/*
 * intern.h: source sets and flows of a plan, each once.
 *
 * Rules with the same sources and postures share a source set; entries with the
 * same set and protocol share a flow.  Both are told apart by a hash, so what
 * a rule costs does not depend on how many there are.
 */
#ifndef POLICY_INTERN_H
#define POLICY_INTERN_H

#include "policy/plan.h"

struct known;

/* Zeroed but for the plan, whose ssets and flows grow in its memory. */
struct intern {
	struct plan *p;
	struct known *ssets, *flows;
	size_t sset_room, flow_room;
};

/* Their numbers in the plan. */
uint32_t intern_sset(struct intern *i, const struct alias_list *src,
	const struct json_ints *postures);
uint32_t intern_flow(struct intern *i, uint32_t sset, int proto);
/* The plan stays; what told them apart goes. */
void intern_end(struct intern *i);

/* `at` with room for one more behind `count`. */
void *array_grown(
	struct arena *mem, void *at, size_t count, size_t *room, size_t size);

#endif
