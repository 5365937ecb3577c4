#include "tailnet/network.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/node.h"
#include "policy/tailnet.h"

/* Machines that become one node. */
struct pile {
	struct network_node node;
	int32_t part; /* its place in the end */
	bool kept;    /* whatever its size */
	UT_hash_handle hh;
};

struct gather {
	struct db *db;
	struct engine *e;
	struct arena *mem;
	const struct network_ask *ask;
	struct network *out;
	struct pile *piles, **pile_of; /* by place of the machine */
};

/* ---- who is one node ---- */

static struct network_node
tags_node(struct gather *g, const struct machine *m)
{
	const char *key = "", *name = "";

	for (size_t i = 0; i < m->tags.count; i++) {
		key = arena_printf(
			g->mem, "%s%s%s", key, i ? "," : "", m->tags.at[i]);
		name = arena_printf(
			g->mem, "%s%s%s", name, i ? ", " : "", m->tags.at[i]);
	}
	return (struct network_node){ NETWORK_TAGS, key, name, 0, 0 };
}

/* "alice" of "alice@": whoever has no address is known by the name. */
static struct network_node
user_node(struct gather *g, const struct machine *m)
{
	const char *login =
		m->person && m->person->login ? m->person->login : "somebody";
	size_t len = strlen(login);

	if (len && login[len - 1] == '@')
		len--;
	return (struct network_node){ NETWORK_USER,
		arena_printf(g->mem, "user:%" PRId64, m->user_id),
		arena_printf(g->mem, "%.*s", (int)len, login), m->user_id, 0 };
}

static bool
is_drawn_alone(const struct gather *g, const struct machine *m)
{
	return g->out->by == NETWORK_BY_MACHINE ||
	       strcmp(g->ask->focus,
		       arena_printf(g->mem, "machine:%" PRId64, m->id)) == 0;
}

static struct network_node
node_of(struct gather *g, const struct machine *m)
{
	if (is_drawn_alone(g, m))
		return (struct network_node){ NETWORK_MACHINE,
			arena_printf(g->mem, "machine:%" PRId64, m->id), "",
			m->id, 0 };
	if (m->tags.count)
		return tags_node(g, m);
	if (g->out->by == NETWORK_BY_TAG)
		return (struct network_node){ NETWORK_PEOPLE, "people",
			"people's machines", 0, 0 };
	return user_node(g, m);
}

static struct pile *
pile_for(struct gather *g, const struct machine *m)
{
	const struct network_node node = node_of(g, m);
	struct pile *p;

	HASH_FIND_STR(g->piles, node.key, p);
	if (p)
		return p;
	p = arena_alloc(g->mem, sizeof(*p));
	p->node = node;
	p->kept = strcmp(node.key, g->ask->focus) == 0;
	HASH_ADD_KEYPTR(hh, g->piles, p->node.key, strlen(p->node.key), p);
	return p;
}

static void
pile_all(struct gather *g)
{
	size_t count = engine_machine_count(g->e);

	g->pile_of = arena_array(g->mem, count + 1, sizeof(struct pile *));
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = engine_machine_at(g->e, i);

		if (!m->face_count)
			continue;
		g->pile_of[i] = pile_for(g, m);
		g->pile_of[i]->node.machines++;
	}
}

/* ---- their order ---- */

/* Large ones first, and what is asked for before all. */
static int
by_size(const void *x, const void *y)
{
	const struct pile *a = *(struct pile *const *)x;
	const struct pile *b = *(struct pile *const *)y;

	if (a->kept != b->kept)
		return a->kept ? -1 : 1;
	if (a->node.machines != b->node.machines)
		return a->node.machines > b->node.machines ? -1 : 1;
	return strcmp(a->node.key, b->node.key);
}

static int
by_name(const void *x, const void *y)
{
	const struct network_node *a = &(*(struct pile *const *)x)->node;
	const struct network_node *b = &(*(struct pile *const *)y)->node;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->key, b->key);
}

