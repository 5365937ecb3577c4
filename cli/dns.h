/*
 * dns.h: the lists of cairn dns, as get and the verbs of each list show them.
 */
#ifndef CLI_DNS_H
#define CLI_DNS_H

#include "cli/command.h"
#include "cli/print.h"
#include "cli/table.h"
#include "db/dns.h"

/* Members, added to an object. */
void dns_put_nameserver(struct value *v, const struct nameserver *n);
void dns_put_record(struct cli *c, struct value *v, const struct dns_record *r);

/* "Warning: …" for each thing that is set and leaves machines without answers,
 * on stderr, for who has just changed something; nothing for programs. */
void dns_say_warnings(struct cli *c);

/* Tables; what fails is said. */
enum err dns_print_nameservers(struct cli *c);
enum err dns_print_searches(struct cli *c);
enum err dns_print_records(struct cli *c);
enum err dns_print_record_rows(
	struct cli *c, const struct dns_record *rows, size_t count);

#endif
