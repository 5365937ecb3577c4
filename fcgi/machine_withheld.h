/*
 * machine_withheld.h: routes that a machine on the server's own host is not
 * told of, since they would cut the server off (docs/adr/0020).
 */
#ifndef FCGI_MACHINE_WITHHELD_H
#define FCGI_MACHINE_WITHHELD_H

#include "base/own_net.h"
#include "fcgi/machine_world.h"

/* Why, for whoever carries the route; NULL: it is withheld from nobody. */
const char *withheld_words(
	struct request *r, const struct own_net *net, const char *prefix);

/* In #routes: those of its own routes that are withheld from others, and, of
 * the machine on the server's host, those that it does not get. */
void machine_withheld_show(struct machine_world *w);

#endif
