/*
 * derpmap.h: the DERP map that clients get: the server's own region 900, and
 * those that the policy adds.
 *
 * The policy may also take the own region away or put another in its place, or
 * leave it out with OmitDefaultRegions.  Where that leaves no region at all,
 * the own one stays: a client without any never comes up
 * (spec/protocol.md 6.5).
 *
 * HostName is the host of the url, DERPPort the port where https is served:
 * that of an https url, else the setting https_port.  IPv4 or IPv6 is given
 * where the host is a literal, or else `listen` is one.  While the certificate
 * in HOME/tls/cert.pem is self-signed and is the one that is served there,
 * clients of capability version 115 and later pin its hash (CertName), older
 * ones know no pins and get InsecureForTests without CertName: so there are two
 * maps (spec/protocol.md 7.7).
 */
#ifndef TAILNET_DERPMAP_H
#define TAILNET_DERPMAP_H

#include "base/arena.h"
#include "policy/policy.h"
#include "tailnet/settings.h"

enum {
	DERP_REGION = 900,
	DERP_PIN_CAPVER = 115,
};

/* JSON texts in `mem`; *old for clients before DERP_PIN_CAPVER. */
void derpmap_make(const struct settings *s, const struct policy_relays *added,
	const char *home, struct arena *mem, const char **old,
	const char **new);

/* Whether HOME/tls/cert.pem is self-signed; its SHA-256 in hex (65 bytes). */
bool derpmap_self_signed(const char *home, char hash[65]);

#endif
