#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

static int
compare(struct range a, struct range b)
{
	int order = addr_compare(a.first, b.first);

	return order ? order : addr_compare(b.last, a.last);
}

static size_t
place(const struct engine *e, struct range r)
{
	size_t low = 0, high = e->prefix_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(e->prefixes[mid]->range, r) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct prefix *
prefix_find(const struct engine *e, struct range r)
{
	size_t i = place(e, r);

	return i < e->prefix_count && compare(e->prefixes[i]->range, r) == 0
		       ? e->prefixes[i]
		       : NULL;
}

static struct prefix *
prefix_get(struct engine *e, struct range r)
{
	struct prefix *p = prefix_find(e, r);
	size_t at = place(e, r);

	if (p)
		return p;
	p = own_alloc(sizeof(*p));
	p->range = r;
	range_print_prefix(r, p->text);
	p->sum = sum_of_text(p->text);
	e->prefixes = own_grow(
		e->prefixes, e->prefix_count + 1, sizeof(*e->prefixes));
	memmove(e->prefixes + at + 1, e->prefixes + at,
		(e->prefix_count - at) * sizeof(*e->prefixes));
	e->prefixes[at] = p;
	e->prefix_count++;
	e->routes = sum_plus(e->routes, p->sum);
	return p;
}

static void
prefix_free(struct prefix *p)
{
	free(p->routers);
	free(p->elected);
	free(p->into);
	free(p->from);
	free(p->via);
	free(p);
}

static void
prefix_drop(struct engine *e, struct prefix *p)
{
	size_t at = place(e, p->range);

	e->prefix_count--;
	memmove(e->prefixes + at, e->prefixes + at + 1,
		(e->prefix_count - at) * sizeof(*e->prefixes));
	e->routes = sum_minus(e->routes, p->sum);
	prefix_free(p);
}

void
prefixes_clear(struct engine *e)
{
	for (size_t i = 0; i < e->prefix_count; i++)
		prefix_free(e->prefixes[i]);
	e->prefix_count = 0;
	e->routes = (struct sum){ 0, 0 };
}

static void
add_router(struct prefix *p, struct machine *m, bool elected)
{
	size_t at = p->router_count;

	p->routers =
		own_grow(p->routers, p->router_count + 1, sizeof(*p->routers));
	p->elected =
		own_grow(p->elected, p->router_count + 1, sizeof(*p->elected));
	while (at > 0 && p->routers[at - 1]->id > m->id) {
		p->routers[at] = p->routers[at - 1];
		p->elected[at] = p->elected[at - 1];
		at--;
	}
	p->routers[at] = m;
	p->elected[at] = elected;
	p->fresh = true;
	p->router_count++;
}

static void
drop_router(struct prefix *p, const struct machine *m)
{
	size_t at = 0;

	while (p->routers[at] != m)
		at++;
	p->router_count--;
	p->fresh = true;
	memmove(p->routers + at, p->routers + at + 1,
		(p->router_count - at) * sizeof(*p->routers));
	memmove(p->elected + at, p->elected + at + 1,
		(p->router_count - at) * sizeof(*p->elected));
}

void
prefixes_join(struct engine *e, struct machine *m)
{
	m->subnet_count = 0;
	for (size_t i = 0; i < m->offered_count; i++)
		if (route_is_subnet(&m->offered[i])) {
			struct prefix *p = prefix_get(e, m->offered[i].range);

			add_router(p, m, m->offered[i].elected);
			m->subnets[m->subnet_count++] = p;
		}
}

void
prefixes_leave(struct engine *e, struct machine *m)
{
	for (size_t i = 0; i < m->subnet_count; i++) {
		struct prefix *p = m->subnets[i];

		drop_router(p, m);
		if (!p->router_count)
			prefix_drop(e, p);
	}
	m->subnet_count = 0;
}

struct machine *
prefix_elected(const struct prefix *p)
{
	for (size_t i = 0; i < p->router_count; i++)
		if (p->routers[i]->online && p->elected[i])
			return p->routers[i];
	return NULL;
}

struct machine *
prefix_best(const struct prefix *p)
{
	struct machine *doubtful = NULL;

	for (size_t i = 0; i < p->router_count; i++) {
		if (!p->routers[i]->online)
			continue;
		if (!p->routers[i]->doubtful)
			return p->routers[i];
		if (!doubtful)
			doubtful = p->routers[i];
	}
	return doubtful;
}

struct machine *
prefix_primary(const struct prefix *p)
{
	struct machine *m = prefix_elected(p);

	return m ? m : prefix_best(p);
}

/* ---- whether routes and addresses mix ---- */

static bool
holds_face(struct range r, const struct machine *m)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			return true;
	return false;
}

static bool
is_held(const struct engine *e, const struct machine *m)
{
	for (size_t i = 0; i < e->prefix_count; i++)
		if (holds_face(e->prefixes[i]->range, m))
			return true;
	return false;
}

static bool
holds_others(const struct engine *e, const struct machine *m)
{
	for (size_t i = 0; i < m->offered_count; i++) {
		struct range r = m->offered[i].range;

		if (!route_is_subnet(&m->offered[i]) || prefix_find(e, r))
			continue;
		if (holds_face(r, m))
			return true;
		for (size_t k = 0; k < e->machine_count; k++)
			if (holds_face(r, e->machines[k]))
				return true;
	}
	return false;
}

bool
prefixes_hold(const struct engine *e, const struct machine *m)
{
	return is_held(e, m) || holds_others(e, m);
}
