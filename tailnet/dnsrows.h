/*
 * dnsrows.h: the rows that DNSConfigs are made of, read at once: those of the
 * pages and the command line, and those of the file.
 */
#ifndef TAILNET_DNSROWS_H
#define TAILNET_DNSROWS_H

#include "db/dns.h"

/* A record, wherever it is from. */
struct dns_name {
	const char *name, *type;
	const char *value; /* NULL: the address of the node */
	int64_t node_id;
	bool split; /* a nameserver's domain holds it */
};

struct dns_rows {
	struct nameserver *nameservers;
	size_t nameserver_count;
	struct search_domain *searches;
	size_t search_count;
	/* What lies below a name stands right behind it; each once. */
	struct dns_name *names;
	size_t name_count;
	bool nextdns; /* one of the nameservers is NextDNS */
	bool follows; /* a record follows a machine */
};

enum err dns_rows_load(struct db *db, struct arena *mem, struct dns_rows *out);
/* The records as dns_file.records has them; ERR_BAD_INPUT. */
enum err dns_rows_of_file(struct arena *mem, const char *json,
	struct dns_record **rows, size_t *count);

#endif
