/*
 * compare.h: what two policies let through differently between the machines of
 * one tailnet.
 *
 * Machines that neither policy can tell apart make a group, so the work goes
 * by groups, not by machines.  What opens between devices of one person alone
 * (autogroup:self) is looked at beside it.  Destinations that are no machine
 * are places (policy/places.h).
 */
#ifndef POLICY_COMPARE_H
#define POLICY_COMPARE_H

#include "policy/engine.h"

enum compare_kind {
	COMPARE_NET,
	COMPARE_SSH,
	COMPARE_APP,
};

struct compare_flow {
	enum compare_kind kind;
	bool added;        /* else removed */
	bool own;          /* between devices of one person alone */
	bool closed;       /* removed, and nothing is left */
	uint32_t from, to; /* groups */
	const char *place; /* instead of `to`; NULL: machines */
	size_t pairs;      /* of machines, or machines and places */
	/* "tcp 22, udp 53"; "SSH as root, after a check"; "app NAME" */
	const char *words;
	struct policy_place rule; /* in the policy that has it */
};

struct compare_group {
	const int64_t *machines; /* by id */
	size_t count;
};

struct compare {
	const struct compare_group *groups;
	size_t group_count;
	const struct compare_flow *flows; /* `most` at most */
	size_t count;
	/* Pairs that gain, that lose; by ports, logins and apps each. */
	size_t added, removed;
	const int64_t *cut_off; /* had something open before, and nothing now */
	size_t cut_off_count;
	bool stopped; /* before all was looked at */
};

/* Both hold the same machines.  `go_on` is asked now and then, and stops it. */
void policy_compare(struct engine *before, struct engine *after, size_t most,
	bool (*go_on)(void *arg), void *arg, struct arena *mem,
	struct compare *out);

#endif
