/*
 * elect.h: who is to carry each subnet that routers share.
 *
 * Whoever carries it goes on while it is online and nothing speaks against it;
 * then the first that joined of those that are online takes it over, and keeps
 * it when the other is back.  Routers in doubt (they have gone without a word,
 * or do not answer) carry only what nobody else can.  While nobody is online
 * the last one stays elected; the first that comes back carries it.
 *
 * Who was elected is put with the machine (engine_machine.primary_routes), and
 * the caller keeps it; the engine remembers where it has to look, and who
 * carries it for viewers of via grants that do not name the elected one
 * (via.c).
 */
#ifndef POLICY_ELECT_H
#define POLICY_ELECT_H

#include "policy/engine.h"

struct election {
	int64_t id;
	const char *route; /* a CIDR, without host bits */
	bool wins;         /* else it is not elected any more */
};

/* What is to differ from what was put, of the subnets whose routers were put or
 * dropped since the last call; each change is to be followed by one.  Those
 * that win come first, so that nobody else carries the route in between; then
 * by machine. */
size_t engine_elections(
	struct engine *e, struct arena *mem, struct election **out);

/* Machines that share a subnet, and are online: each once, by id.  Those are
 * worth a question whether they still answer. */
size_t engine_rivals(struct engine *e, struct arena *mem, int64_t **out);

/* Of one route, everybody that carries it or could, in the order in which they
 * would be elected. */
struct candidate {
	int64_t id;
	bool primary, online, doubtful;
};
size_t engine_candidates(struct engine *e, const char *route, struct arena *mem,
	struct candidate **out);

#endif
