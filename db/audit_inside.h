/*
 * audit_inside.h: what the files of the audit log share: audit.c adds and
 * reads, audit_chain.c holds the hashes, audit_find.c searches.
 */
#ifndef DB_AUDIT_INSIDE_H
#define DB_AUDIT_INSIDE_H

#include "db/audit.h"

/* The order here is the order in audit_read. */
#define AUDIT_COLUMNS                                                        \
	"id, at, actor, action, subject, detail, via, actor_name, address, " \
	"session, subject_name, before, after"

enum {
	AUDIT_COLUMN_COUNT = 13,
};

/* A struct audit of a query that begins with AUDIT_COLUMNS. */
db_read_row audit_read;

/* The hash of a row that hangs on the one with the hash `before`. */
void audit_hash(const struct audit *a, const uint8_t before[AUDIT_HASH_SIZE],
	uint8_t out[AUDIT_HASH_SIZE]);
/* What the next row hangs on: zeroes before the very first. */
enum err audit_last_hash(struct db *db, uint8_t out[AUDIT_HASH_SIZE]);

#endif
