/*
 * machine_world.h: one machine among all others, as the policy in force has it,
 * for the parts of its page that answer from there (spec/pages.md 9.3).
 *
 *   machine_caps.c    #caps    what it may, and by what
 *   machine_dns.c     #dns     its names, and whom it asks for others
 *   machine_reach.c   #reach   whom it reaches, and who reaches it
 *
 * Machines that wait for approval are in no network: the parts say so.
 */
#ifndef FCGI_MACHINE_WORLD_H
#define FCGI_MACHINE_WORLD_H

#include "db/node.h"
#include "fcgi/request.h"
#include "policy/engine.h"

struct machine_world {
	struct request *r;
	const struct node *n;
	struct engine *e;
	bool own;        /* for its owner: what it reaches, and no links */
	bool here;       /* it runs on the server's own host */
	int64_t version; /* whose lines are meant; 0: the newest */
};

/* For machine_world_close, which also takes one that was not opened. */
enum err machine_world_open(
	struct request *r, const struct node *n, struct machine_world *w);
void machine_world_close(struct machine_world *w);

/* "line 12" as a link to the text that is in force; nothing for line 0. */
void machine_world_line(struct machine_world *w, uint32_t line);

void machine_caps_show(struct machine_world *w);
enum err machine_dns_show(struct machine_world *w);
void machine_reach_show(struct machine_world *w);

#endif
