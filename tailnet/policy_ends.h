/*
 * policy_ends.h: who reaches whom, in the words of people: "who" of the command
 * line and the page "Who reaches what".
 */
#ifndef TAILNET_POLICY_ENDS_H
#define TAILNET_POLICY_ENDS_H

#include "db/db.h"
#include "policy/reach.h"

enum {
	ENDS_PAIRS_MAX = 1000, /* that are answered */
	ENDS_PORTS_TOLD = 100, /* of one rule, in words */
};

/* What a word stands for: machines, or one address of nobody. */
struct policy_point {
	const char *name; /* of the machine; the address */
	struct addr addr;
	int64_t machine; /* 0: nobody's */
};

struct policy_end {
	const char *word;
	const struct policy_point *at; /* a machine each, by id */
	size_t count;
	const char *trouble; /* NULL: it names somebody */
};

/*
 * A machine by its name, short or full, an address, a name of `hosts`, a user
 * by name or login, "tag:x", "group:x", "autogroup:x".  ERR_NOT_FOUND: it is
 * none of these.  Without points: it names nobody now.  Either way `trouble`
 * says so in a sentence without its dot.
 */
enum err policy_end_find(struct db *db, struct engine *e, const char *word,
	struct arena *mem, struct policy_end *out);
/* Every machine. */
enum err policy_end_all(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out);

/* Adds what there is beside machines (policy/places.h). */
void policy_end_places(
	struct engine *e, struct arena *mem, struct policy_end *out);

/* "DST[:PORT[/PROTO]]" taken apart.  *port REACH_ANY_PORT and *proto
 * POLICY_NO_PROTO where none is given.  NULL, or what is wrong with these, in a
 * sentence without its dot; *dst is there either way. */
const char *policy_target(struct arena *mem, const char *text, const char **dst,
	int *port, int *proto);

struct policy_pair {
	const struct policy_point *from, *to;
	struct reach_rule rule; /* section REACH_NOTHING: none lets through */
};

/* Each machine of the one with each of the other, but itself. */
enum err policy_pairs(struct engine *e, const struct policy_end *from,
	const struct policy_end *to, int port, int proto, struct arena *mem,
	struct policy_pair **pairs, size_t *count);

enum policy_way_kind {
	WAY_NET,
	WAY_SSH,
	WAY_APP,
};

/* What a rule opens between two points, in words. */
struct policy_way {
	enum policy_way_kind kind;
	/* "tcp 22, 80-90 via tag:gate", "SSH as root, after a check", "app
	 * example.com/cap/x" */
	const char *words;
	const char *rule; /* "grants[0]" */
	uint32_t line;    /* 0: of no rule */
};

/* By the first family that both have, in *ask; whether there is one. */
bool policy_meet(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct reach_ask *ask);
/* The network first, then SSH and apps; each in the order of its rules. */
size_t policy_ways(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct arena *mem,
	struct policy_way **ways);
/* "tcp", "protocol 47"; "" of POLICY_NO_PROTO. */
const char *policy_proto_words(struct arena *mem, int proto);
/* "tcp 22, 80-90" */
const char *policy_ports_words(
	struct arena *mem, int proto, const struct port_list *ports);

#endif
