/*
 * node_name.h: what machines are called and whose they are, of all machines: a
 * tenth of the bytes of their rows, which are not read.
 */
#ifndef DB_NODE_NAME_H
#define DB_NODE_NAME_H

#include "db/db.h"

struct node_name {
	int64_t id, user_id; /* user_id 0: tagged */
	const char *name;    /* DNS label */
	const char *tags;    /* JSON list */
};

/* By id. */
enum err db_node_names(struct db *db, struct arena *mem,
	struct node_name **rows, size_t *count);
/* The one that is called so, or none. */
enum err db_node_names_of(struct db *db, const char *name, struct arena *mem,
	struct node_name **rows, size_t *count);
/* The first `limit` as people count them, db/natural.h. */
enum err db_node_names_first(struct db *db, int64_t limit, struct arena *mem,
	struct node_name **rows, size_t *count);

#endif
