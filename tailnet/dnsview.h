/*
 * dnsview.h: what a DNSConfig needs to know of its machine, asked of the
 * engine: for the worker, which holds one, and for whoever asks once.
 */
#ifndef TAILNET_DNSVIEW_H
#define TAILNET_DNSVIEW_H

#include "policy/engine.h"
#include "tailnet/dnsconfig.h"

/* The node's address as the viewer gets it; NULL: it has none of that family.
 * Whether the viewer sees it is the caller's to know. */
const char *dnsview_address(struct engine *e, int64_t viewer, int64_t node_id,
	bool six, struct arena *mem);

/* Its NextDNS profile, and what is told of the device. */
void dnsview_device(struct engine *e, int64_t id, const char *hostname,
	const char *hostinfo, struct arena *mem, struct dns_view *out);

#endif
