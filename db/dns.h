/*
 * dns.h: who answers for names, and names of our own: tables `nameserver`,
 * `search_domain`, `dns_record` and `dns_file`.  tailnet/dns.h has the rules.
 */
#ifndef DB_DNS_H
#define DB_DNS_H

#include "db/db.h"

struct nameserver {
	int64_t id;
	const char *domain;  /* whose names it answers; "": all */
	const char *address; /* IP, or https://… */
	bool with_exit_node;
	int64_t position; /* among those of its domain */
};

struct search_domain {
	int64_t id;
	const char *domain;
};

struct dns_record {
	int64_t id;
	const char *name, *type; /* "A" or "AAAA" */
	const char *value;       /* NULL: the address of the node */
	int64_t node_id;         /* 0: none */
};

struct dns_file {
	const char *path;
	const char *hash;    /* of what was looked at last */
	const char *records; /* JSON */
	int64_t read_at;     /* 0: never */
	const char *trouble; /* "": none */
};

/* By domain, in their order. */
enum err db_nameservers(struct db *db, struct arena *mem,
	struct nameserver **rows, size_t *count);
enum err db_nameserver_by_id(
	struct db *db, int64_t id, struct arena *mem, struct nameserver *out);
/* Behind all others; ERR_EXISTS. */
enum err db_nameserver_add(
	struct db *db, const struct nameserver *n, int64_t *id);
enum err db_nameserver_place(struct db *db, int64_t id, int64_t position);
enum err db_nameserver_delete(struct db *db, int64_t id);

/* In their order. */
enum err db_search_domains(struct db *db, struct arena *mem,
	struct search_domain **rows, size_t *count);
/* Behind all others; ERR_EXISTS. */
enum err db_search_domain_add(struct db *db, const char *domain, int64_t *id);
enum err db_search_domain_delete(struct db *db, int64_t id);

/* By name, type and id. */
enum err db_dns_records(struct db *db, struct arena *mem,
	struct dns_record **rows, size_t *count);
enum err db_dns_record_by_id(
	struct db *db, int64_t id, struct arena *mem, struct dns_record *out);
/* ERR_EXISTS. */
enum err db_dns_record_add(
	struct db *db, const struct dns_record *r, int64_t *id);
enum err db_dns_record_delete(struct db *db, int64_t id);

/* ERR_NOT_FOUND: no file was ever named. */
/* Nameservers, search domains and records together. */
enum err db_dns_count(struct db *db, int64_t *count);
enum err db_dns_file(struct db *db, struct arena *mem, struct dns_file *out);
enum err db_dns_file_put(struct db *db, const struct dns_file *f);
enum err db_dns_file_forget(struct db *db);

#endif
