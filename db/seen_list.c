#include "db/seen_list.h"

#include "db/live.h"
#include "db/node.h"

/* The order is that in read_seen. */
#define FIRST "SELECT n.id, n.user_id, n.tags, n.ipv4, n.ipv6, l.online, "

/* Nothing but the indexes, and the rows of those that advertise or were
 * approved something. */
#define BRIEF                                                        \
	FIRST "coalesce(r.routes, '[]'), "                           \
	      "coalesce(r.approved_routes, '[]'), "                  \
	      "s.routing, s.primary_routes, NULL, NULL "             \
	      "FROM node n INDEXED BY node_list "                    \
	      "LEFT JOIN node_live l INDEXED BY node_live_list "     \
	      "ON l.node_id = n.id "                                 \
	      "LEFT JOIN node r INDEXED BY node_routes "             \
	      "ON r.id = n.id "                                      \
	      "AND (r.routes <> '[]' OR r.approved_routes <> '[]') " \
	      "LEFT JOIN node_live s ON s.node_id = r.id "           \
	      "WHERE n.approved <> 0 ORDER BY n.id"

#define WHOLE                                                                         \
	FIRST "n.routes, n.approved_routes, l.routing, "                              \
	      "l.primary_routes, coalesce(l.hostinfo, n.hostinfo), " NODE_ATTRIBUTES( \
		      "n") " "                                                        \
			   "FROM node n LEFT JOIN node_live l ON l.node_id = n.id "   \
			   "WHERE n.approved <> 0 ORDER BY n.id"

static void
read_seen(struct stmt *q, struct arena *mem, struct seen_row *s)
{
	s->id = col_int(q, 0);
	s->user_id = col_int(q, 1);
	s->tags = col_text(q, 2, mem);
	s->ipv4 = col_text(q, 3, mem);
	s->ipv6 = col_text(q, 4, mem);
	s->online = col_int(q, 5) != 0;
	s->routes = col_text(q, 6, mem);
	s->approved_routes = col_text(q, 7, mem);
	s->doubtful = col_int(q, 8) != ROUTING_FINE;
	s->primary_routes = col_text(q, 9, mem);
	s->hostinfo = col_text(q, 10, mem);
	s->attributes = col_text(q, 11, mem);
}

struct taker {
	seen_take *take;
	void *arg;
};

static void
take_seen(struct stmt *q, struct arena *mem, void *row)
{
	const struct taker *t = row;
	struct seen_row s;

	read_seen(q, mem, &s);
	t->take(&s, mem, t->arg);
	arena_reset(mem);
}

enum err
db_seen_each(struct db *db, bool said, seen_take *take, void *arg)
{
	struct stmt *q = said ? db_stmt(db, WHOLE) : db_stmt(db, BRIEF);
	struct taker t = { take, arg };
	struct arena *mem = arena_new();
	enum err e = db_each(q, take_seen, mem, &t);

	arena_free(mem);
	return e;
}
