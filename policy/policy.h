/*
 * policy.h: a policy file, read and checked.
 *
 * policy_load turns the text that a person wrote into this struct, or says what
 * is wrong with it in the words of the hosted service and at which line.  What
 * comes out never changes again and points at nothing outside its own memory,
 * so it can be shared, kept beside its successor, and thrown away as a whole.
 *
 * Every distinct alias of the file has a small number (its place in `aliases`);
 * rules name aliases by that number.  Absent, empty and present are three
 * values: `has_acls` says whether the member is there at all.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"
#include "policy/range.h"
#include "policy/sum.h"

enum {
	POLICY_TEXT_MAX = 1024 * 1024, /* bytes; more is ERR_TOO_BIG */
	POLICY_DEPTH_MAX = 100,        /* open brackets */
	POLICY_VALUES_MAX = 200 * 1000,
	POLICY_IPSET_DEPTH_MAX = 100, /* sets that use sets */
	/* Ranges that the operations of all ipsets go through together. */
	POLICY_IPSET_WORK_MAX = 400 * 1000,
	POLICY_PORT_MAX = 65535,
	POLICY_NO_PROTO = -1, /* none was given: TCP, UDP and ICMP */
};

/* Roles by which an autogroup names people; the same bits on nodes' users. */
#define POLICY_ROLE_TABLE(X)              \
	X(OWNER, "owner")                 \
	X(ADMIN, "admin")                 \
	X(NETWORK_ADMIN, "network-admin") \
	X(IT_ADMIN, "it-admin")           \
	X(BILLING_ADMIN, "billing-admin") \
	X(AUDITOR, "auditor")             \
	X(MEMBER, "member")

enum policy_role {
#define X(name, word) POLICY_ROLE_##name,
	POLICY_ROLE_TABLE(X)
#undef X
	POLICY_ROLES,
};

enum alias_kind {
	ALIAS_ANY,      /* "*" */
	ALIAS_DANGER,   /* autogroup:danger-all */
	ALIAS_INTERNET, /* autogroup:internet */
	ALIAS_SELF,     /* autogroup:self */
	ALIAS_USER,     /* a login */
	ALIAS_DOMAIN,   /* user:*@domain */
	ALIAS_GROUP,
	ALIAS_TAG,
	ALIAS_MEMBER,  /* autogroup:member: untagged nodes */
	ALIAS_TAGGED,  /* autogroup:tagged */
	ALIAS_ROLE,    /* autogroup:owner …: `role` */
	ALIAS_SHARED,  /* names nobody yet */
	ALIAS_HOST,    /* a name of `hosts`: `literal` */
	ALIAS_ADDRESS, /* address or CIDR: `literal` */
	ALIAS_IPSET,   /* `ranges`, and `internet` */
	ALIAS_SERVICE, /* svc:…; names nobody yet */
};

struct alias {
	enum alias_kind kind;
	const char *text;         /* as written, trimmed: "tag:a", "group:b",
				     "10.0.0.0/8" */
	enum policy_role role;    /* ROLE (admin also names owners) */
	const char *domain;       /* DOMAIN: behind the '@' */
	struct json_texts logins; /* GROUP: its members; USER: the one */
	bool synced;              /* GROUP: a provider says who is in it */
	struct range literal;     /* HOST, ADDRESS */
	struct range_set ranges;  /* IPSET: all of them */
	bool internet;            /* IPSET: those of autogroup:internet too */
};

/* Numbers of aliases, in the order of the file. */
struct alias_list {
	const uint32_t *at;
	size_t count;
};

struct port_range {
	uint16_t first, last;
};

struct port_list {
	const struct port_range *at;
	size_t count;
};

/* A place in the text, both from 1; 0 is "not known". */
struct policy_place {
	uint32_t line, column;
};

/* One "host:ports" of an acl. */
struct acl_dst {
	uint32_t alias;
	struct port_list ports;
};

struct acl {
	struct policy_place place;
	struct alias_list src;
	const struct acl_dst *dst; /* in file order, hosts may repeat */
	size_t dst_count;
	int proto; /* or POLICY_NO_PROTO */
	struct json_ints
		postures; /* numbers; any of them suffices; none: all pass */
};

/* The ports of one protocol of a grant's "ip", gathered. */
struct grant_ip {
	int proto; /* or POLICY_NO_PROTO */
	struct port_list ports;
};

struct grant_app {
	const char *name;
	struct json_raw values; /* "[…]" as written, comments and blanks gone */
};

struct grant {
	struct policy_place place;
	struct alias_list src, dst;
	const struct grant_ip
		*ip; /* distinct protocols in order of first use */
	size_t ip_count;
	const struct grant_app *app; /* in file order */
	size_t app_count;
	struct alias_list via; /* tags; none: no via */
	struct json_ints postures;
};

struct ssh_rule {
	struct policy_place place;
	bool check;              /* else accept */
	int64_t check_period_ns; /* 12 h unless said; -1: always */
	struct alias_list src, dst;
	struct json_texts users; /* as written, trimmed; localpart: aside */
	struct json_texts localparts; /* the domains of localpart:*@domain */
	struct json_texts accept_env;
	struct json_ints postures;
	struct alias_list recorder; /* one tag or none */
	bool enforce_recorder;
};

