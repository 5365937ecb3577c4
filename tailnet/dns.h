/*
 * dns.h (rules): nameservers, search domains, records and how they are used
 * (spec/map-and-state.md 3, spec/pages.md 12.1).  One transaction each, with
 * its audit row dns.changed that has what was before and after; the change log
 * says "dns" or "setting", and the worker sends a new DNSConfig to whoever gets
 * another one by it.
 *
 * With override_local_dns the nameservers of all names take the place of those
 * that a machine has from its own network; without it they only help where a
 * machine has none.  Nameservers of a domain answer names at and below it.
 */
#ifndef TAILNET_DNS_H
#define TAILNET_DNS_H

#include "db/dns.h"
#include "tailnet/dnsform.h"
#include "tailnet/settings.h"

/* What stands in the audit rows of all of them. */
#define DNS_SUBJECT "dns:1"

/* domain, address and with_exit_node are taken.  ERR_BAD_RESOLVER,
 * ERR_BAD_DOMAIN, ERR_BASE_DOMAIN, ERR_EXISTS, ERR_TOO_BIG past
 * DNS_NAMESERVERS_MAX. */
enum err tailnet_nameserver_add(struct db *db, const struct nameserver *n,
	const char *actor, int64_t now, int64_t *id);
/* One place up or down among those of its domain; at the end nothing happens.
 * ERR_NOT_FOUND. */
enum err tailnet_nameserver_move(
	struct db *db, int64_t id, bool up, const char *actor, int64_t now);
enum err tailnet_nameserver_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

/* ERR_BAD_DOMAIN, ERR_EXISTS, ERR_TOO_BIG past DNS_SEARCH_MAX. */
enum err tailnet_search_add(struct db *db, const char *domain,
	const char *actor, int64_t now, int64_t *id);
enum err tailnet_search_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

/* As dns_record_normal; ERR_EXISTS, ERR_TOO_BIG past DNS_RECORDS_MAX,
 * ERR_MACHINE_NAME, ERR_NOT_FOUND (the node). */
enum err tailnet_record_add(struct db *db, const struct dns_record *r,
	const char *actor, int64_t now, int64_t *id);
enum err tailnet_record_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);

/* ERR_NO_NAMESERVER: override without a nameserver of all names. */
enum err tailnet_dns_prefs(struct db *db, bool magic_dns, bool override,
	const char *actor, int64_t now);
/* As settings_put of dns_domain. */
enum err tailnet_dns_domain(struct db *db, const char *domain,
	const char *actor, int64_t now, struct arena *mem, const char **why);
/* What it would say, and the form that would be stored; nothing is. */
enum err tailnet_dns_domain_try(struct db *db, const char *domain,
	struct arena *mem, const char **out, const char **why);

/* "1.1.1.1", "10.0.0.1 for corp.example, with an exit node too". */
const char *dns_nameserver_words(struct arena *mem, const struct nameserver *n);
/* "printer.lan A 192.168.1.9", "git.lan A of machine tower". */
const char *dns_record_words(
	struct db *db, struct arena *mem, const struct dns_record *r);

#endif
