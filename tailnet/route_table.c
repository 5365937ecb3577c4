#include "tailnet/route_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "db/live.h"
#include "policy/elect.h"
#include "policy/range.h"
#include "tailnet/routes.h"

static const struct {
	const char *word, *words;
} states[ROUTE_STATES] = {
#define X(name, word, words) [ROUTE_##name] = { word, words },
	ROUTE_STATE_TABLE(X)
#undef X
};

const char *
route_state_word(enum route_state state)
{
	return states[state].word;
}

const char *
route_state_words(enum route_state state)
{
	return states[state].words;
}

enum route_state
route_row_state(const struct route_row *row)
{
	return row->count ? row->at[0].state : ROUTE_MISSING;
}

/* One route of one machine, before they stand together by prefix. */
struct entry {
	struct range range;
	const char *prefix;
	const struct node *node;
	bool advertised, approved;
};

struct table {
	struct db *db;
	const struct primaries_when *when;
	struct arena *mem;
	struct engine *engine;
	struct entry *at;
	size_t count;
};

static int
compare_ranges(struct range a, struct range b)
{
	int order = addr_compare(a.first, b.first);

	return order ? order : addr_compare(b.last, a.last);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	bool exit_x = route_is_exit(x->prefix),
	     exit_y = route_is_exit(y->prefix);
	int order = exit_x != exit_y ? exit_x - exit_y
				     : compare_ranges(x->range, y->range);

	return order ? order
		     : (x->node->id > y->node->id) -
			       (x->node->id < y->node->id);
}

/* The pair of exit routes is one. */
static void
add_list(struct table *t, const struct node *n, const struct json_texts *l,
	const struct json_texts *other, bool advertised)
{
	for (size_t i = 0; i < l->count; i++) {
		struct entry x = { .prefix = l->at[i],
			.node = n,
			.advertised = advertised || list_has(other, l->at[i]),
			.approved = !advertised || list_has(other, l->at[i]) };

		if (strcmp(x.prefix, "::/0") == 0 ||
			(!advertised && list_has(other, x.prefix)) ||
			range_parse(x.prefix, &x.range, NULL))
			continue;
		t->at[t->count++] = x;
	}
}

static void
add_node(struct table *t, const struct node *n)
{
	struct json_texts routes = { 0 }, approved = { 0 };

	if (json_texts_parse(n->routes, t->mem, &routes))
		routes.count = 0;
	if (json_texts_parse(n->approved_routes, t->mem, &approved))
		approved.count = 0;
	add_list(t, n, &routes, &approved, true);
	add_list(t, n, &approved, &routes, false);
}

static enum err
collect(struct table *t, const struct node *nodes, size_t count)
{
	size_t room = 1;

	for (size_t i = 0; i < count; i++)
		for (const char *lists[] = { nodes[i].routes,
			     nodes[i].approved_routes, NULL },
				**l = lists;
			*l; l++)
			for (const char *c = *l; *c; c++)
				room += *c == ',' || *c == '[';
	t->at = arena_array(t->mem, room, sizeof(*t->at));
	for (size_t i = 0; i < count; i++)
		add_node(t, &nodes[i]);
	qsort(t->at, t->count, sizeof(*t->at), compare_entries);
	return ERR_OK;
}

/* ---- states ---- */

static bool
is_primary(const struct table *t, const struct entry *x)
{
	struct candidate *at;

	return engine_candidates(t->engine, x->prefix, t->mem, &at) &&
	       at[0].primary && at[0].id == x->node->id;
}

static enum err
state_of(const struct table *t, const struct entry *x, enum route_state *out)
{
	struct live live = { .online = false };
	const struct node *n = x->node;
	enum err e = db_live_by_node(t->db, n->id, t->mem, &live);

	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = !x->advertised  ? ROUTE_MISSING
	       : !x->approved  ? ROUTE_WAITING
	       : n->unapproved ? ROUTE_UNAPPROVED
	       : n->expires_at && n->expires_at <= t->when->now ? ROUTE_EXPIRED
	       : !live.online || !t->when->worker_alive         ? ROUTE_OFFLINE
	       : route_is_exit(x->prefix)                       ? ROUTE_IN_USE
	       : is_primary(t, x)                               ? ROUTE_PRIMARY
	       : live.routing == ROUTING_AWAY                   ? ROUTE_AWAY
	       : live.routing == ROUTING_SILENT                 ? ROUTE_SILENT
								: ROUTE_STANDBY;
	return ERR_OK;
}

