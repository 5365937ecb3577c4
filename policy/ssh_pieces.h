/*
 * ssh_pieces.h: the SSH rules of one machine before they are written down.
 */
#ifndef POLICY_SSH_PIECES_H
#define POLICY_SSH_PIECES_H

#include "policy/tailnet.h"

enum ssh_sources {
	SSH_ALL,     /* of the rule */
	SSH_PERSON,  /* the untagged ones of `person` */
	SSH_TAGGED,  /* those with tags */
	SSH_MACHINE, /* `machine` itself, which is one */
};

struct ssh_piece {
	const struct ssh_rule *rule;
	enum ssh_sources sources; /* never none */
	const struct person *person;
	const struct machine *machine;
	bool personal; /* the person's own login alone, else the rule's users */
};

typedef void ssh_visit(void *arg, const struct ssh_piece *piece);

/* Each piece of `m` in the order of the wire.  `from` not NULL: only those that
 * have that machine among their sources. */
void ssh_pieces(struct engine *e, const struct machine *m,
	const struct machine *from, ssh_visit *visit, void *arg);

/* Whether the machine is a source of the rule, tagged or not. */
bool ssh_is_source(const struct engine *e, const struct ssh_rule *r,
	const struct machine *m);

/* The first alias of a list that names the machine, SIZE_MAX if none does: the
 * one that it is counted under. */
size_t ssh_named_at(const struct engine *e, const struct alias_list *l,
	const struct machine *m);

/* The login before its last '@', if what is behind is a domain of the rule's
 * localparts; else NULL. */
const char *ssh_local_part(
	struct arena *mem, const struct ssh_rule *r, const struct person *p);

#endif
