#include "policy/elect.h"

#include <stdlib.h>

#include "policy/inside.h"

static struct machine *
winner(const struct prefix *p)
{
	struct machine *now = prefix_elected(p), *best = prefix_best(p);

	return now && (!now->doubtful || best->doubtful) ? now : best;
}

static size_t
differences(const struct prefix *p, struct election *out)
{
	const struct machine *first = winner(p);
	size_t count = 0;

	for (size_t i = 0; first && i < p->router_count; i++) {
		const struct machine *m = p->routers[i];

		if ((m == first) != p->elected[i])
			out[count++] =
				(struct election){ m->id, p->text, m == first };
	}
	return count;
}

static int
compare_elections(const void *a, const void *b)
{
	const struct election *x = a, *y = b;

	if (x->wins != y->wins)
		return x->wins ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

size_t
engine_elections(struct engine *e, struct arena *mem, struct election **out)
{
	size_t room = 0, count = 0;

	engine_settle(e);
	for (size_t i = 0; i < e->prefix_count; i++)
		if (e->prefixes[i]->fresh)
			room += e->prefixes[i]->router_count;
	*out = arena_array(mem, room + 1, sizeof(**out));
	for (size_t i = 0; i < e->prefix_count; i++) {
		struct prefix *p = e->prefixes[i];

		if (p->fresh) {
			count += differences(p, *out + count);
			vias_note(e, p);
		}
		p->fresh = false;
	}
	qsort(*out, count, sizeof(**out), compare_elections);
	for (size_t i = 0; i < count; i++)
		(*out)[i].route = arena_strdup(mem, (*out)[i].route);
	return count;
}

static size_t
online_count(const struct prefix *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->router_count; i++)
		count += p->routers[i]->online;
	return count;
}

static bool
has_rivals(const struct machine *m)
{
	for (size_t i = 0; m->online && i < m->subnet_count; i++)
		if (online_count(m->subnets[i]) > 1)
			return true;
	return false;
}

size_t
engine_rivals(struct engine *e, struct arena *mem, int64_t **out)
{
	size_t count = 0;

	engine_settle(e);
	*out = arena_array(mem, e->machine_count + 1, sizeof(**out));
	for (size_t i = 0; i < e->machine_count; i++)
		if (has_rivals(e->machines[i]))
			(*out)[count++] = e->machines[i]->id;
	return count;
}

/* The one in force, those that could take over, those in doubt, the rest. */
static int
rank(const struct candidate *c)
{
	return c->primary ? 0 : !c->online ? 3 : c->doubtful ? 2 : 1;
}

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = rank(x) - rank(y);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

size_t
engine_candidates(struct engine *e, const char *route, struct arena *mem,
	struct candidate **out)
{
	const struct prefix *p;
	const struct machine *primary;
	struct range r;

	engine_settle(e);
	p = range_parse(route, &r, NULL) ? NULL : prefix_find(e, r);
	*out = arena_array(mem, (p ? p->router_count : 0) + 1, sizeof(**out));
	if (!p)
		return 0;
	primary = prefix_primary(p);
	for (size_t i = 0; i < p->router_count; i++) {
		const struct machine *m = p->routers[i];

		(*out)[i] = (struct candidate){ m->id, m == primary, m->online,
			m->doubtful };
	}
	qsort(*out, p->router_count, sizeof(**out), compare_candidates);
	return p->router_count;
}
