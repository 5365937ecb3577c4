/*
 * ssh.h: who may log in where by SSH, and as whom (spec/policy.md 15).
 *
 * The rules of the policy that concern a machine become pieces: one rule of the
 * wire each, with principals that are all of the rule's sources, those of one
 * person, the tagged ones, or one machine.  Checks come before accepts; within
 * either the order of the file holds.  What the wire is told and what sshTests
 * ask are worked out from the same pieces.
 *
 * A machine gets a rule if it is a destination, or, of rules with
 * "localpart:*@domain", if it is a source: both follow from its class, its
 * person and itself alone.
 */
#ifndef POLICY_SSH_H
#define POLICY_SSH_H

#include "policy/tailnet.h"

/* "[…]": the rules of `m`; hold URLs begin with `base`, as "https://unused". */
void ssh_put_rules(struct engine *e, const struct machine *m, const char *base,
	struct buf *out);

/* One rule that lets `from` in at `to`. */
struct ssh_login {
	const struct ssh_rule *rule;
	const char *users; /* "root, autogroup:nonroot", "bob" */
	bool personal;     /* the own login of who comes, by its localparts */
};

/* Each, in the order in which they are tried. */
void ssh_each_login(struct engine *e, const struct machine *from,
	const struct machine *to, struct arena *mem,
	void (*visit)(void *arg, const struct ssh_login *login), void *arg);

enum ssh_verdict {
	SSH_NOTHING, /* no rule: refused */
	SSH_ACCEPT,
	SSH_CHECK,
};

/* What the first rule says that matches; it is told in *rule unless that is
 * NULL. */
enum ssh_verdict ssh_decide(struct engine *e, const struct machine *from,
	const struct machine *to, const char *login,
	const struct ssh_rule **rule);

#endif
