/*
 * attribute.h: attributes that people give machines, table `node_attribute`:
 * what postures of the policy call custom:….  tailnet/attribute.h has their
 * form.  A change of one is a change of its node in the log.
 */
#ifndef DB_ATTRIBUTE_H
#define DB_ATTRIBUTE_H

#include "db/db.h"

struct attribute {
	int64_t node_id;
	const char *name, *value;   /* "custom:tier", "prod" */
	const char *set_by;         /* as audit.actor */
	int64_t set_at, expires_at; /* 0: never */
};

/* Of that name there is one: a second replaces it. */
enum err db_attribute_put(struct db *db, const struct attribute *a);
/* ERR_NOT_FOUND. */
enum err db_attribute_delete(struct db *db, int64_t node_id, const char *name);
/* Of that node, by name. */
enum err db_attributes(struct db *db, int64_t node_id, struct arena *mem,
	struct attribute **rows, size_t *count);
/* Whose time is over, at most `limit`. */
enum err db_attributes_over(struct db *db, int64_t now, int64_t limit,
	struct arena *mem, struct attribute **rows, size_t *count);
/* When the first of all ends; 0: none does. */
enum err db_attributes_next(struct db *db, int64_t *at);

#endif
