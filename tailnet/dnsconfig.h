/*
 * dnsconfig.h: the DNSConfig of one machine (spec/map-and-state.md 3), made of
 * the rows and of what the machine is and may see.  Pure.
 *
 * Names of machines are not in it: clients make those of the peers they have.
 */
#ifndef TAILNET_DNSCONFIG_H
#define TAILNET_DNSCONFIG_H

#include "base/buf.h"
#include "tailnet/dnsrows.h"
#include "tailnet/settings.h"

enum {
	EXIT_DNS_CAPVER = 125, /* knows UseWithExitNode */
};

struct dns_view {
	int64_t capver;
	const char *nextdns; /* profile of its own, or NULL */
	bool no_device_info;
	/* Of the machine, for NextDNS alone. */
	const char *device_name, *device_model, *device_ip;
	/* That node's address of that family; NULL: it has none, or the
	 * machine may not see it. */
	const char *(*address)(void *arg, int64_t node_id, bool six);
	void *arg;
};

/* The JSON object. */
void dnsconfig_put(struct buf *out, const struct dns_rows *rows,
	const struct settings *s, const struct dns_view *v);

/* What a resolver is called for that machine. */
const char *dnsconfig_address(
	struct arena *mem, const char *address, const struct dns_view *v);

#endif
