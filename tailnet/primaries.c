#include "tailnet/primaries.h"

#include "base/list.h"
#include "db/live.h"
#include "db/node.h"
#include "tailnet/policy_seen.h"

/* As the snapshot puts it (tailnet/snappolicy.c): without approval it is not
 * there, and a row that was damaged is nobody. */
static enum err
put(struct db *db, struct engine *e, const struct node *n,
	const struct primaries_when *when, struct arena *mem)
{
	bool over = n->expires_at && n->expires_at <= when->now;
	struct live live = { .online = false };
	struct engine_machine m;
	enum err err = db_live_by_node(db, n->id, mem, &live);

	if (err && err != ERR_NOT_FOUND)
		return err;
	if (n->unapproved)
		return ERR_OK;
	policy_machine(mem,
		&(struct seen_machine){ .id = n->id,
			.user_id = n->user_id,
			.tags = n->tags,
			.ipv4 = n->ipv4,
			.ipv6 = n->ipv6,
			.routes = n->routes,
			.approved_routes = n->approved_routes,
			.online = when->worker_alive && live.online && !over,
			.doubtful = live.routing != ROUTING_FINE,
			.primary_routes = live.primary_routes },
		&m);
	(void)engine_put_machine(e, &m);
	return ERR_OK;
}

static void
ask(struct engine *e, const struct node *nodes, size_t count, struct arena *mem,
	struct primaries *out)
{
	struct primary *at = arena_array(mem, count + 1, sizeof(*at));

	for (size_t i = 0; i < count; i++) {
		struct engine_record own;

		engine_record(e, nodes[i].id, nodes[i].id, mem, &own);
		at[i] = (struct primary){ nodes[i].id, own.primary_routes };
	}
	*out = (struct primaries){ at, count };
}

enum err
primaries_engine(struct db *db, const struct node *nodes, size_t count,
	const struct primaries_when *when, struct arena *mem,
	struct engine **out)
{
	struct engine *e = engine_new();
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < count; i++)
		err = put(db, e, &nodes[i], when, mem);
	if (err)
		engine_free(e);
	else
		*out = e;
	return err;
}

static enum err
elect(struct db *db, const struct node *nodes, size_t count,
	const struct primaries_when *when, struct arena *mem,
	struct primaries *out)
{
	struct engine *e;
	enum err err = primaries_engine(db, nodes, count, when, mem, &e);

	if (err)
		return err;
	ask(e, nodes, count, mem, out);
	engine_free(e);
	return ERR_OK;
}

enum err
primaries_of(struct db *db, const struct json_texts *routes,
	const struct primaries_when *when, struct arena *mem,
	struct primaries *out)
{
	struct node *nodes;
	size_t count;
	enum err e = db_nodes_carrying(
		db, json_texts_print(mem, routes), mem, &nodes, &count);

	return e ? e : elect(db, nodes, count, when, mem, out);
}

enum err
primaries_find(struct db *db, const struct primaries_when *when,
	struct arena *mem, struct primaries *out)
{
	struct node *nodes;
	size_t count;
	enum err e = db_nodes_with_routes(db, mem, &nodes, &count);

	return e ? e : elect(db, nodes, count, when, mem, out);
}

static const struct primary *
find(const struct primaries *p, int64_t node_id)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->at[mid].node_id < node_id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->count && p->at[low].node_id == node_id ? &p->at[low]
							       : NULL;
}

size_t
primaries_count(const struct primaries *p, int64_t node_id)
{
	const struct primary *m = find(p, node_id);

	return m ? m->routes.count : 0;
}

bool
primaries_serves(const struct primaries *p, int64_t node_id, const char *route)
{
	const struct primary *m = find(p, node_id);

	return m && list_has(&m->routes, route);
}
