/*
 * machine_events.h: #events of a machine's page: what was done to it last.
 */
#ifndef FCGI_MACHINE_EVENTS_H
#define FCGI_MACHINE_EVENTS_H

#include "db/node.h"
#include "fcgi/request.h"

enum {
	MACHINE_EVENTS = 20,
};

enum err machine_events_show(struct request *r, const struct node *n);

#endif
