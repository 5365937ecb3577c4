#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"

static void
add_range(struct change *c, struct range r)
{
	for (size_t i = 0; i < c->range_count; i++)
		if (memcmp(&c->ranges[i], &r, sizeof(r)) == 0)
			return;
	c->ranges[c->range_count++] = r;
}

static void
add_ranges(struct change *c, const struct machine *m)
{
	for (size_t i = 0; m && i < m->offered_count; i++)
		if (route_is_subnet(&m->offered[i]))
			add_range(c, m->offered[i].range);
}

static void
take_ranges(struct change *c, struct arena *mem)
{
	size_t count = (c->old ? c->old->offered_count : 0) +
		       (c->next ? c->next->offered_count : 0);

	c->ranges = arena_array(mem, count, sizeof(*c->ranges));
	add_ranges(c, c->old);
	add_ranges(c, c->next);
	c->primaries = arena_array(mem, c->range_count, sizeof(*c->primaries));
	c->servers = arena_array(
		mem, c->range_count * c->e->class_count, sizeof(*c->servers));
}

struct change *
change_begin(struct engine *e, struct arena *mem, struct machine *old,
	struct machine *next)
{
	struct change *c = arena_alloc(mem, sizeof(*c));

	c->e = e;
	c->old = old;
	c->next = next;
	c->person_differs = old == next;
	c->same_faces = old && next && faces_equal(old, next);
	c->touched = arena_array(
		mem, bits_words(e->plan->sset_count), sizeof(*c->touched));
	c->veiled = arena_array(
		mem, bits_words(e->plan->sset_count), sizeof(*c->veiled));
	c->crossed = arena_array(
		mem, bits_words(e->plan->sset_count), sizeof(*c->crossed));
	take_ranges(c, mem);
	if (old) {
		c->from = old->class;
		c->from_person = old->person;
		c->old_record = old->record_sum;
		if (next)
			c->before = print_machine(e, old);
	}
	change_look(c);
	return c;
}

/* ---- source sets ---- */

/* Those that are mixed are counted anew, below. */
static void
add_to_ssets(
	struct engine *e, const struct class *c, struct sum sum, size_t count)
{
	struct plan *p = e->plan;

	for (size_t w = 0; w < bits_words(p->sset_count); w++)
		for (uint64_t left = c->in[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);
			struct sset *s = &p->ssets[i];

			if (s->mixed)
				continue;
			s->sum = sum_plus(s->sum, sum);
			s->count += count;
		}
}

static uint64_t
word_of(const struct class *c, size_t w)
{
	return c && c->has_faces ? c->in[w] : 0;
}

/* Those that a name stands for have the same texts still in the network's
 * rules; those that become so, or cease to be, have others. */
static void
cap_ssets(struct change *c, bool routed)
{
	struct plan *p = c->e->plan;

	for (size_t i = 0; i < p->sset_count; i++) {
		struct sset *s = &p->ssets[i];
		bool capped = sset_wants_cap(c->e, s);

		if (capped && s->capped && !s->has_spelt &&
			!(routed && s->any)) {
			bit_put(c->veiled, i, bit_get(c->touched, i));
			bit_put(c->touched, i, false);
		}
		if (capped != s->capped) {
			bit_set(c->touched, i);
			bit_set(c->crossed, i);
		}
		s->capped = capped;
	}
}

/* Which source sets have other texts now. */
static void
touch_ssets(struct change *c, struct sum routes)
{
	struct engine *e = c->e;
	struct plan *p = e->plan;
	bool routed = !sum_equal(routes, e->routes);

	for (size_t w = 0; w < bits_words(p->sset_count); w++)
		c->touched[w] =
			c->same_faces ? word_of(c->from, w) ^ word_of(c->to, w)
				      : word_of(c->from, w) | word_of(c->to, w);
	for (size_t i = 0; i < p->sset_count; i++) {
		struct sset *s = &p->ssets[i];

		if (s->mixed)
			bit_put(c->touched, i, false);
		else if (routed && s->any)
			bit_set(c->touched, i);
		if (bit_get(c->touched, i))
			sset_stale(e, s);
	}
	ssets_mixed(e, c->touched);
	cap_ssets(c, routed);
}

/* ---- applied ---- */

static void
take_out(struct change *c)
{
	struct engine *e = c->e;
	struct machine *m = c->old;

	add_to_ssets(e, m->class, sum_minus((struct sum){ 0, 0 }, m->sum),
		-m->face_count);
	class_leave(e, m);
	prefixes_leave(e, m);
	person_unlink(m);
	machines_remove(e, m);
}

static void
put_in(struct change *c)
{
	struct engine *e = c->e;
	struct machine *m = c->next;

	if (m->user_id)
		person_link(person_get(e, m->user_id), m);
	machines_insert(e, m);
	prefixes_join(e, m);
	c->to = class_of(e, m);
	c->to_person = m->person;
	class_join(e, c->to, m);
	add_to_ssets(e, c->to, m->sum, m->face_count);
}

void
change_compare(struct change *c)
{
	struct prints after;

	if (!c->next)
		return;
	if (!c->old) {
		c->next->dirty = ALL_PARTS;
		return;
	}

	after = print_machine(c->e, c->next);
	c->next->dirty |= c->old->dirty | c->from->dirty |
			  prints_differ(&c->before, &after);
}

void
change_end(struct change *c)
{
	struct engine *e = c->e;
	struct sum routes = e->routes;

	if (c->old)
		take_out(c);
	if (c->next)
		put_in(c);
	free(e->firsts);
	e->firsts = NULL;
	touch_ssets(c, routes);
	change_forget_ssh(c);
	change_compare(c);
	change_mark(c);
}
