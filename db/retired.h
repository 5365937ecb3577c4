/*
 * retired.h: what must not come back too soon: node keys that were rotated away
 * or whose node was deleted (table `retired_key`), and addresses of deleted
 * nodes (table `held_address`).
 */
#ifndef DB_RETIRED_H
#define DB_RETIRED_H

#include "db/db.h"
#include "proto/key.h"

struct retired_key {
	struct key node_key, machine_key;
	int64_t node_id, user_id;
	const char *name;
	const char *reason; /* "rotated" or "deleted" */
	int64_t retired_at;
};

/* Replaces an earlier row of the same key. */
enum err db_retired_add(struct db *db, const struct retired_key *k);
enum err db_retired_by_key(struct db *db, const struct key *node_key,
	struct arena *mem, struct retired_key *out);
/* Oldest first. */
enum err db_retired_keys(struct db *db, struct arena *mem,
	struct retired_key **keys, size_t *count);
enum err db_retired_prune(struct db *db, int64_t before, int64_t *gone);

enum err db_address_hold(struct db *db, const char *address, int64_t until);
enum err db_address_held(
	struct db *db, const char *address, int64_t now, bool *held);
enum err db_address_prune(struct db *db, int64_t now, int64_t *gone);

#endif
