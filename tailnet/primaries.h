/*
 * primaries.h: which machine serves which subnet at this moment.
 *
 * The engine elects, by the rows of those that have routes, as it does in the
 * worker; so a page and the command line say of a router what its peers are
 * told.  Presence in the database is a second behind the worker's.
 */
#ifndef TAILNET_PRIMARIES_H
#define TAILNET_PRIMARIES_H

#include <stdbool.h>

#include "base/json.h"
#include "db/db.h"

struct primary {
	int64_t node_id;
	struct json_texts routes; /* it serves these; never an exit route */
};

struct primaries {
	const struct primary *at; /* by node id */
	size_t count;
};

/* Of these routes: what is said of others does not count.  `worker_alive`
 * false: nobody is online, so nobody serves. */
enum err primaries_of(struct db *db, const struct json_texts *routes,
	bool worker_alive, struct arena *mem, struct primaries *out);
/* Of all there are. */
enum err primaries_find(struct db *db, bool worker_alive, struct arena *mem,
	struct primaries *out);
/* How many of them. */
size_t primaries_count(const struct primaries *p, int64_t node_id);
bool primaries_serves(
	const struct primaries *p, int64_t node_id, const char *route);

#endif
