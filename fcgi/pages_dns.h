/*
 * pages_dns.h: nameservers, search domains, records, and what a machine would
 * get for a name (spec/pages.md 12.1).
 */
#ifndef FCGI_PAGES_DNS_H
#define FCGI_PAGES_DNS_H

#include "fcgi/request.h"

enum err page_dns(struct request *r);
enum err do_dns_preferences(struct request *r);
enum err do_dns_domain(struct request *r);
enum err do_nameserver_add(struct request *r);
enum err do_nameserver_order(struct request *r);
enum err do_nameserver_delete(struct request *r);
enum err do_search_add(struct request *r);
enum err do_search_delete(struct request *r);
enum err do_record_add(struct request *r);
enum err do_record_delete(struct request *r);

#endif
