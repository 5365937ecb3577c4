/*
 * edit.h: what a form does to a policy: one rule, test, member or owner in or
 * out of its text (policy/splice.h).  Whether the text that comes out is a
 * policy is not asked here: it goes through the same checks as one that was
 * typed.
 */
#ifndef POLICY_EDIT_H
#define POLICY_EDIT_H

#include "policy/policy.h"

enum policy_edit_kind {
	EDIT_RULE_IN,     /* src, dst, ports */
	EDIT_SSH_IN,      /* action, src, dst, users; period, env */
	EDIT_TEST_IN,     /* from; accept or deny; proto */
	EDIT_SSH_TEST_IN, /* from, dst; some of accept, check, deny */
	EDIT_RULE_OUT,    /* number of section */
	EDIT_LISTED_IN,   /* value under name of section */
	EDIT_LISTED_OUT,  /* number of name of section */
	EDIT_NAME_OUT,    /* name of section, with all that it lists */
};

struct policy_edit {
	enum policy_edit_kind kind;
	/* RULE_OUT: "acls", "grants", "ssh", "tests", "sshTests"; else
	 * "groups", "tagOwners". */
	const char *section;
	const char *name, *value;   /* "group:dev", "alice@" */
	size_t number;              /* from 0 */
	struct json_texts src, dst; /* one at least */
	struct json_texts ports;    /* as grants have them: "tcp:443" */
	/* Of SSH rules and tests; what is empty is left out. */
	const char *action, *period, *from, *proto;
	struct json_texts users, env, accept, check, deny;
};

/* The members that hold several words, by the names that forms and flags have
 * for them. */
enum {
	POLICY_EDIT_LISTS = 8,
};
extern const char *const policy_edit_lists[POLICY_EDIT_LISTS];
struct json_texts *policy_edit_list(struct policy_edit *edit, size_t i);

/* A rule, test, group or tag of the text. */
struct policy_entry {
	const char *place; /* "grants[2]", "group:dev", "tag:web" */
	uint32_t line;
	const char *json; /* without blanks and comments */
};

/* All of them, groups first; as policy_edit has errors. */
enum err policy_entries(const char *text, struct arena *mem,
	struct policy_entry **out, size_t *count, struct policy_error *error);

/* Which of those listed under the edit's name of its section has that value;
 * ERR_NOT_FOUND. */
enum err policy_listed(const char *text, const struct policy_edit *edit,
	const char *value, struct arena *mem, size_t *number,
	struct policy_error *error);

/*
 * A rule goes where the rules are: behind the last grant, or behind the last
 * acl of a policy that has acls alone; SSH rules and tests behind the last of
 * theirs.  A section or name that is not there, or null, is made.
 * ERR_NOT_FOUND: what is to go out is not there.  ERR_EXISTS: the value is
 * listed already.  ERR_BAD_INPUT: an acl cannot say it (ports of several
 * protocols).  ERR_POLICY, ERR_TOO_BIG: the text cannot be read, with *error.
 */
enum err policy_edit(const char *text, const struct policy_edit *edit,
	struct arena *mem, const char **out, struct policy_error *error);

#endif
