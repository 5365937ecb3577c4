/*
 * tailnet.h: people and machines as the engine holds them, and which of them an
 * alias names.  Inside policy/ alone; engine.h is the face to the outside.
 *
 * Aliases are named by their number in the policy (policy/policy.h).  Those of
 * identity (users, groups, tags, most autogroups) name machines; literals (host
 * names, addresses, ipsets) name addresses and nothing else, even if a machine
 * has the address (spec/policy.md 4).  All answers are of this moment.
 */
#ifndef POLICY_TAILNET_H
#define POLICY_TAILNET_H

#include "policy/engine.h"
#include "policy/sum.h"

struct class;
struct person_memos;
struct prefix;
struct self_sum;
struct prints;

/* One address of a machine. */
struct face {
	struct addr addr;
	char text[ADDR_TEXT_SIZE];
	struct sum sum; /* of the text alone */
	const struct machine *machine;
};

struct person {
	int64_t id;
	const char *login;         /* NULL: a user_id that was never put */
	const char *other_login;   /* NULL: none */
	const char *groups;        /* lines; NULL: none */
	enum policy_role role;     /* POLICY_ROLES: the same */
	struct machine **machines; /* untagged, by id */
	size_t machine_count;
	struct person_view {
		uint64_t of, view; /* that class's, and theirs of it */
	} * views;
	size_t view_count;
	struct person_memos *memos; /* while all machines are printed */
	size_t memo_count, memo_room;
	struct self_sum *selfs; /* the same; NULL: nobody asked: self.c */
	uint64_t *held;         /* by prefix; NULL: nobody asked: self.c */
};

struct route {
	struct range range;
	const char *text; /* host bits cleared, with its length */
	bool approved, elected;
};

struct machine {
	int64_t id;
	int64_t user_id;        /* 0: tagged, or nobody's */
	struct person *person;  /* NULL: the same */
	struct json_texts tags; /* sorted, each once */
	struct face faces[2];   /* IPv4, then IPv6 */
	size_t face_count;
	struct route *offered; /* advertised, each once, sorted */
	size_t offered_count;
	struct prefix **subnets; /* approved ones but for exit routes */
	size_t subnet_count;
	unsigned exit; /* approved exit routes: 1 IPv4, 2 IPv6 */
	bool online, doubtful;
	struct engine_attribute *attributes; /* as put */
	size_t attribute_count;
	struct class *class; /* NULL until the engine was asked something */
	size_t class_index;  /* its place among the class's members */
	struct sum sum;      /* of the texts of its faces */
	struct sum id_sum, record_sum; /* of its id; of what peers see of it */
	unsigned dirty;        /* enum engine_part, beside its class's */
	struct prints *before; /* what it was told last, while changes wait */
};

/* The policy in force; with nothing in it if none was set. */
const struct policy *engine_policy(const struct engine *e);

/* By id, which is the order in which they joined. */
size_t engine_machine_count(const struct engine *e);
const struct machine *engine_machine_at(const struct engine *e, size_t i);
const struct machine *engine_machine(const struct engine *e, int64_t id);
/* NULL if nobody has that address; of several the first. */
const struct machine *engine_machine_of(struct engine *e, struct addr address);
const struct person *engine_person(const struct engine *e, int64_t id);

/* ---- aliases ---- */

/* It names addresses as written, not machines: HOST, ADDRESS, IPSET. */
bool alias_is_literal(const struct alias *a);
/* Users, groups, tags and most autogroups. */
bool alias_is_identity(const struct alias *a);

/* Whether an alias of identity names the machine.  "*" names everybody;
 * literals, internet, self and danger-all nobody. */
bool machine_named(
	const struct engine *e, uint32_t alias, const struct machine *m);
/* Each machine that machine_named names, by id. */
void engine_members(const struct engine *e, uint32_t alias,
	void (*visit)(void *arg, const struct machine *m), void *arg);
size_t engine_member_count(const struct engine *e, uint32_t alias);

/* Whether that autogroup names the machine, even where the policy does not
 * speak of it.  ERR_NOT_FOUND: it is none, or names no machines (internet,
 * self). */
enum err autogroup_names(
	const char *autogroup, const struct machine *m, bool *names);

/* Whether a machine may be a source of a rule with those postures: one of them
 * holds, or there is none.  Numbers are those of the policy. */
bool machine_passes(const struct engine *e, const struct json_ints *postures,
	const struct machine *m);
bool machine_has_posture(
	const struct engine *e, size_t posture, const struct machine *m);

/* SrcIPs of a rule with those sources: sorted, each once (spec/policy.md 7). */
struct json_texts engine_source_texts(struct engine *e, struct arena *mem,
	const struct alias_list *src, const struct json_ints *postures);
/* Texts of one destination, in the order of the filter; "*" is one, internet
 * seven, self none. */
struct json_texts engine_destination_texts(
	const struct engine *e, struct arena *mem, uint32_t alias);

/* Whether the texts of a source list hold that address. */
bool engine_source_holds(struct engine *e, const struct alias_list *src,
	const struct json_ints *postures, struct addr address);
/* Whether the texts of a destination do; "*" and internet too. */
bool engine_destination_holds(
	const struct engine *e, uint32_t alias, struct addr address);
/* Whether some text of a destination overlaps an approved route of `m` that is
 * no exit route (spec/policy.md 12). */
bool engine_destination_routed(
	const struct engine *e, uint32_t alias, const struct machine *m);
/* Machines of m's user that a self rule with those sources admits, m included
 * (spec/policy.md 10); "*" is all of them. */
bool machine_admitted_to_self(const struct engine *e,
	const struct alias_list *src, const struct json_ints *postures,
	const struct machine *m);

#endif