static void
add_rest(struct gather *g, struct network_node *nodes, struct pile **piles,
	size_t kept, size_t count)
{
	struct network_node *rest = &nodes[kept];

	if (kept == count)
		return;
	*rest = (struct network_node){ NETWORK_REST, "rest",
		arena_printf(g->mem, "%zu others", count - kept), 0, 0 };
	for (size_t i = kept; i < count; i++) {
		piles[i]->part = (int32_t)kept;
		rest->machines += piles[i]->node.machines;
	}
	g->out->parts++;
}

static enum err
name_machine(struct gather *g, struct network_node *n)
{
	struct node row;
	enum err e = ERR_OK;

	if (n->kind != NETWORK_MACHINE)
		return ERR_OK;
	e = db_node_by_id(g->db, n->id, g->mem, &row);
	n->name = e ? "a machine" : row.name;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
place_all(struct gather *g, struct network_node *nodes)
{
	size_t count = HASH_COUNT(g->piles), kept = count, n = 0;
	struct pile **piles =
		arena_array(g->mem, count + 1, sizeof(struct pile *));
	enum err e = ERR_OK;

	for (struct pile *p = g->piles; p; p = p->hh.next)
		piles[n++] = p;
	if (count)
		qsort(piles, count, sizeof(struct pile *), by_size);
	if (count > NETWORK_NODES)
		kept = NETWORK_NODES - 1;
	for (size_t i = 0; !e && i < kept; i++)
		e = name_machine(g, &piles[i]->node);
	if (kept)
		qsort(piles, kept, sizeof(struct pile *), by_name);
	for (size_t i = 0; i < kept; i++) {
		piles[i]->part = (int32_t)i;
		nodes[i] = piles[i]->node;
		if (piles[i]->kept)
			g->out->focus = (int32_t)i;
	}
	g->out->parts = kept;
	add_rest(g, nodes, piles, kept, count);
	return e;
}

/* ---- what is open ---- */

static bool
is_time_left(void *until)
{
	return clock_now_ms() < *(const int64_t *)until;
}

static void
find_flows(struct gather *g, struct network_node *nodes)
{
	size_t count = engine_machine_count(g->e);
	int32_t *part_of = arena_array(g->mem, count + 1, sizeof(*part_of));
	int64_t until = g->ask->until;
	struct network *out = g->out;

	for (size_t i = 0; i < count; i++)
		part_of[i] = g->pile_of[i] ? g->pile_of[i]->part : FLOW_NOBODY;
	policy_flows(g->e,
		&(struct flows_ask){ part_of, (uint32_t)out->parts, out->focus,
			is_time_left, &until },
		g->mem, &out->flows);
	out->count = out->parts;
	for (size_t i = 0; i < out->flows.place_count; i++)
		nodes[out->count++] = (struct network_node){ NETWORK_PLACE, "",
			out->flows.places[i].name, 0, 0 };
}

static size_t
count_machines(const struct engine *e)
{
	size_t count = 0;

	for (size_t i = 0; i < engine_machine_count(e); i++)
		count += engine_machine_at(e, i)->face_count > 0;
	return count;
}

enum err
network_of(struct db *db, struct engine *e, const struct network_ask *ask,
	struct arena *mem, struct network *out)
{
	struct gather g = {
		.db = db, .e = e, .mem = mem, .ask = ask, .out = out
	};
	struct network_node *nodes = arena_array(
		mem, NETWORK_NODES + FLOW_PLACES_MAX, sizeof(*nodes));
	enum err err;

	*out = (struct network){ .by = ask->by,
		.machines = count_machines(e),
		.nodes = nodes,
		.focus = FLOW_ALL };
	if (out->by == NETWORK_BY_ANY)
		out->by = out->machines > NETWORK_FEW ? NETWORK_BY_USER
						      : NETWORK_BY_MACHINE;
	if (out->by == NETWORK_BY_MACHINE && out->machines > NETWORK_NODES)
		out->by = NETWORK_BY_USER;
	pile_all(&g);
	err = place_all(&g, nodes);
	out->lost = *ask->focus && out->focus == FLOW_ALL;
	if (!err)
		find_flows(&g, nodes);
	HASH_CLEAR(hh, g.piles);
	return err;
}
