/*
 * dnsform.h: the one form of nameservers, domains and records, however people
 * or files write them.
 */
#ifndef TAILNET_DNSFORM_H
#define TAILNET_DNSFORM_H

#include "base/arena.h"
#include "base/err.h"
#include "db/dns.h"

enum {
	DNS_NAMESERVERS_MAX = 64, /* of all domains together */
	DNS_SEARCH_MAX = 10,      /* besides the base domain */
	DNS_RECORDS_MAX = 1000,   /* by page or command; as many by file */
	DNS_ADDRESS_MAX = 256,    /* bytes of an https:// address */
};

#define NEXTDNS_BASE "https://dns.nextdns.io/"

/* An IP address that may answer names (not the clients' own 100.100.100.100),
 * or https:// with a host and perhaps port, path and query.
 * ERR_BAD_RESOLVER. */
enum err dns_resolver_normal(
	struct arena *mem, const char *text, const char **out);
/* Lower case, no dot at the end; at least two labels for names of records.
 * ERR_BAD_DOMAIN. */
enum err dns_domain_normal(
	struct arena *mem, const char *text, const char **out);
/* Name, type ("" is A) and value, or node_id alone; ERR_BAD_DOMAIN,
 * ERR_BAD_INPUT (the type), ERR_BAD_ADDRESS. */
enum err dns_record_normal(struct arena *mem, struct dns_record *r);

/* Whether it is the resolver's address inside the tailnet's own ranges. */
bool dns_is_tailnet_address(const char *address);

#endif
