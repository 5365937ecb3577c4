#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

/* What the class was to be told is each member's own again. */
static void
take_dirt(struct machine *m)
{
	m->dirty |= m->class->dirty;
}

void
engine_loosen(struct engine *e)
{
	if (e->loose)
		return;
	print_all_begin(e);
	for (size_t i = 0; i < e->machine_count; i++) {
		struct machine *m = e->machines[i];

		m->before = own_alloc(sizeof(*m->before));
		*m->before = print_machine(e, m);
		take_dirt(m);
	}
	print_all_end(e);
	e->loose = true;
}

static void
forget(struct engine *e)
{
	classes_clear(e);
	prefixes_clear(e);
	ssets_reset(e);
	ssh_kept_clear(e);
	free(e->firsts);
	e->firsts = NULL;
	free(e->named_count);
	e->named_count =
		own_alloc(e->plan->alias_count * sizeof(*e->named_count));
	for (size_t i = 0; i < e->person_count; i++) {
		e->people[i]->view_count = 0;
		self_forget(e->people[i]);
	}
}

static void
find_mixture(struct engine *e)
{
	e->mixed = false;
	for (size_t i = 0; i < e->machine_count && !e->mixed; i++)
		e->mixed = e->prefix_count && prefixes_hold(e, e->machines[i]);
}

static void
fill_ssets(struct engine *e)
{
	struct plan *p = e->plan;
	uint64_t *touched =
		own_alloc(bits_words(p->sset_count) * sizeof(*touched) + 1);

	for (size_t i = 0; i < e->class_count; i++) {
		struct class *c = e->classes[i];

		for (size_t k = 0; k < p->sset_count; k++)
			if (bit_get(c->in, k)) {
				p->ssets[k].sum =
					sum_plus(p->ssets[k].sum, c->addresses);
				p->ssets[k].count += c->face_count;
			}
	}
	ssets_mixed(e, touched);
	for (size_t k = 0; k < p->sset_count; k++)
		p->ssets[k].capped = sset_wants_cap(e, &p->ssets[k]);
	free(touched);
}

static void
compare_prints(struct engine *e)
{
	print_all_begin(e);
	for (size_t i = 0; i < e->machine_count; i++) {
		struct machine *m = e->machines[i];
		struct prints now;

		if (!m->before)
			continue;
		now = print_machine(e, m);
		m->dirty |= prints_differ(m->before, &now);
		free(m->before);
		m->before = NULL;
	}
	print_all_end(e);
}

void
engine_settle(struct engine *e)
{
	if (!e->loose)
		return;
	e->loose = false;
	forget(e);
	for (size_t i = 0; i < e->machine_count; i++)
		prefixes_join(e, e->machines[i]);
	for (size_t i = 0; i < e->prefix_count; i++)
		e->prefixes[i]->number = i;
	find_mixture(e);
	for (size_t i = 0; i < e->machine_count; i++) {
		struct machine *m = e->machines[i];

		class_join(e, class_of(e, m), m);
	}
	fill_ssets(e);
	compare_prints(e);
}
