/*
 * compare.h: what two policies let through differently between the machines of
 * one tailnet.
 *
 * Machines that neither policy can tell apart make a group, so the work goes
 * by groups, not by machines.  What opens between devices of one person alone
 * (autogroup:self) is looked at beside it.  Destinations that are no machine
 * are places (policy/places.h).  What it comes to for people is told when all
 * was looked at.
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

/* What happens to what people reach, with all their machines together. */
enum compare_fate {
	FATE_LOSES, /* nothing is left */
	FATE_GAINS, /* nothing was there */
	FATE_OTHER, /* other ports than before */
	FATES,
};

enum {
	COMPARE_PEOPLE_MAX = 100, /* rows */
	COMPARE_OWNERS_MAX = 8,   /* of one fate */
};

/* Whose machines. */
struct compare_owner {
	const char *words; /* their tags, or the place; NULL: a person's */
	int64_t person;    /* 0: those of each other */
	size_t machines;   /* 0: a place */
};

struct compare_reach {
	const struct compare_owner *owners; /* tags, people, places */
	size_t count, more;
	bool own; /* their own machines, among each other */
	/* Ports, if they are the same for all of these; NULL: they differ, or
	 * not all flows are told. */
	const char *opens, *closes;
};

/* People to whom the same happens. */
struct compare_people {
	const int64_t *people; /* in the order in which they came */
	size_t count;
	struct compare_reach fates[FATES];
	bool cut_off; /* reached something, and reach nothing */
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
	/* Those who are cut off first, then those who lose something. */
	const struct compare_people *people;
	size_t people_count, people_more; /* rows; people of no row */
	size_t losers, gainers;           /* people */
	bool stopped;                     /* before all was looked at */
};

/* Both hold the same machines.  `go_on` is asked now and then, and stops it. */
void policy_compare(struct engine *before, struct engine *after, size_t most,
	bool (*go_on)(void *arg), void *arg, struct arena *mem,
	struct compare *out);

#endif
