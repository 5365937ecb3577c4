#include "policy/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

static const struct policy nothing;

const struct policy *
engine_policy(const struct engine *e)
{
	return e->plan->policy ? e->plan->policy : &nothing;
}

/* ---- machines ---- */

/* The first whose id is not below `id`. */
size_t
machine_place(const struct engine *e, int64_t id)
{
	size_t low = 0, high = e->machine_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e->machines[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
machines_insert(struct engine *e, struct machine *m)
{
	size_t at = machine_place(e, m->id);

	faces_forget(e);
	if (e->machine_count == e->machine_room) {
		e->machine_room = e->machine_room ? e->machine_room * 2 : 64;
		e->machines = own_grow(
			e->machines, e->machine_room, sizeof(*e->machines));
	}
	memmove(e->machines + at + 1, e->machines + at,
		(e->machine_count - at) * sizeof(*e->machines));
	e->machines[at] = m;
	e->machine_count++;
}

void
machines_remove(struct engine *e, struct machine *m)
{
	size_t at = machine_place(e, m->id);

	faces_forget(e);
	e->machine_count--;
	memmove(e->machines + at, e->machines + at + 1,
		(e->machine_count - at) * sizeof(*e->machines));
}

size_t
engine_machine_count(const struct engine *e)
{
	return e->machine_count;
}

const struct machine *
engine_machine_at(const struct engine *e, size_t i)
{
	return e->machines[i];
}

const struct machine *
engine_machine(const struct engine *e, int64_t id)
{
	size_t i = machine_place(e, id);

	return i < e->machine_count && e->machines[i]->id == id ? e->machines[i]
								: NULL;
}

/* ---- people ---- */

static size_t
person_place(const struct engine *e, int64_t id)
{
	size_t low = 0, high = e->person_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e->people[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct person *
engine_person(const struct engine *e, int64_t id)
{
	size_t i = person_place(e, id);

	return i < e->person_count && e->people[i]->id == id ? e->people[i]
							     : NULL;
}

struct person *
person_get(struct engine *e, int64_t id)
{
	size_t at = person_place(e, id);
	struct person *p;

	if (at < e->person_count && e->people[at]->id == id)
		return e->people[at];
	p = own_alloc(sizeof(*p));
	p->id = id;
	p->role = POLICY_ROLES;
	e->people =
		own_grow(e->people, e->person_count + 1, sizeof(*e->people));
	memmove(e->people + at + 1, e->people + at,
		(e->person_count - at) * sizeof(*e->people));
	e->people[at] = p;
	e->person_count++;
	return p;
}

void
person_link(struct person *p, struct machine *m)
{
	size_t at = p->machine_count;

	p->machines = own_grow(
		p->machines, p->machine_count + 1, sizeof(*p->machines));
	while (at > 0 && p->machines[at - 1]->id > m->id) {
		p->machines[at] = p->machines[at - 1];
		at--;
	}
	p->machines[at] = m;
	p->machine_count++;
	m->person = p;
}

void
person_unlink(struct machine *m)
{
	struct person *p = m->person;
	size_t at = 0;

	if (!p)
		return;
	while (p->machines[at] != m)
		at++;
	p->machine_count--;
	memmove(p->machines + at, p->machines + at + 1,
		(p->machine_count - at) * sizeof(*p->machines));
	m->person = NULL;
}
