/*
 * engine.h: the tailnet seen through its policy, kept up to date.
 *
 * The engine holds a policy, the people and the machines, and answers for any
 * machine what the hosted service would: packet filter, peers, routes, SSH
 * rules, capabilities.  It is pure: no clock, no files, no database.  What is
 * put in is copied; answers lie in the caller's memory.
 *
 * Machines that the policy cannot tell apart share a class, and what was worked
 * out for a class serves all of its members (spec/policy.md 31).  So a machine
 * that joins a known class costs no evaluation of rules, and a change touches
 * the classes that it concerns.  An engine that was led through any changes
 * answers byte for byte as a new one that was given the result.
 *
 * After changes, engine_dirty names the machines whose answers may differ, and
 * in what; nobody else's differ.
 */
#ifndef POLICY_ENGINE_H
#define POLICY_ENGINE_H

#include "base/buf.h"
#include "base/json.h"
#include "policy/policy.h"

struct engine;

enum {
	ENGINE_PIECES = 64,   /* of a packet filter */
	GROUP_NAME_MAX = 400, /* bytes of one that a provider fills */
};

/* What of an answer may have changed. */
enum engine_part {
	PART_FILTER = 1, /* packet filter of the machine */
	PART_PEERS = 2,  /* whom it sees */
	PART_ROUTES = 4, /* which routes it gets from whom, or carries itself */
	PART_SSH = 8,    /* its SSH rules */
	PART_CAPS =
		16, /* its own CapMap, or its addresses as others see them */
};

struct engine_person {
	int64_t id;
	const char *login;
	enum policy_role role;
	/* By which users and groups may name the person too; NULL: none. */
	const char *other_login;
	/* What a provider says of the person: lines like "dev@example.org",
	 * which policies write as "group:dev@example.org"; NULL: nothing. */
	const char *groups;
};

struct engine_attribute { /* of postures: "node:os", "custom:x" */
	const char *name, *value;
};

struct engine_machine {
	int64_t id; /* grows in the order of joining, which decides primaries */
	int64_t user_id; /* 0: tagged */
	struct json_texts tags;
	const char *ipv4, *ipv6;           /* NULL: it has none */
	struct json_texts routes;          /* advertised; CIDRs */
	struct json_texts approved_routes; /* of them or not; CIDRs */
	bool online;                       /* others do not carry routes */
	bool doubtful; /* it carries what nobody else can, and no more */
	/* Those that it was elected for (policy/elect.h); CIDRs. */
	struct json_texts primary_routes;
	const struct engine_attribute *attributes;
	size_t attribute_count;
};

/* Settings of the tailnet that show in CapMaps. */
struct engine_settings {
	bool https, auto_updates;
	bool taildrop_off;        /* else machines may send each other files */
	const char *display_name; /* NULL: not told */
	/*
	 * Source sets with so many addresses of machines or more stand in
	 * filters as "cap:NAME", and NAME in what peers are told of each
	 * machine that belongs to the set (engine_put_peer_caps): clients from
	 * capability version 109 on match by that.  So a machine that joins a
	 * large group changes nobody's filter, but those of routers and exit
	 * nodes: a client matches a ping by NAME alone and never looks where
	 * it goes, so theirs list the addresses; as do rules of protocols
	 * that clients match by address only.  0: never; then filters are
	 * spelt as the hosted service spells them.
	 */
	size_t cap_sources_from;
};

struct engine *engine_new(void);
void engine_free(struct engine *e);

void engine_set_settings(struct engine *e, const struct engine_settings *s);
/* Takes the policy over; NULL: none was ever set, everything is allowed.  One
 * that differs in comments and blanks alone is laid out, and nothing else is
 * worked out anew. */
void engine_set_policy(struct engine *e, struct policy *p);
/* New, or changed; ERR_BAD_INPUT for addresses or routes that are none. */
enum err engine_put_person(struct engine *e, const struct engine_person *p);
void engine_drop_person(struct engine *e, int64_t id);
enum err engine_put_machine(struct engine *e, const struct engine_machine *m);
void engine_drop_machine(struct engine *e, int64_t id);

struct engine_dirty {
	int64_t id;
	unsigned parts;
};

/* Whom the changes since engine_clean concern, by id; valid until the next
 * change. */
