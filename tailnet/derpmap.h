/*
 * derpmap.h: the DERP map that clients get, put together of what has relays.
 *
 * Later ones win a region's id: sources (files and https addresses) in the
 * order in which they were added, then regions that people added by hand, then
 * the server's own one (settings relay_…), then the policy, which may also take
 * any of them away.  Hidden regions are not sent, whatever they come from;
 * those of the policy are its own to hide.  Where all that leaves no region,
 * the own one is sent after all: a client without any never comes up
 * (spec/protocol.md 6.5).  Equal rows make equal bytes.
 *
 * Clients look nodes up by name, over all regions (7.7): a node whose name
 * another region has, that wins over its own, is called REGION-NAME instead.
 *
 * The own region: HostName is the host of the url, DERPPort the port where
 * https is served: that of an https url, else the setting https_port.  IPv4 or
 * IPv6 is given where the host is a literal, or else `listen` is one.  While
 * the certificate in HOME/tls/cert.pem is self-signed and is the one that is
 * served there, clients of capability version 115 and later pin its hash
 * (CertName), older ones know no pins and get InsecureForTests without
 * CertName: so there are two maps.  Relays that were added with the hash of a
 * certificate are sent likewise.
 */
#ifndef TAILNET_DERPMAP_H
#define TAILNET_DERPMAP_H

#include "base/arena.h"
#include "db/derp.h"
#include "policy/policy.h"
#include "proto/tailcfg.h"
#include "tailnet/settings.h"

enum {
	DERP_OWN_FIRST = 900, /* ids of the own region: for private use */
	DERP_OWN_LAST = 999,
	DERP_PIN_CAPVER = 115,
};

/* What the database says, read once. */
struct derpmap_rows {
	struct derp_region *added;
	size_t added_count;
	struct derp_source *sources;
	struct tailcfg_derp_map *maps; /* of each source; empty ones too */
	size_t source_count;
	int64_t *hidden; /* ascending */
	size_t hidden_count;
};

/* In `mem`. */
enum err derpmap_rows_load(
	struct db *db, struct arena *mem, struct derpmap_rows *out);

enum derpmap_from {
	DERPMAP_FROM_OWN,
	DERPMAP_FROM_ADDED,
	DERPMAP_FROM_SOURCE,
};

/* A region as it is without the policy; hidden ones too. */
struct derpmap_entry {
	enum derpmap_from from;
	const struct derp_source *source; /* NULL: of no source */
	bool hidden;
	/* Added by hand, and its token was revoked: it lets nobody new in. */
	bool no_token;
	const char *pin; /* hash of its certificate, "" if none is pinned */
	struct tailcfg_derp_region region;
};

struct derpmap_list {
	struct derpmap_entry *at; /* by region id */
	size_t count, shown;
};

/* Borrows of `rows`; `own_pin` is that of derpmap_own_pin. */
void derpmap_list(const struct settings *s, const struct derpmap_rows *rows,
	const char *own_pin, struct arena *mem, struct derpmap_list *out);
/* NULL when there is none. */
const struct derpmap_entry *derpmap_find(
	const struct derpmap_list *list, int64_t id);

/* JSON texts in `mem`; *old for clients before DERP_PIN_CAPVER. */
void derpmap_make(const struct settings *s, const struct derpmap_rows *rows,
	const struct policy_relays *policy, const char *home, struct arena *mem,
	const char **old, const char **new);

/* Hash of the own certificate if clients must pin it, else "". */
const char *derpmap_own_pin(
	const struct settings *s, const char *home, struct arena *mem);
/* Whether HOME/tls/cert.pem is self-signed; its SHA-256 in hex (65 bytes). */
bool derpmap_self_signed(const char *home, char hash[65]);

#endif
