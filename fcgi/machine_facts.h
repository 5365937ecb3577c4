/*
 * machine_facts.h: what is known of one machine, and the sections that say it,
 * on its page for admins and on that of its owner (spec/pages.md 8, 9.3).
 */
#ifndef FCGI_MACHINE_FACTS_H
#define FCGI_MACHINE_FACTS_H

#include "db/live.h"
#include "db/machine_list.h"
#include "db/noise_session.h"
#include "fcgi/machine_asks.h"
#include "fcgi/machine_world.h"
#include "proto/tailcfg.h"

/* All that is read for the page, before a byte of it is written. */
struct machine_facts {
	const struct node *n;
	struct machine_row row;
	bool own; /* for its owner: nothing of what others are or did */
	bool standby;
	struct live live;
	struct tailcfg_hostinfo host;
	struct noise_session noise; /* id 0: none */
	struct node *same;          /* of this machine key, *n too */
	size_t same_count;
	struct machine_asks asks;
	struct machine_world world; /* machine_world_close, whatever came */
};

enum err machine_facts_read(
	struct request *r, const struct node *n, struct machine_facts *out);
void machine_summary_show(struct request *r, const struct machine_facts *k);
void machine_key_show(struct request *r, const struct machine_facts *k);
void machine_connection_show(struct request *r, const struct machine_facts *k);
/* <dt> with the words, and <dd data-fact> begun: html_end ends it. */
void machine_fact(struct request *r, const char *name, const char *words);

#endif
