/*
 * machine.h: the tunnels of one machine key.
 *
 * Stock clients hold one, or (since 1.90) one for each authority they name: two
 * or three.  Past PER_MACHINE_MAX the oldest one is closed, so that a machine
 * that opens thousands hurts only itself.
 */
#ifndef WORKER_MACHINE_H
#define WORKER_MACHINE_H

#include "worker/session.h"

enum {
	PER_MACHINE_MAX = 8,
};

void machine_add(struct session *s);
void machine_remove(struct session *s);
/* Whether its machine key belongs to a node: only those may idle for ever. */
bool machine_has_node(const struct session *s);

#endif
