#include "base/own.h"
#include "policy/inside.h"

/* `b` receives a self rule in whose sources `a` stands, or a device that a
 * route of `a` holds. */
static bool
self_reaches(const struct engine *e, const struct machine *a,
	const struct machine *b)
{
	if (!b->person || !b->face_count)
		return false;
	if (a->person == b->person && a->class->self_source)
		return true;
	for (size_t i = 0; e->mixed && i < a->subnet_count; i++)
		if (self_held(e, b->person, a->subnets[i]))
			return true;
	return false;
}

bool
self_linked(const struct engine *e, const struct machine *a,
	const struct machine *b)
{
	return e->plan->self_count &&
	       (self_reaches(e, a, b) || self_reaches(e, b, a));
}

bool
machines_see(const struct engine *e, const struct machine *a,
	const struct machine *b)
{
	return a != b &&
	       (bit_get(a->class->sees, b->class->id) || self_linked(e, a, b));
}

/* Who may have a self rule for himself has a view of his own. */
static bool
view_is_personal(const struct engine *e, const struct machine *m)
{
	return m->person && e->plan->self_count &&
	       (e->mixed || m->person->machine_count > 1);
}

uint64_t
machine_view(struct engine *e, const struct machine *m)
{
	struct person *p = m->person;

	if (!view_is_personal(e, m))
		return m->class->view;
	for (size_t i = 0; i < p->view_count; i++)
		if (p->views[i].of == m->class->view)
			return p->views[i].view;
	p->views = own_grow(p->views, p->view_count + 1, sizeof(*p->views));
	p->views[p->view_count] =
		(struct person_view){ m->class->view, ++e->last_view };
	return p->views[p->view_count++].view;
}
