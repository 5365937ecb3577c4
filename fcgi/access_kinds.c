#include "fcgi/access_kinds.h"

#include <stdlib.h>

struct place {
	struct policy_kind kind;
	const struct policy_point *point;
};

/* Points of an end lie in one list, so their order is that of the addresses. */
static int
by_point(const struct place *a, const struct place *b)
{
	return a->point < b->point ? -1 : a->point > b->point;
}

static int
by_kind(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->kind.class != b->kind.class)
		return a->kind.class < b->kind.class ? -1 : 1;
	if (a->kind.person != b->kind.person)
		return a->kind.person < b->kind.person ? -1 : 1;
	return by_point(a, b);
}

static int
by_first(const void *left, const void *right)
{
	const struct access_kind *a = left, *b = right;

	return a->at[0] < b->at[0] ? -1 : a->at[0] > b->at[0];
}

static bool
is_same(const struct place *a, const struct place *b)
{
	return a->kind.class && a->kind.class == b->kind.class &&
	       a->kind.person == b->kind.person;
}

struct access_kinds
access_kinds(struct engine *e, const struct policy_end *end, struct arena *mem)
{
	struct place *places =
		arena_array(mem, end->count + 1, sizeof(*places));
	const struct policy_point **points =
		arena_array(mem, end->count + 1, sizeof(const void *));
	struct access_kinds k = { .at = arena_array(
					  mem, end->count + 1, sizeof(*k.at)) };

	for (size_t i = 0; i < end->count; i++)
		places[i] = (struct place){ policy_kind(e, end->at[i].machine),
			&end->at[i] };
	qsort(places, end->count, sizeof(*places), by_kind);
	for (size_t i = 0; i < end->count; i++) {
		points[i] = places[i].point;
		if (!i || !is_same(&places[i - 1], &places[i]))
			k.at[k.count++] = (struct access_kind){ &points[i], 0,
				places[i].kind.person };
		k.at[k.count - 1].count++;
	}
	qsort(k.at, k.count, sizeof(*k.at), by_first);
	return k;
}
