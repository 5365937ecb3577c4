/*
 * flows.h: what is open between parts of a tailnet, for whoever draws it.
 *
 * The caller says which part each machine belongs to.  Machines of one part
 * that no rule tells apart are one question, and what two kinds of machines
 * have open is asked once, whatever parts they are in: so the work goes by
 * kinds (engine_kind), never by pairs of machines.
 *
 * The order of flows is that of the parts, so the same tailnet under the same
 * policy gives the same answer.
 */
#ifndef POLICY_FLOWS_H
#define POLICY_FLOWS_H

#include "policy/places.h"

enum {
	FLOW_NOBODY = -1,     /* the part of a machine that is left out */
	FLOW_ALL = -1,        /* no part is looked at alone */
	FLOW_LINES_MAX = 4,   /* of rules, of one flow */
	FLOW_WORDS_MAX = 12,  /* ranges of ports, of one flow */
	FLOW_PLACES_MAX = 12, /* subnets and the like, beside the parts */
};

struct flow {
	uint32_t from, to;     /* parts; `to` from `parts` on: places */
	const char *words;     /* "443, tcp 22 (SSH)", "all ports"; "": none */
	const char *ssh;       /* "SSH as root, after a check"; "": none */
	bool only_ssh;         /* nothing else is open */
	bool own;              /* between machines of one person alone */
	bool in_part;          /* not the same for all machines of the two */
	const uint32_t *lines; /* of rules, growing */
	size_t line_count;
	bool more_lines;
};

struct flows {
	const struct flow *at;
	size_t count;
	const struct place *places;
	size_t place_count;
	bool stopped; /* before all was looked at */
};

struct flows_ask {
	const int32_t *part_of; /* by place of the machine in the engine */
	uint32_t parts;
	int32_t focus; /* flows from and to this part alone, or FLOW_ALL */
	/* Asked now and then; false stops it. */
	bool (*go_on)(void *arg);
	void *go_on_arg;
};

void policy_flows(struct engine *e, const struct flows_ask *ask,
	struct arena *mem, struct flows *out);

#endif
