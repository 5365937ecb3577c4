/* Devices of one person: by the groups that they are in, so that somebody with
 * thousands of them costs as many looks as somebody with two. */
#include <stdlib.h>

#include "policy/compare_inside.h"

/* The one in this group, the other in that. */
struct own {
	uint64_t key;
	const struct machine *from, *to;
	size_t pairs;
	bool before, after; /* something is open */
	bool differs;
	UT_hash_handle hh;
};

static struct own *
own_of(const struct work *w, uint32_t from, uint32_t to)
{
	uint64_t key = (uint64_t)from << 32 | to;
	struct own *o;

	HASH_FIND(hh, w->owns, &key, sizeof(key), o);
	return o;
}

size_t
owns_pairs(const struct work *w, uint32_t from, uint32_t to)
{
	const struct own *o = own_of(w, from, to);

	return o ? o->pairs : 0;
}

void
owns_open(const struct work *w, uint32_t from, uint32_t to, bool open[3])
{
	const struct own *o = own_of(w, from, to);

	open[0] = o && o->before;
	open[1] = o && o->after;
	open[2] = o && o->differs;
}

static size_t
place_of(const struct work *w, int64_t id)
{
	size_t low = 0, high = w->machine_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (engine_machine_at(w->e[1], middle)->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
by_group(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void
find_runs(const struct work *w, const struct person *p, struct runs *out)
{
	size_t n = p->machine_count;

	for (size_t i = 0; i < n; i++) {
		size_t place = place_of(w, p->machines[i]->id);

		out->devices[i] = (struct device){ w->group_of[place], place };
	}
	qsort(out->devices, n, sizeof(*out->devices), by_group);
	out->count = 0;
	for (size_t i = 0; i < n; i++) {
		if (!i || out->devices[i - 1].group != out->devices[i].group)
			out->at[out->count++] =
				(struct run){ &out->devices[i], 0 };
		out->at[out->count - 1].count++;
	}
}

void
owns_each_person(struct work *w,
	void (*visit)(void *arg, const struct person *p, const struct runs *r),
	void *arg)
{
	struct runs r = {
		.devices = arena_array(
			w->mem, w->machine_count, sizeof(*r.devices)),
		.at = arena_array(w->mem, w->machine_count, sizeof(*r.at)),
	};

	for (size_t i = 0; i < w->machine_count && !w->out->stopped; i++) {
		const struct machine *m = engine_machine_at(w->e[1], i);

		if (!m->person || m->person->machines[0] != m)
			continue;
		find_runs(w, m->person, &r);
		visit(arg, m->person, &r);
	}
}

typedef void visit_two(
	struct work *w, const struct run *from, const struct run *to);

struct each {
	struct work *w;
	visit_two *visit;
};

static void
each_two(void *arg, const struct person *p, const struct runs *r)
{
	const struct each *e = arg;

	(void)p;
	for (size_t from = 0; from < r->count && !compare_stops(e->w); from++)
		for (size_t to = 0; to < r->count; to++)
			if (from != to || r->at[from].count > 1)
				e->visit(e->w, &r->at[from], &r->at[to]);
}

/* Calls `visit` for each two runs of a person between which there are pairs,
 * both ways round. */
static void
each_own(struct work *w, visit_two *visit)
{
	struct each e = { w, visit };

	owns_each_person(w, each_two, &e);
}

static void
count_own(struct work *w, const struct run *from, const struct run *to)
{
	bool same = from == to;
	struct own *o = own_of(w, from->at->group, to->at->group);

	if (!o) {
		o = arena_alloc(w->mem, sizeof(*o));
		o->key = (uint64_t)from->at->group << 32 | to->at->group;
		o->from = engine_machine_at(w->e[1], from->at[0].place);
		o->to = engine_machine_at(w->e[1], to->at[same].place);
		HASH_ADD(hh, w->owns, key, sizeof(o->key), o);
	}
	o->pairs += from->count * (to->count - same);
}

void
owns_find(struct work *w)
{
	each_own(w, count_own);
}

static void
mark_run(struct work *w, const struct own *o, const struct run *r)
{
	for (size_t i = 0; i < r->count; i++) {
		w->own_open[0][r->at[i].place] |= o->before;
		w->own_open[1][r->at[i].place] |= o->after;
	}
}

static void
mark_own(struct work *w, const struct run *from, const struct run *to)
{
	const struct own *o = own_of(w, from->at->group, to->at->group);

	mark_run(w, o, from);
	mark_run(w, o, to);
}

static struct compare_flow
flow_of(const struct own *o)
{
	return (struct compare_flow){ .own = true,
		.from = (uint32_t)(o->key >> 32),
		.to = (uint32_t)o->key,
		.pairs = o->pairs };
}

void
owns_each(const struct work *w,
	void (*visit)(void *arg, const struct machine *from,
		const struct machine *to, const struct compare_flow *like),
	void *arg)
{
	for (const struct own *o = w->owns; o; o = o->hh.next) {
		const struct compare_flow like = flow_of(o);

		visit(arg, o->from, o->to, &like);
	}
}

void
owns_look(struct work *w, struct both *b)
{
	for (struct own *o = w->owns; o && !compare_stops(w); o = o->hh.next) {
		const struct compare_flow like = flow_of(o);

		o->differs = compare_look(w, b, o->from, o->to, &like);
		o->before = b->open[0].count > 0;
		o->after = b->open[1].count > 0;
	}
	each_own(w, mark_own);
}

void
owns_end(struct work *w)
{
	HASH_CLEAR(hh, w->owns);
}
