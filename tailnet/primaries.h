/*
 * primaries.h: which machine serves which subnet at this moment.
 *
 * What the worker elected stands in node_live; the engine is given the rows of
 * those that have routes as the worker's is, so a page and the command line say
 * of a router what its peers are told.  The database is a second behind.
 */
#ifndef TAILNET_PRIMARIES_H
#define TAILNET_PRIMARIES_H

#include <stdbool.h>

#include "base/json.h"
#include "db/node.h"
#include "policy/engine.h"

struct primary {
	int64_t node_id;
	struct json_texts routes; /* it serves these; never an exit route */
};

struct primaries {
	const struct primary *at; /* by node id */
	size_t count;
};

struct primaries_when {
	int64_t now;
	bool worker_alive; /* else nobody is online, so nobody serves */
};

/* Of these routes: what is said of others does not count. */
enum err primaries_of(struct db *db, const struct json_texts *routes,
	const struct primaries_when *when, struct arena *mem,
	struct primaries *out);
/* Of all there are. */
enum err primaries_find(struct db *db, const struct primaries_when *when,
	struct arena *mem, struct primaries *out);
/* The engine with these nodes, to be asked more; the caller frees it. */
enum err primaries_engine(struct db *db, const struct node *nodes, size_t count,
	const struct primaries_when *when, struct arena *mem,
	struct engine **out);
/* How many of them. */
size_t primaries_count(const struct primaries *p, int64_t node_id);
bool primaries_serves(
	const struct primaries *p, int64_t node_id, const char *route);

#endif
