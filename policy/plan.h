/*
 * plan.h: a policy laid out for the engine: which entries the filter is made
 * of, in their order (spec/policy.md 8), from which source sets, and which
 * aliases name whom.  Made once for a policy; knows no machine.
 */
#ifndef POLICY_PLAN_H
#define POLICY_PLAN_H

#include "policy/policy.h"
#include "policy/sum.h"

enum {
	ANY_TEXTS = 3,
	INTERNET_TEXTS = 7,
};

/* "*" as source, and autogroup:internet; spec/policy.md 7 and 11. */
extern const char *const any_texts[ANY_TEXTS];
extern const char *const internet_texts[INTERNET_TEXTS];

enum entry_kind {
	ENTRY_NET,       /* an acl's host, a grant's protocol */
	ENTRY_VIA,       /* the same for tagged routers */
	ENTRY_CAP,       /* a grant's app */
	ENTRY_COMPANION, /* runs backwards, 9 */
	ENTRY_SELF,      /* autogroup:self, 10 */
	ENTRY_CAP_SELF,
};

struct target {
	uint32_t alias;
	struct port_list ports;
};

struct entry {
	enum entry_kind kind;
	uint32_t sset; /* SELF: of no use */
	uint32_t flow; /* NET, VIA: number of (sset, proto) */
	int proto;
	bool spelt;       /* its sources never stand by NAME (struct sset) */
	bool holds_place; /* NET: even if its targets name nobody; 8.5 */
	/* NET: hosts in the order of 8.2.  VIA: file order, internet last.
	 * CAP: file order, without self.  COMPANION: the sources. */
	const struct target *targets;
	size_t target_count;
	struct alias_list src; /* SELF */
	struct json_ints postures;
	struct alias_list via;
	const char *caps; /* CAP: the CapMap */
};

/* A source set: what stands in SrcIPs, whoever may be the nodes. */
struct sset {
	struct alias_list src; /* sorted, each once */
	struct json_ints postures;
	bool any, danger;
	bool mixed; /* texts of literals, routes and nodes may meet: 31 */
	const char **fixed; /* sorted: literals, ranges of "*" */
	size_t fixed_count;
	bool has_net, has_spelt; /* used by entries of that sort */
	uint64_t name;           /* of the same aliases, the same */
	const char *cap;         /* "cap:NAME", made of it */
	struct sum cap_sum;      /* of it and `fixed` */
	/* Of this moment: */
	struct sum sum;
	size_t count; /* texts, routes of "*" aside */
	bool capped;  /* NAME stands for its machines */
	char *json;   /* SrcIPs, NULL: not written since it changed */
	size_t json_len;
};

struct named { /* sorted by text */
	const char *text;
	uint32_t alias;
};

struct literal {
	struct range range;
	uint32_t alias;
};

struct plan {
	struct policy *policy; /* NULL: none was set */
	struct arena *mem;
	const struct alias **aliases; /* the policy's, and one "*" behind */
	size_t alias_count;
	uint32_t any, member, tagged; /* UINT32_MAX: not named */
	struct named *logins, *tags;
	struct named *groups; /* of providers, by what stands behind "group:" */
	size_t login_count, tag_count, group_count;
	uint32_t *domains, *roles;
	size_t domain_count, role_count;
	struct literal *literals; /* each range of HOST, ADDRESS, IPSET */
	size_t literal_count;
	bool has_parts; /* some ipset has more than one */

	struct sset *ssets;
	size_t sset_count;
	struct entry *entries;
	size_t entry_count;
	uint32_t *selfs; /* entries SELF and CAP_SELF */
	size_t self_count;
	uint32_t *vias; /* first entry of each via grant */
	size_t via_count;
	struct {
		uint32_t sset;
		int proto;
	} * flows;
	size_t flow_count;
	uint32_t *mixed; /* ssets */
	size_t mixed_count;
	struct range any_ranges[ANY_TEXTS], internet_ranges[INTERNET_TEXTS];
};

/* Takes the policy over. */
struct plan *plan_new(struct policy *p);
void plan_free(struct plan *p);

/* As the policy wants it in filters: "10.0.0.0/8", single ones bare. */
struct range_set alias_ranges(const struct alias *a);
bool alias_overlaps(const struct alias *a, struct range r);
bool list_names(const struct alias_list *l, uint32_t alias);

/* Not of a policy's rules, for one question; in `mem`. */
void sset_make(const struct plan *p, struct arena *mem,
	const struct alias_list *src, const struct json_ints *postures,
	struct sset *out);

#endif