struct node_attr {
	struct policy_place place;
	struct alias_list target;
	struct json_texts attr;
	const struct grant_app *app;
	size_t app_count;
	const struct range *ip_pool;
	size_t ip_pool_count;
};

/* A relay region that a policy adds, or with NULL takes away. */
struct policy_region {
	int64_t id;
	const char *json; /* as written, comments and blanks gone */
};

/* `derpMap` (spec/policy.md 2). */
struct policy_relays {
	const struct policy_region *regions; /* in file order, no id twice */
	size_t region_count;
	const char *home_params; /* JSON; NULL: none */
	bool omit_default;       /* the server's own regions are not sent */
};

/* Entries of `tests` and `sshTests` are kept as they stand: what is wrong in
 * them makes the entry fail, not the file (spec/policy.md 18, 19).  But each
 * source, destination of an sshTest, and host of "host:port" (its brackets
 * dropped) that has the form of an alias and is known is among the aliases of
 * the policy, so that policy_alias finds it, even if no rule names it. */
struct policy_test {
	struct policy_place place;
	const char *src, *proto; /* "" if absent */
	struct json_texts accept, deny;
	struct json_raw posture_attrs;
};

struct policy_ssh_test {
	struct policy_place place;
	const char *src;
	struct json_texts dst, accept, check, deny;
	struct json_raw posture_attrs;
};

/* Of `hosts`, whether a rule names it or not. */
struct policy_host {
	const char *name;
	struct range range;
};

struct tag_owner {
	const char *tag;
	struct alias_list owners; /* none: admins */
};

struct approver {
	struct policy_place place;
	struct range route; /* the routes within it */
	struct alias_list who;
};

enum condition_op {
	IS_EQUAL,
	IS_NOT_EQUAL,
	IS_IN,
	IS_NOT_IN,
	IS_LESS,
	IS_AT_MOST,
	IS_MORE,
	IS_AT_LEAST,
	IS_SET,
	IS_NOT_SET,
};

enum posture_kind {
	POSTURE_TEXT,
	POSTURE_NUMBER,
	POSTURE_BOOL
};

struct posture_value {
	enum posture_kind kind;
	const char *text; /* numbers too, as written */
	double number;
	bool truth;
};

struct condition {
	const char *attribute; /* "node:os" */
	enum condition_op op;
	const struct posture_value *values;
	size_t value_count;
};

/* All conditions must hold. */
struct posture {
	const char *name; /* "posture:x" */
	const struct condition *conditions;
	size_t count;
};

struct policy {
	struct arena *mem;
	struct names *names; /* policy/names.h: of aliases and tags */
	struct bytes text;   /* byte for byte, for who shows it */
	struct sum meaning;  /* of the text without comments and blanks */
	const struct alias *aliases;
	size_t alias_count;
	bool has_acls, has_grants;
	const struct acl *acls;
	size_t acl_count;
	const struct grant *grants;
	size_t grant_count;
	const struct ssh_rule *ssh;
	size_t ssh_count;
	const struct node_attr *attrs;
	size_t attr_count;
	const struct policy_host *hosts; /* file order */
	size_t host_count;
	const struct tag_owner *tag_owners; /* file order */
	size_t tag_owner_count;
	const struct approver *routes; /* autoApprovers.routes */
	size_t route_count;
	struct alias_list exit_node; /* autoApprovers.exitNode */
	struct policy_place exit_node_place;
	const struct posture *postures;
	size_t posture_count;
	const struct policy_test *tests;
	size_t test_count;
	const struct policy_ssh_test *ssh_tests;
	size_t ssh_test_count;
	bool randomize_client_port, disable_ipv4;
	enum opt_bool one_cgnat; /* mac-always, mac-never */
	struct policy_relays relays;
};

/* Why a policy is refused: one text, that of the first problem. */
struct policy_error {
	const char *text;
	struct policy_place place;
};

/*
 * `domains` are the login domains of the tailnet, and behind "group:@" those of
 * groups that a provider fills ("group:@example.org"): such a group need not be
 * declared, and whoever the provider does not put into it is not in it.  No
 * bytes at all is the empty policy, "{}".  ERR_POLICY (with *error, in `mem`),
 * ERR_TOO_BIG (the same). Only text and domains decide: tests are run by
 * policy_tests (policy/tests.h).
 */
enum err policy_load(struct bytes text, const struct json_texts *domains,
	struct arena *mem, struct policy **out, struct policy_error *error);
void policy_free(struct policy *p);

/* The number of that alias, SIZE_MAX if the file does not name it. */
size_t policy_alias(const struct policy *p, const char *text);
/* NULL if `hosts` does not name it. */
const struct policy_host *policy_host(const struct policy *p, const char *name);
bool policy_has_tag(const struct policy *p, const char *tag);
/* NULL if tagOwners does not name it. */
const struct tag_owner *policy_tag(const struct policy *p, const char *tag);

const char *policy_role_word(enum policy_role role);
enum policy_role policy_role_of(const char *word); /* POLICY_ROLES: none */

#endif
