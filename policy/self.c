#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All rules at once: what a device costs is the rules that it is a source of,
 * and the rules need no list of the devices. */
static void
add_up(const struct engine *e, const struct person *p, struct self_sum *sums)
{
	size_t words = bits_words(e->plan->self_count);

	for (size_t i = 0; i < p->machine_count; i++) {
		const struct machine *x = p->machines[i];

		for (size_t w = 0; w < words; w++)
			for (uint64_t left = x->class->selfs[w]; left;
				left &= left - 1) {
				struct self_sum *s =
					&sums[w * 64 +
						(size_t)__builtin_ctzll(left)];

				s->sum = sum_plus(s->sum, x->sum);
				s->faces += x->face_count;
			}
	}
}

/* While all machines are printed it is kept for who has many of them. */
const struct self_sum *
self_sums(const struct engine *e, const struct machine *m, struct arena *mem)
{
	size_t count = e->plan->self_count + 1;
	struct person *p = m->person;
	struct self_sum *sums;

	if (!e->all_printed || p->machine_count < SELFS_KEPT_FROM) {
		sums = arena_array(mem, count, sizeof(*sums));
		add_up(e, p, sums);
		return sums;
	}
	if (!p->selfs) {
		p->selfs = own_alloc(count * sizeof(*p->selfs));
		add_up(e, p, p->selfs);
	}
	return p->selfs;
}

struct json_texts
self_texts(const struct engine *e, const struct machine *m, size_t self,
	struct arena *mem)
{
	const struct person *p = m->person;
	const char **at = arena_array(mem, 2 * p->machine_count, sizeof(*at));
	size_t count = 0;

	(void)e;
	for (size_t i = 0; i < p->machine_count; i++) {
		const struct machine *x = p->machines[i];

		for (size_t k = 0; k < x->face_count; k++)
			if (bit_get(x->class->selfs, self))
				at[count++] = x->faces[k].text;
	}
	qsort(at, count, sizeof(*at), compare_texts);
	return (struct json_texts){ at, count };
}

/* ---- routes over their addresses ---- */

static bool
holds_face(struct range r, const struct machine *m)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			return true;
	return false;
}

static void
find_held(const struct engine *e, struct person *p)
{
	p->held = own_alloc(bits_words(e->prefix_count) * sizeof(*p->held) + 1);
	for (size_t i = 0; i < p->machine_count; i++) {
		const struct machine *m = p->machines[i];

		for (size_t k = 0; m->class->self_source && k < e->prefix_count;
			k++)
			if (holds_face(e->prefixes[k]->range, m))
				bit_set(p->held, k);
	}
}

bool
self_held(const struct engine *e, struct person *p, const struct prefix *in)
{
	if (!e->mixed)
		return false;
	if (!p->held)
		find_held(e, p);
	return bit_get(p->held, in->number);
}

void
self_forget(struct person *p)
{
	free(p->held);
	p->held = NULL;
}
