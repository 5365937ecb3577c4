#include "tailnet/snapids.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

void
snap_ids_add(struct snap_ids *l, int64_t id)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->at = own_grow(l->at, l->room, sizeof(*l->at));
	}
	l->at[l->count++] = id;
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
snap_ids_sort(struct snap_ids *l)
{
	if (l->count > 1)
		qsort(l->at, l->count, sizeof(*l->at), by_number);
}

void
snap_ids_copy(struct snap_ids *to, const struct snap_ids *from)
{
	to->count = 0;
	for (size_t i = 0; i < from->count; i++)
		snap_ids_add(to, from->at[i]);
}

bool
snap_ids_equal(const struct snap_ids *a, const struct snap_ids *b)
{
	if (a->count != b->count)
		return false;
	return a->count == 0 ||
	       memcmp(a->at, b->at, a->count * sizeof(*a->at)) == 0;
}

bool
snap_ids_have(const struct snap_ids *l, int64_t id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->at[i] == id)
			return true;
	return false;
}
