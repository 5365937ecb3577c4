/*
 * reach.h: which network rule lets one address through to another.
 *
 * Rules count as they stand, before anything is reduced for a machine: acls and
 * grants, autogroup:self between two devices of one person, and via where a
 * tagged router has a subnet around the destination (spec/policy.md 18).
 */
#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include "policy/tailnet.h"

enum {
	REACH_ANY_PORT = -1,
	REACH_ICMP = 1,
	REACH_ICMPV6 = 58,
};

/*
 * Whether a rule of one protocol opens something for another, ports aside.  A
 * rule without a protocol is for TCP, UDP and ICMP; and clients let pings
 * through to an address as soon as any port of it is open (spec/policy.md 6).
 * POLICY_NO_PROTO as what is asked for: TCP or UDP.
 */
bool reach_opens(int rule_proto, int proto);
/* ICMP of either family. */
bool reach_is_ping(int proto);

/* An address, and whose it is. */
struct reach_point {
	struct addr addr;
	const struct machine *machine; /* NULL: nobody's */
	bool in_any;                   /* "*" as a source holds it */
};

struct reach_point reach_point(struct engine *e, struct addr addr);
/* The same where the machine is known to have the address. */
struct reach_point reach_face(struct engine *e, const struct face *f);

struct reach_ask {
	struct reach_point from, to;
	int port;  /* or REACH_ANY_PORT */
	int proto; /* POLICY_NO_PROTO: TCP or UDP */
	/* For `tests`: a rule without a protocol matches each of theirs, sctp
	 * too (spec/policy.md 18).  To clients it does not. */
	bool for_tests;
	/* Of the source instead of its machine's own, if not NULL. */
	const struct engine_attribute *attributes;
	size_t attribute_count;
};

enum reach_section {
	REACH_NOTHING, /* no rule: refused */
	REACH_DEFAULT, /* the policy has no rules: everything is allowed */
	REACH_GRANTS,
	REACH_ACLS,
};

struct reach_rule {
	enum reach_section section;
	size_t number; /* from 0, in its section */
	struct policy_place place;
};

/* The first rule that lets it through, in the order of the filter. */
struct reach_rule reach_find(struct engine *e, const struct reach_ask *ask);

/* What of a rule keeps it from letting something through; the nearer, the
 * less: a rule that is for these ends and this port, but for a posture or a
 * router, is the one that was meant. */
enum reach_miss {
	REACH_MISS_POSTURE = 1, /* it names the source; no posture holds */
	REACH_MISS_VIA = 2,     /* no router that it leads by carries it */
	REACH_MISS_SOURCE = 4,
	REACH_MISS_PORT = 8,
	REACH_MISS_DESTINATION = 16,
};

struct reach_near {
	struct reach_rule rule;
	unsigned misses; /* bits */
	/* Of that rule: its one destination (an acl) or NULL, and its ports. */
	const struct acl_dst *dst;
	bool broad; /* it leads to "*", or to autogroup:self alone */
};

/* What nothing lets through: the rule that comes nearest, with the fewest
 * misses, the first of these.  Of one miss each: a rule of others for this very
 * destination and port, then one for other ports, then one of others for "*",
 * then where else the source gets to; its own machines alone come last.
 * REACH_NOTHING: no rule names either end. */
struct reach_near reach_nearest(struct engine *e, const struct reach_ask *ask);

/* What one rule opens between two points. */
struct reach_way {
	struct reach_rule rule;
	int proto; /* POLICY_NO_PROTO: TCP, UDP and ICMP */
	struct port_list ports;
	const struct alias_list *via; /* tags of the routers; NULL: any way */
};

/* Everything that rules open, in their order; ask->port and proto do not
 * count. */
void reach_each(struct engine *e, const struct reach_ask *ask,
	void (*visit)(void *arg, const struct reach_way *way), void *arg);

/* Each grant of app capabilities between two points. */
void reach_each_app(struct engine *e, const struct reach_ask *ask,
	void (*visit)(void *arg, const struct grant *g), void *arg);

#endif