size_t engine_dirty(struct engine *e, const struct engine_dirty **list);
void engine_clean(struct engine *e);

/* The address pools of its attributes (`ipPool`), in the order of the file: a
 * new machine gets its IPv4 address out of the first that has one left. */
size_t engine_pools(struct engine *e, int64_t id, struct arena *mem,
	const struct range **out);
/* Its attributes that begin so, in the order of the file, without the
 * beginning, each once. */
void engine_attributes(struct engine *e, int64_t id, const char *prefix,
	struct arena *mem, struct json_texts *out);
/* The relays of the policy; in its memory, until another one is taken. */
const struct policy_relays *engine_relays(const struct engine *e);

/* ---- answers, as the wire has them; machines that are not there: nothing ----
 */

/* "[…]": FilterRules, reduced for this machine. */
void engine_put_filter(struct engine *e, int64_t id, struct buf *out);
/* The same taken apart: the rules of one source set and protocol stand in one
 * piece, whose number is theirs in every policy.  So a change of rules or of a
 * set's machines leaves most pieces as they were. */
struct engine_piece {
	unsigned number; /* below ENGINE_PIECES, growing */
	uint64_t print;  /* as long as it is equal, so are the rules */
	struct bytes rules;
};
size_t engine_filter_pieces(struct engine *e, int64_t id, struct arena *mem,
	struct engine_piece at[ENGINE_PIECES]);
/* "[…]": SSHRules; the hold URL begins with `base`. */
void engine_put_ssh(
	struct engine *e, int64_t id, const char *base, struct buf *out);
/* "{…}": the CapMap that the machine gets of itself. */
void engine_put_caps(struct engine *e, int64_t id, struct buf *out);
/* The same taken apart, in the same order, each with where it comes from: the
 * first of several. */
enum engine_cap_source {
	CAP_OF_ATTRIBUTES, /* an entry of nodeAttrs */
	CAP_OF_POLICY,     /* another part of the policy */
	CAP_OF_ROLE,       /* the owner's role */
	CAP_OF_SETTINGS,   /* struct engine_settings */
	CAP_OF_ALL,        /* every machine has it */
};
struct engine_cap {
	const char *name, *values; /* "1,2" of "[1,2]"; NULL: null */
	enum engine_cap_source source;
	struct policy_place place; /* CAP_OF_ATTRIBUTES */
};
/* Names lie in the memory of the policy. */
size_t engine_caps(struct engine *e, int64_t id, struct arena *mem,
	const struct engine_cap **out);
/* "{…}" for its record at peers, or nothing when that is empty. */
void engine_put_peer_caps(struct engine *e, int64_t id, struct buf *out);

bool engine_sees(struct engine *e, int64_t viewer, int64_t peer);
/* Bit k: the viewer sees machine `first` + k. */
uint64_t engine_sees_mask(struct engine *e, int64_t viewer, int64_t first);
/* Machines with the same number have the same peers (but for themselves) with
 * the same records; 0 is nobody's.  A number stays while what is seen changes
 * (engine_dirty says so); numbers of old views are not given again.
 */
uint64_t engine_view(struct engine *e, int64_t viewer);

/* Machines with the same number are the same to every rule, as its source and
 * as its destination, but for whose they are (autogroup:self, localpart).
 * 0: that cannot be said, since a route holds the address of a machine. */
uint64_t engine_kind(struct engine *e, int64_t id);

struct engine_record { /* how a viewer gets a machine; itself too */
	struct json_texts addresses, allowed_ips, primary_routes;
};
void engine_record(struct engine *e, int64_t viewer, int64_t machine,
	struct arena *mem, struct engine_record *out);

/* Which of the routes it advertises the policy approves by itself. */
void engine_auto_approved(struct engine *e, int64_t id, struct arena *mem,
	struct json_texts *out);
/* By which entry; line 0: by none. */
struct policy_place engine_auto_approver(
	struct engine *e, int64_t id, const char *route);
/* Whether that person, or a machine with those tags, may take the tag. */
bool engine_owns_tag(struct engine *e, int64_t user_id,
	const struct json_texts *tags, const char *tag);
/* Tags that have owners, and groups that some rule names; they lie in the
 * memory of the policy. */
struct json_texts engine_names(const struct engine *e, struct arena *mem);

#endif
