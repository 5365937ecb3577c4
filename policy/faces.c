/*
 * Whose an address is.  A change of the tailnet asks once or twice, and a look
 * through all is cheaper than a list that is made anew for it; a page asks for
 * each of a hundred places, thousands of times.
 */
#include <stdlib.h>

#include "base/own.h"
#include "policy/inside.h"

/* Several may have one address in a tailnet that a file describes: the first to
 * join, as a look through all finds it. */
static int
by_address(const void *left, const void *right)
{
	const struct face *a = *(const struct face *const *)left;
	const struct face *b = *(const struct face *const *)right;
	int order = addr_compare(a->addr, b->addr);

	if (order)
		return order;
	return (a->machine->id > b->machine->id) -
	       (a->machine->id < b->machine->id);
}

static void
sort_faces(struct engine *e)
{
	struct faces *f = &e->faces;

	f->count = 0;
	f->at = own_alloc((2 * e->machine_count + 1) * sizeof(*f->at));
	for (size_t i = 0; i < e->machine_count; i++)
		for (size_t k = 0; k < e->machines[i]->face_count; k++)
			f->at[f->count++] = &e->machines[i]->faces[k];
	qsort(f->at, f->count, sizeof(*f->at), by_address);
}

static const struct machine *
look_through(const struct engine *e, struct addr address)
{
	for (size_t i = 0; i < e->machine_count; i++)
		for (size_t k = 0; k < e->machines[i]->face_count; k++)
			if (addr_compare(e->machines[i]->faces[k].addr,
				    address) == 0)
				return e->machines[i];
	return NULL;
}

/* The first that is not below it. */
static const struct machine *
look_up(const struct faces *f, struct addr address)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (addr_compare(f->at[mid]->addr, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < f->count && addr_compare(f->at[low]->addr, address) == 0
		       ? f->at[low]->machine
		       : NULL;
}

const struct machine *
engine_machine_of(struct engine *e, struct addr address)
{
	if (!e->faces.at && e->faces.asked++ < FACES_LOOKS)
		return look_through(e, address);
	if (!e->faces.at)
		sort_faces(e);
	return look_up(&e->faces, address);
}

void
faces_forget(struct engine *e)
{
	free(e->faces.at);
	e->faces = (struct faces){ .at = NULL };
}
