/*
 * seen_list.h: what a policy looks at of each machine, one after the other, so
 * that no more than one lies in memory.
 */
#ifndef DB_SEEN_LIST_H
#define DB_SEEN_LIST_H

#include <stdbool.h>

#include "db/db.h"

struct seen_row {
	int64_t id, user_id;     /* user_id 0: tagged */
	const char *tags;        /* JSON lists */
	const char *ipv4, *ipv6; /* NULL: none */
	const char *routes, *approved_routes;
	/* Is there, and is it to be relied on.  Of a machine that advertises
	 * nothing nobody asks whether it is doubtful, and it never is. */
	bool online, doubtful;
	const char *primary_routes; /* JSON list: it was elected for them; NULL:
				       nothing is known */
	const char *hostinfo;       /* what it said last; NULL: not asked for */
	const char *attributes; /* as node.h has them; NULL: not asked for */
};

typedef void seen_take(
	const struct seen_row *row, struct arena *mem, void *arg);

/* Those that do not wait for approval, by id.  Without `said` the hostinfos and
 * attributes are not read: these are a kilobyte and more each, and the indexes
 * of lists hold all the rest but for routers.  `mem` is of one row. */
enum err db_seen_each(struct db *db, bool said, seen_take *take, void *arg);

#endif