static int
compare_routers(const void *a, const void *b)
{
	const struct route_router *x = a, *y = b;
	int order = (int)x->state - (int)y->state;

	return order ? order
		     : (x->node->id > y->node->id) -
			       (x->node->id < y->node->id);
}

static enum err
fill_row(const struct table *t, const struct entry *at, size_t count,
	struct route_row *row)
{
	enum err e = ERR_OK;

	row->range = at->range;
	row->prefix = at->prefix;
	row->exit = route_is_exit(at->prefix);
	row->count = count;
	row->at = arena_array(t->mem, count, sizeof(*row->at));
	for (size_t i = 0; !e && i < count; i++) {
		row->at[i] = (struct route_router){ .node = at[i].node,
			.advertised = at[i].advertised,
			.approved = at[i].approved };
		e = state_of(t, &at[i], &row->at[i].state);
	}
	qsort(row->at, count, sizeof(*row->at), compare_routers);
	return e;
}

static enum err
fill_rows(const struct table *t, struct route_table *out)
{
	enum err e = ERR_OK;

	out->at = arena_array(t->mem, t->count + 1, sizeof(*out->at));
	for (size_t from = 0, next; !e && from < t->count; from = next) {
		for (next = from + 1; next < t->count; next++)
			if (strcmp(t->at[next].prefix, t->at[from].prefix) != 0)
				break;
		out->at[out->count].place = out->count;
		e = fill_row(
			t, &t->at[from], next - from, &out->at[out->count++]);
	}
	return e;
}

/* ---- what overlaps ---- */

/* Prefixes come as a walk through a tree does: what holds one stands before it,
 * and of those the last is the narrowest. */
static void
find_overlaps(const struct table *t, struct route_table *out)
{
	size_t *open = arena_array(t->mem, out->count + 1, sizeof(*open));
	size_t depth = 0;

	for (size_t i = 0; i < out->count; i++) {
		struct route_row *row = &out->at[i];

		if (row->exit)
			continue;
		while (depth && !range_within(row->range,
					out->at[open[depth - 1]].range))
			depth--;
		if (depth)
			row->within = out->at[open[depth - 1]].prefix;
		for (size_t k = 0; k < depth; k++)
			out->at[open[k]].holds++;
		open[depth++] = i;
	}
}

enum err
route_table(struct db *db, const struct primaries_when *when, struct arena *mem,
	struct route_table *out)
{
	struct table t = { .db = db, .when = when, .mem = mem };
	struct node *nodes;
	size_t count;
	enum err e = db_nodes_with_routes(db, mem, &nodes, &count);

	*out = (struct route_table){ NULL, 0 };
	if (!e)
		e = primaries_engine(db, nodes, count, when, mem, &t.engine);
	if (e)
		return e;
	e = collect(&t, nodes, count);
	if (!e)
		e = fill_rows(&t, out);
	if (!e)
		find_overlaps(&t, out);
	engine_free(t.engine);
	return e;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct route_row *x = a, *y = b;

	return x->exit != y->exit ? x->exit - y->exit
				  : compare_ranges(x->range, y->range);
}

enum route_state
route_table_state(
	const struct route_table *t, const char *prefix, int64_t node_id)
{
	struct route_row key = { .exit = route_is_exit(prefix) };
	const struct route_row *row;

	if (range_parse(key.exit ? "0.0.0.0/0" : prefix, &key.range, NULL))
		return ROUTE_MISSING;
	row = bsearch(&key, t->at, t->count, sizeof(key), compare_rows);
	for (size_t k = 0; row && k < row->count; k++)
		if (row->at[k].node->id == node_id)
			return row->at[k].state;
	return ROUTE_MISSING;
}
