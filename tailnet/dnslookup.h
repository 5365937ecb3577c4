/*
 * dnslookup.h: what a machine would get for a name, and from where: what its
 * client does with the maps that it gets, said in words.  Nobody is asked.
 */
#ifndef TAILNET_DNSLOOKUP_H
#define TAILNET_DNSLOOKUP_H

#include "base/json.h"
#include "db/node.h"
#include "tailnet/settings.h"

enum dns_from {
	DNS_FROM_MACHINE, /* MagicDNS: a machine is called so */
	DNS_FROM_RECORD,
	DNS_FROM_NOBODY,  /* its client says that there is no such name */
	DNS_FROM_DOMAIN,  /* nameservers of a domain are asked */
	DNS_FROM_GLOBAL,  /* nameservers of all names are asked */
	DNS_FROM_NETWORK, /* whoever its own network has */
};

struct dns_found {
	const char *name; /* the whole name that was found, or was asked */
	enum dns_from from;
	struct json_texts values; /* addresses, or who is asked, in order */
	const char *words;        /* a sentence for people */
};

/* A name of one label is tried below the base domain and each search domain.
 * ERR_BAD_DOMAIN, ERR_NOT_FOUND (the node). */
enum err tailnet_dns_lookup(struct db *db, const struct settings *s,
	int64_t node_id, const char *name, struct arena *mem,
	struct dns_found *out);

/* The DNSConfig that the node gets, as JSON. */
enum err tailnet_dns_config(struct db *db, const struct settings *s,
	int64_t node_id, struct arena *mem, const char **json);

#endif
