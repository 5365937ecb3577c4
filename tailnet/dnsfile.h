/*
 * dnsfile.h: the file of the setting extra_records_path: a JSON list of
 * {"name", "type", "value"}, as headscale's extra_records_path has.
 *
 * What is read last and is right stays in force: a file that is gone, half
 * written, too large or wrong in one record changes nothing but the words that
 * tell of it.  The same bytes are looked at once.
 */
#ifndef TAILNET_DNSFILE_H
#define TAILNET_DNSFILE_H

#include "db/dns.h"

enum {
	DNS_FILE_MAX = 512 * 1024, /* bytes; DNS_RECORDS_MAX records */
};

/* Reads it and stores what is new, in one transaction; "": there is no file any
 * more, and its records go.  Without news nothing is written. */
enum err tailnet_dns_file(struct db *db, const char *path, int64_t now);

/* NULL, or in words what is wrong with it and what is in force. */
const char *dns_file_trouble(struct db *db, struct arena *mem);

#endif
