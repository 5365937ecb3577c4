#include "tailnet/policy_reach.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"

enum {
	LOOKS_BETWEEN = 64, /* at the clock */
};

/* What tells machines apart that may have other things open. */
struct kind {
	uint64_t kind;
	int64_t person; /* where that counts; else 0 */
};

struct answer {
	struct kind key;
	size_t *groups, count;
	UT_hash_handle hh;
};

struct gather {
	struct engine *e;
	struct arena *mem;
	struct policy_point one;
	bool out;
	bool personal; /* logins follow whoever comes */
	int64_t owner; /* of the one; 0: tagged */
	struct policy_reach *reach;
	size_t room;
	struct answer *answers;
};

static struct policy_point
point_of(const struct machine *m)
{
	return (struct policy_point){ "", m->faces[0].addr, m->id };
}

static bool
is_same(const struct policy_way *a, const struct policy_way *b)
{
	return a->kind == b->kind && a->line == b->line &&
	       strcmp(a->words, b->words) == 0 && strcmp(a->rule, b->rule) == 0;
}

/* The place of its group. */
static size_t
group_of(struct gather *g, const struct policy_way *way)
{
	struct policy_reach *r = g->reach;

	for (size_t i = 0; i < r->count; i++)
		if (is_same(&r->groups[i].way, way))
			return i;
	if (r->count == g->room) {
		size_t room = g->room ? 2 * g->room : 8;
		struct policy_group *at =
			arena_array(g->mem, room, sizeof(*at));

		if (r->count)
			memcpy(at, r->groups, r->count * sizeof(*at));
		r->groups = at;
		g->room = room;
	}
	r->groups[r->count] = (struct policy_group){ .way = *way };
	return r->count++;
}

static void
join(struct policy_group *group, const struct policy_point *other)
{
	if (group->count < REACH_OTHERS_KEPT)
		group->at[group->count] = *other;
	group->count++;
}

/* Of the ways between two: the places of their groups. */
static void
look(struct gather *g, const struct policy_point *other, struct answer *out)
{
	const struct policy_point *from = g->out ? &g->one : other;
	const struct policy_point *to = g->out ? other : &g->one;
	struct policy_way *ways;

	out->count = policy_ways(g->e, from, to, g->mem, &ways);
	out->groups = arena_array(g->mem, out->count + 1, sizeof(size_t));
	for (size_t i = 0; i < out->count; i++)
		out->groups[i] = group_of(g, &ways[i]);
}

/* Nobody asks twice what machines of one kind have open. */
static const struct answer *
answer_of(struct gather *g, const struct policy_point *other)
{
	const struct machine *m = engine_machine(g->e, other->machine);
	struct answer *a = NULL;
	struct kind key;

	memset(&key, 0, sizeof(key));
	key.kind = m ? engine_kind(g->e, m->id) : 0;
	if (m && (g->personal || m->user_id == g->owner))
		key.person = m->user_id;
	if (key.kind)
		HASH_FIND(hh, g->answers, &key, sizeof(key), a);
	if (a)
		return a;
	a = arena_alloc(g->mem, sizeof(*a));
	*a = (struct answer){ .key = key };
	look(g, other, a);
	if (key.kind)
		HASH_ADD(hh, g->answers, key, sizeof(a->key), a);
	return a;
}

static int
compare(const void *a, const void *b)
{
	const struct policy_way *x = &((const struct policy_group *)a)->way;
	const struct policy_way *y = &((const struct policy_group *)b)->way;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->words, y->words);
}

/* Every other machine, then the places. */
static struct policy_end
others_of(struct engine *e, int64_t machine, bool out, struct arena *mem)
{
	size_t count = engine_machine_count(e);
	struct policy_point *at = arena_array(mem, count + 1, sizeof(*at));
	struct policy_end end = { .at = at };

	for (size_t i = 0; i < count; i++) {
		const struct machine *m = engine_machine_at(e, i);

		if (m->id != machine && m->face_count)
			at[end.count++] = point_of(m);
	}
	if (out)
		policy_end_places(e, mem, &end);
	return end;
}

static bool
is_personal(const struct policy *p)
{
	for (size_t i = 0; i < p->ssh_count; i++)
		if (p->ssh[i].localparts.count)
			return true;
	return false;
}

static void
look_at_all(struct gather *g, const struct policy_end *others, int64_t until)
{
	for (size_t i = 0; i < others->count; i++) {
		const struct answer *a;

		if (i % LOOKS_BETWEEN == 0 && clock_now_ms() >= until) {
			g->reach->left = others->count - i;
			return;
		}
		a = answer_of(g, &others->at[i]);
		for (size_t k = 0; k < a->count; k++)
			join(&g->reach->groups[a->groups[k]], &others->at[i]);
	}
}

void
policy_reach(struct engine *e, int64_t machine, bool out, int64_t until,
	struct arena *mem, struct policy_reach *reach)
{
	const struct machine *m = engine_machine(e, machine);
	struct gather g = { .e = e, .mem = mem, .out = out, .reach = reach };
	struct policy_end others;

	*reach = (struct policy_reach){ .count = 0 };
	if (!m || !m->face_count)
		return;
	g.one = point_of(m);
	g.owner = m->user_id;
	g.personal = is_personal(engine_policy(e));
	others = others_of(e, machine, out, mem);
	look_at_all(&g, &others, until);
	HASH_CLEAR(hh, g.answers);
	if (reach->count)
		qsort(reach->groups, reach->count, sizeof(*reach->groups),
			compare);
}
