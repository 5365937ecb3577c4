#include "tailnet/snapelect.h"

#include <string.h>

#include "base/list.h"
#include "base/own.h"
#include "policy/elect.h"
#include "tailnet/snapedit.h"
#include "tailnet/snappolicy.h"

static struct json_texts
texts(struct arena *mem, const char *list)
{
	struct json_texts out = { 0 };

	if (!list || json_texts_parse(list, mem, &out))
		return (struct json_texts){ 0 };
	return out;
}

static void
store(struct snapshot *s, struct snap_node *n, struct json_texts *routes,
	struct arena *mem)
{
	list_sort(routes);
	if (own_text(&n->primary_routes, json_texts_print(mem, routes)))
		snap_live_dirty(s, n);
}

void
snap_election_prune(struct snapshot *s, struct snap_node *n)
{
	struct json_texts routes, approved, was, kept;
	struct arena *mem;

	if (strcmp(n->primary_routes, "[]") == 0)
		return;
	mem = arena_new();
	routes = texts(mem, n->routes);
	approved = texts(mem, n->approved_routes);
	was = texts(mem, n->primary_routes);
	kept = (struct json_texts){
		arena_array(mem, was.count + 1, sizeof(*kept.at)), 0
	};
	for (size_t i = 0; i < was.count; i++)
		if (list_has(&routes, was.at[i]) &&
			list_has(&approved, was.at[i]))
			kept.at[kept.count++] = was.at[i];
	if (kept.count != was.count)
		store(s, n, &kept, mem);
	arena_free(mem);
}

/* All that one node wins, or loses. */
static void
take(struct snapshot *s, struct snap_node *n, const struct election *at,
	size_t count, struct arena *mem)
{
	struct json_texts was = texts(mem, n->primary_routes);
	struct json_texts now = {
		arena_array(mem, was.count + count + 1, sizeof(*now.at)), 0
	};
	struct json_texts differs = {
		arena_array(mem, count + 1, sizeof(*differs.at)), 0
	};

	for (size_t i = 0; i < count; i++)
		differs.at[differs.count++] = at[i].route;
	for (size_t i = 0; i < was.count; i++)
		if (!list_has(&differs, was.at[i]))
			now.at[now.count++] = was.at[i];
	for (size_t i = 0; at->wins && i < count; i++)
		now.at[now.count++] = at[i].route;
	store(s, n, &now, mem);
	for (size_t i = 0; s->elected && i < count; i++)
		s->elected(n, at[i].route, at[i].wins);
	snap_policy_node(s, n);
}

void
snap_election(struct snapshot *s)
{
	struct arena *mem = arena_new();
	struct election *all;
	size_t count = engine_elections(s->engine, mem, &all);

	for (size_t from = 0, next; from < count; from = next) {
		struct snap_node *n = snapshot_node(s, all[from].id);

		for (next = from + 1; next < count; next++)
			if (all[next].id != all[from].id ||
				all[next].wins != all[from].wins)
				break;
		if (n)
			take(s, n, &all[from], next - from, mem);
	}
	arena_free(mem);
}

void
snapshot_routing(struct snapshot *s, struct snap_node *n, enum routing routing)
{
	if (n->routing == routing)
		return;
	n->routing = routing;
	snap_live_dirty(s, n);
	snap_policy_node(s, n);
	snap_policy_settle(s);
}

uint64_t
snapshot_live_print(const struct live *l)
{
	const char *routes = l->primary_routes ? l->primary_routes : "[]";
	uint64_t h = 0; /* FNV-1a, but that nothing is 0 */

	for (const char *c = routes + 1; *c && strcmp(routes, "[]") != 0; c++)
		h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return h * 8 + l->routing * 2 + l->online;
}

size_t
snapshot_rivals(struct snapshot *s, struct arena *mem, int64_t **out)
{
	return engine_rivals(s->engine, mem, out);
}
