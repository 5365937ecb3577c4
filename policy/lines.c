#include "policy/inside.h"

/* The destination lines of one entry that are kept for one machine. */
struct lines {
	struct engine *e;
	const struct machine *m;
	bool subnets_only; /* via */
	bool brief;
	struct port_list ports;
	struct buf *out;
	bool *first;
};

/* Instead of its own addresses, which do not tell members of a class apart. */
static const char *const own[2] = { "@0", "@1" };

static void
put(const struct lines *l, const char *text)
{
	for (size_t i = 0; i < l->ports.count; i++) {
		buf_puts(l->out, *l->first ? "{\"IP\":\"" : ",{\"IP\":\"");
		*l->first = false;
		buf_puts(l->out, text);
		buf_putf(l->out, "\",\"Ports\":{\"First\":%u,\"Last\":%u}}",
			l->ports.at[i].first, l->ports.at[i].last);
	}
}

bool
machine_overlaps(const struct machine *m, struct range r, bool subnets_only)
{
	for (size_t i = 0; i < m->subnet_count; i++)
		if (range_overlaps(m->subnets[i]->range, r))
			return true;
	for (size_t i = 0; !subnets_only && i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			return true;
	return false;
}

static void
put_own(const struct lines *l)
{
	const struct machine *m = l->m;

	for (size_t i = 0; i < m->face_count; i++)
		if (!l->subnets_only ||
			machine_overlaps(m,
				(struct range){
					m->faces[i].addr, m->faces[i].addr },
				true))
			put(l, l->brief ? own[i] : m->faces[i].text);
}

/* By machine: its own, and those that its routes hold. */
static void
put_members(const struct lines *l, uint32_t alias)
{
	const struct class *c = l->m->class;
	bool own_too = bit_get(c->named, alias);

	if (l->e->mixed && l->m->subnet_count) {
		class_find_held(l->e, l->m);
		for (size_t i = 0; i < c->held_count; i++) {
			const struct machine *x = c->held[i]->machine;

			if (own_too && x->id >= l->m->id) {
				put_own(l);
				own_too = false;
			}
			if (x != l->m && bit_get(x->class->named, alias))
				put(l, c->held[i]->text);
		}
	}
	if (own_too)
		put_own(l);
}

static void
put_ranges(const struct lines *l, const struct alias *a)
{
	struct range_set s = alias_ranges(a);
	char text[RANGE_TEXT_SIZE];

	for (size_t i = 0; i < s.count; i++)
		if ((a->internet && l->m->exit) ||
			machine_overlaps(l->m, s.at[i], l->subnets_only)) {
			range_print(s.at[i], text);
			put(l, text);
		}
}

static void
put_target(const struct lines *l, uint32_t alias)
{
	const struct alias *a = l->e->plan->aliases[alias];

	if (a->kind == ALIAS_INTERNET) {
		for (size_t i = 0; l->m->exit && i < INTERNET_TEXTS; i++)
			put(l, internet_texts[i]);
	} else if (a->kind == ALIAS_ANY) {
		if (!l->subnets_only || l->m->subnet_count)
			put(l, "*");
	} else if (alias_is_literal(a)) {
		put_ranges(l, a);
	} else {
		put_members(l, alias);
	}
}

void
lines_put(struct engine *e, const struct machine *m, const struct entry *x,
	bool brief, struct buf *out, bool *first)
{
	struct lines l = { e, m, x->kind == ENTRY_VIA, brief, { NULL, 0 }, out,
		first };

	for (size_t i = 0; i < x->target_count; i++) {
		l.ports = x->targets[i].ports;
		if (x->kind == ENTRY_SELF)
			for (size_t k = 0; k < m->face_count; k++)
				put(&l, brief ? own[k] : m->faces[k].text);
		else
			put_target(&l, x->targets[i].alias);
	}
}
