/*
 * live.h: what clients told the worker last, table `node_live`.
 *
 * Soft state, written behind by the worker in one batch a second; a crash loses
 * at most that.  It has no triggers.  Pages and the CLI read it to show who is
 * online.
 */
#ifndef DB_LIVE_H
#define DB_LIVE_H

#include "db/db.h"
#include "db/stat.h"
#include "proto/key.h"

/* Whether a router can be relied on; by number, so the order stays. */
enum routing {
	ROUTING_FINE,
	ROUTING_AWAY,   /* its connection has ended, a moment ago */
	ROUTING_SILENT, /* it is connected and does not answer */
};

struct live {
	int64_t node_id;
	const char *endpoints; /* JSON list of "ip:port" */
	struct key disco_key;  /* zero: not known */
	int64_t home_derp, capver;
	const char *hostinfo; /* JSON as the client sent it, NULL: none yet */
	bool online;
	int64_t last_seen;          /* 0: never; as LIVE_SEEN reads it */
	int64_t online_since;       /* 0: not online, or not known */
	const char *primary_routes; /* JSON list: subnets it was elected for */
	enum routing routing;
};

/* When a machine was really there, of a row l: who is online is seen as long as
 * the worker writes its mark, each ten seconds and when it stops.  So nothing
 * is written for each of them, and a worker that was killed takes ten seconds
 * along. */
#define LIVE_SEEN(l)                                                   \
	"CASE WHEN " l "online THEN max(coalesce(" l "last_seen, 0), " \
	"coalesce((SELECT at FROM stat WHERE name = '" STAT_HEARTBEAT  \
	"'), 0)) ELSE " l "last_seen END"

/* Inserts or replaces; a node that is gone meanwhile is no error. */
enum err db_live_put(struct db *db, const struct live *l);
enum err db_live_by_node(
	struct db *db, int64_t node_id, struct arena *mem, struct live *out);
/* By node id. */
enum err db_lives(
	struct db *db, struct arena *mem, struct live **lives, size_t *count);

#endif
