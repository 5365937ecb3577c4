/*
 * dns_page.h: the page DNS with its forms; for its own files only.
 *
 *   page_dns.c     looks: what is shown, and what a machine would get
 *   page_dns_do.c  acts
 *   dns_show.c     the lists and forms
 */
#ifndef FCGI_DNS_PAGE_H
#define FCGI_DNS_PAGE_H

#include "db/node.h"
#include "fcgi/form.h"
#include "tailnet/dns.h"
#include "tailnet/dnslookup.h"

#define DNS_HOME "/admin/dns"

enum {
	DNS_MACHINES_MAX = 200, /* in a list to choose from */
};

struct dns_page {
	struct request *r;
	struct form prefs, domain, nameserver, search, record;
	struct field record_fields[4]; /* the machines are known late */
	struct nameserver *nameservers;
	size_t nameserver_count;
	struct search_domain *searches;
	size_t search_count;
	struct dns_record *records;
	size_t record_count;
	struct dns_file file; /* path "": there is none */
	struct dns_record *file_records;
	size_t file_count;
	struct json_texts warnings;
	/* The machines to choose from; none where there are too many. */
	struct choice *machines;
	size_t machine_count;
	bool many_machines;
	/* What was looked up; asked "": nothing was. */
	const char *asked, *asked_of;
	struct dns_found found;
	const char *found_why; /* it could not be; NULL: it was */
};

/* Rows and forms as they are stored. */
enum err dns_page_load(struct request *r, struct dns_page *p);
/* With one form as it was sent, where it was refused; else NULL. */
enum err dns_page_show(struct dns_page *p, struct form *refused);
/* By id, or by name; out->id 0: there is none. */
enum err dns_page_machine(
	struct request *r, const char *words, struct node *out);

void dns_show(struct dns_page *p);

#endif
