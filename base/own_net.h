/*
 * own_net.h: what this host needs to reach its neighbours: the networks of its
 * interfaces, its gateways and resolvers; and which addresses are its own.
 *
 * Interfaces that carry addresses of a tailnet are left out: they come and go
 * with it.
 */
#ifndef BASE_OWN_NET_H
#define BASE_OWN_NET_H

#include "base/ip.h"

enum {
	OWN_NET_MAX = 128, /* of each; more are left out */
};

struct own_net {
	struct ip addresses[OWN_NET_MAX];
	size_t address_count;
	struct prefix nets[OWN_NET_MAX];
	size_t net_count;
};

/* As it is now; what cannot be read is empty. */
void own_net_read(struct own_net *out);
/* Of an interface, or loopback. */
bool own_net_is_own(const struct own_net *o, const char *address);
/* Whether one of these "ip:port", a JSON list, is of an interface of its. */
bool own_net_among(const struct own_net *o, const char *endpoints);
/* Whether a client runs on this host: its tunnel comes from an address of it,
 * and it names one among its endpoints.  Both must say so: behind a second
 * proxy all tunnels come from here, and addresses like those of bridges are
 * many hosts' (docs/adr/0020). */
bool own_net_holds(
	const struct own_net *o, const char *address, const char *endpoints);
/* The first of its networks that the prefix overlaps; NULL: none, or it is
 * everything (an exit node's, which nobody uses without choosing it). */
const struct prefix *own_net_overlap(
	const struct own_net *o, const char *prefix);

#endif
