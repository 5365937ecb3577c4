/*
 * network.h: the tailnet as a picture: who there is, gathered so that it can be
 * taken in at one look, and what is open between them (spec/pages.md 11.5).
 *
 * There are never more than NETWORK_NODES of them: where there are more
 * machines, those of one owner (a person, or a set of tags) are one node, and
 * the smallest owners together are the rest.  The order is that of the names,
 * so the same tailnet gives the same picture.
 */
#ifndef TAILNET_NETWORK_H
#define TAILNET_NETWORK_H

#include "db/db.h"
#include "policy/flows.h"

enum {
	NETWORK_NODES = 40,
	NETWORK_FEW = 8, /* machines that are shown one by one unasked */
};

enum network_by {
	NETWORK_BY_MACHINE,
	NETWORK_BY_USER, /* tagged machines by their tags */
	NETWORK_BY_TAG,  /* machines of people are one node */
	NETWORK_BY_ANY,  /* by machine if they are few, else by user */
};

enum network_kind {
	NETWORK_MACHINE,
	NETWORK_USER,
	NETWORK_TAGS,
	NETWORK_PEOPLE,
	NETWORK_REST,
	NETWORK_PLACE, /* behind a router: is reached alone */
};

struct network_node {
	enum network_kind kind;
	const char *key;  /* "machine:12", "user:3", "tag:web,tag:db" */
	const char *name; /* "nas", "alice", "tag:web", "9 others" */
	int64_t id;       /* of MACHINE, USER */
	size_t machines;
};

struct network_ask {
	enum network_by by;
	const char *focus; /* a key; "": all */
	int64_t until;     /* looks are taken, as clock_now_ms has it */
};

struct network {
	enum network_by by; /* machines that are too many go by user */
	size_t machines;    /* with an address, of all */
	const struct network_node *nodes;
	size_t count; /* flows name them by place: parts, then places */
	size_t parts;
	int32_t focus; /* place of the node, or FLOW_ALL */
	bool lost;     /* nobody is called that */
	struct flows flows;
};

enum err network_of(struct db *db, struct engine *e,
	const struct network_ask *ask, struct arena *mem, struct network *out);

#endif
