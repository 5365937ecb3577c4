/*
 * world.h: a small random tailnet with a random policy, and its changes.
 *
 * Twelve places for machines, four people, four tags, a handful of routes: so
 * small that rules, routes and classes meet all the time.  Everything follows
 * from the seed.
 */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "policy/engine.h"

enum {
	WORLD_PEOPLE = 4,
	WORLD_MACHINES = 12,
	WORLD_RULES = 5, /* of a section at most */
};

struct world_machine {
	bool there, online, doubtful;
	unsigned owner;   /* place in people; WORLD_PEOPLE: tagged */
	unsigned tags;    /* bits */
	unsigned address; /* which addresses it has */
	unsigned offered, approved, elected; /* bits */
	unsigned os, custom;
};

struct world_person {
	bool there;
	unsigned login;
	enum policy_role role;
};

enum world_section {
	WORLD_ACLS,
	WORLD_GRANTS,
	WORLD_SSH,
	WORLD_ATTRS,
	WORLD_SECTIONS,
};

struct world {
	uint64_t state;  /* of the dice */
	bool mixed;      /* routes may hold machines' addresses */
	bool everything; /* neither acls nor grants */
	struct world_machine machines[WORLD_MACHINES];
	struct world_person people[WORLD_PEOPLE];
	/* Rules are seeds of their texts. */
	uint64_t rules[WORLD_SECTIONS][WORLD_RULES];
	size_t rule_count[WORLD_SECTIONS];
	uint64_t top; /* the rest of the policy */
	unsigned settings;
};

/* What a step may touch. */
enum world_touch {
	WORLD_MACHINE,
	WORLD_PERSON,
	WORLD_POLICY,
	WORLD_SETTINGS,
};

struct world_step {
	const char *name;
	enum world_touch touch;
	size_t place; /* of machine or person */
};

void world_begin(struct world *w, uint64_t seed);
/* One random change. */
struct world_step world_move(struct world *w);
/* Brings the engine to where the world is, in what the step touched. */
void world_apply(
	const struct world *w, struct world_step step, struct engine *e);
/* A new engine that is given everything. */
struct engine *world_engine(const struct world *w);
char *world_policy(const struct world *w, struct arena *mem);
static inline int64_t
world_id(size_t place)
{
	return (int64_t)place + 1;
}

#endif
