/*
 * path_list.h: what each machine said last of the network that it stands in,
 * for the list of paths.
 */
#ifndef DB_PATH_LIST_H
#define DB_PATH_LIST_H

#include "base/json.h"
#include "db/db.h"

struct path_row {
	int64_t id;
	const char *name, *hostname;
	const char *owner, *owner_name; /* "" for a tagged machine */
	const char *tags;               /* JSON list */
	const char *ipv4, *ipv6;        /* NULL: none */
	bool online;
	int64_t home_derp; /* 0: none, or not known */
	/* Unset where the client has not said. */
	enum opt_bool working_udp, mapping_varies;
};

typedef void path_take(const struct path_row *row, void *arg);

/* All machines by name, one after the other, so that no more than one lies in
 * memory. */
enum err db_paths_each(
	struct db *db, bool descending, path_take *take, void *arg);
enum err db_path_by_id(
	struct db *db, int64_t id, struct arena *mem, struct path_row *out);

#endif
