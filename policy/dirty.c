#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"

/* ---- before and after: who carries the prefixes that it has or had ---- */

static int64_t
id_of(const struct machine *m)
{
	return m ? m->id : 0;
}

static int64_t
server_now(struct change *c, const struct class *viewer, struct range r)
{
	struct prefix *p = prefix_find(c->e, r);
	struct machine *m = p ? route_server(c->e, viewer, NULL, p) : NULL;

	return m && bit_get(viewer->sees, m->class->id) ? m->id : 0;
}

static int64_t
primary_now(struct change *c, struct range r)
{
	struct prefix *p = prefix_find(c->e, r);

	return p ? id_of(prefix_primary(p)) : 0;
}

void
change_look(struct change *c)
{
	struct engine *e = c->e;

	c->class_count = e->class_count;
	for (size_t i = 0; i < c->range_count; i++) {
		c->primaries[i] = primary_now(c, c->ranges[i]);
		for (size_t k = 0; k < e->class_count; k++)
			if (e->classes[k] && e->classes[k]->member_count)
				c->servers[i * c->class_count + k] = server_now(
					c, e->classes[k], c->ranges[i]);
	}
}

/* ---- marks ---- */

static void
mark(const struct machine *m, unsigned parts)
{
	((struct machine *)m)->dirty |= parts;
}

static void
mark_id(struct engine *e, int64_t id, unsigned parts)
{
	const struct machine *m = id ? engine_machine(e, id) : NULL;

	if (m)
		mark(m, parts);
}

/* The class of that number, if anybody but the machine that changed, which is
 * compared by itself, is in it. */
static struct class *
concerned(const struct change *c, size_t k)
{
	struct class *x = c->e->classes[k];

	return x && x->member_count > (x == c->to) ? x : NULL;
}

static void
mark_filters(struct change *c)
{
	struct engine *e = c->e;
	size_t words = bits_words(e->plan->sset_count);

	if (!bits_any(c->touched, words) && !bits_any(c->veiled, words))
		return;
	for (size_t k = 0; k < e->class_count; k++) {
		struct class *x = concerned(c, k);

		if (x && (bits_meet(x->receives, c->touched, words) ||
				 (class_carries(x) &&
					 bits_meet(x->receives, c->veiled,
						 words))))
			x->dirty |= PART_FILTER;
	}
}

static bool
row(const struct class *c, size_t k)
{
	return c && bit_get(c->sees, k);
}

static bool
record_differs(const struct change *c)
{
	return c->old && c->next &&
	       !sum_equal(c->old_record, c->next->record_sum);
}

static void
mark_peers(struct change *c)
{
	struct engine *e = c->e;
	bool record = record_differs(c);

	for (size_t k = 0; k < e->class_count; k++) {
		bool before = row(c->from, k), after = row(c->to, k);
		struct class *x = concerned(c, k);

		if (x && before != after)
			x->dirty |= PART_PEERS;
		else if (x && before && record)
			x->dirty |= PART_ROUTES;
	}
}

static void
mark_routes(struct change *c)
{
	struct engine *e = c->e;

	for (size_t i = 0; i < c->range_count; i++) {
		int64_t primary = primary_now(c, c->ranges[i]);

		if (primary != c->primaries[i]) {
			mark_id(e, primary, PART_ROUTES);
			mark_id(e, c->primaries[i], PART_ROUTES);
		}
		for (size_t k = 0; k < c->class_count; k++) {
			struct class *x = concerned(c, k);

			if (x && server_now(c, x, c->ranges[i]) !=
					 c->servers[i * c->class_count + k])
				x->dirty |= PART_ROUTES;
		}
	}
}

/* ---- devices of the same person ---- */

static bool
self_filter_differs(const struct change *c, bool was, bool is)
{
	for (size_t w = 0; w < bits_words(c->e->plan->self_count); w++) {
		uint64_t before = was && c->from ? c->from->selfs[w] : 0;
		uint64_t after = is && c->to ? c->to->selfs[w] : 0;

		if (before != after || (before && !c->same_faces))
			return true;
	}
	return false;
}

static bool
linked(const struct change *c, bool with, const struct class *own,
	const struct machine *x)
{
	(void)c;
	return with && own && own->has_faces && x->face_count &&
	       (own->self_source || x->class->self_source);
}

static void
mark_sibling(struct change *c, const struct machine *x)
{
	bool was = c->old && c->from_person == x->person;
	bool is = c->next && c->to_person == x->person;
	bool linked_before = linked(c, was, c->from, x);
	bool linked_after = linked(c, is, c->to, x);
	bool before = linked_before || row(c->from, x->class->id);
	bool after = linked_after || row(c->to, x->class->id);

	if (x->face_count && self_filter_differs(c, was, is))
		mark(x, PART_FILTER);
	if (before != after)
		mark(x, PART_PEERS);
	if ((linked_before || linked_after) &&
		(record_differs(c) || c->range_count))
		mark(x, PART_ROUTES);
}

static void
mark_person(struct change *c, const struct person *p,
	void (*visit)(struct change *c, const struct machine *x))
{
	for (size_t i = 0; p && i < p->machine_count; i++)
		if (p->machines[i] != c->next)
			visit(c, p->machines[i]);
}

static void
mark_siblings(struct change *c,
	void (*visit)(struct change *c, const struct machine *x))
{
	mark_person(c, c->from_person, visit);
	if (c->to_person != c->from_person)
		mark_person(c, c->to_person, visit);
}

/* ---- SSH rules (spec/policy.md 15) ---- */

static void
mark_ssh_of(struct change *c, const struct machine *x)
{
	(void)c;
	mark(x, PART_SSH);
}

static bool
has_kind(const struct change *c, const struct alias_list *l,
	enum alias_kind kind)
{
	for (size_t i = 0; i < l->count; i++)
		if (c->e->plan->aliases[l->at[i]]->kind == kind)
			return true;
	return false;
}

static bool
ssh_source(const struct class *c, const struct ssh_rule *r)
{
	return c && c->has_faces && class_is_named(c, &r->src) &&
	       class_passes(c, &r->postures);
}

static bool
ssh_source_differs(const struct change *c, const struct ssh_rule *r)
{
	bool before = ssh_source(c->from, r), after = ssh_source(c->to, r);

	if (before != after)
		return true;
	if (!before)
		return false;
	if (!c->same_faces ||
		(c->from_person != c->to_person &&
			(r->localparts.count ||
				has_kind(c, &r->dst, ALIAS_SELF))))
		return true;
	/* Under autogroup:tagged a machine counts once for each of its tags,
	 * if no alias before it names the machine. */
	return (has_kind(c, &r->src, ALIAS_TAGGED) && c->from != c->to) ||
	       (r->localparts.count && c->person_differs);
}

void
change_forget_ssh(struct change *c)
{
	const struct policy *p = engine_policy(c->e);

	for (size_t i = 0; c->e->ssh_kept && i < p->ssh_count; i++)
		if (ssh_source_differs(c, &p->ssh[i]))
			ssh_kept_drop(c->e, i);
}

static bool
recorder_differs(const struct change *c, const struct ssh_rule *r)
{
	bool before = c->from && c->from->has_faces &&
		      class_is_named(c->from, &r->recorder);
	bool after = c->to && c->to->has_faces &&
		     class_is_named(c->to, &r->recorder);

	return before != after || (before && !c->same_faces);
}

static void
mark_ssh_rule(struct change *c, const struct ssh_rule *r, bool recorder)
{
	struct engine *e = c->e;
	bool self = has_kind(c, &r->dst, ALIAS_SELF);

	for (size_t k = 0; k < e->class_count; k++) {
		struct class *x = concerned(c, k);

		if (x && (class_is_named(x, &r->dst) ||
				 (recorder && ssh_source(x, r))))
			x->dirty |= PART_SSH;
	}
	if (self || r->localparts.count)
		mark_siblings(c, mark_ssh_of);
}

static void
mark_ssh(struct change *c)
{
	const struct policy *p = engine_policy(c->e);

	for (size_t i = 0; i < p->ssh_count; i++) {
		bool recorder = recorder_differs(c, &p->ssh[i]);

		if (recorder || ssh_source_differs(c, &p->ssh[i]))
			mark_ssh_rule(c, &p->ssh[i], recorder);
	}
}

/* What peers are told of a machine is its own part. */
static void
mark_names(struct change *c)
{
	struct engine *e = c->e;
	size_t words = bits_words(e->plan->sset_count);

	if (!bits_any(c->crossed, words))
		return;
	for (size_t k = 0; k < e->class_count; k++) {
		struct class *x = concerned(c, k);

		if (x && bits_meet(x->in, c->crossed, words))
			x->dirty |= PART_CAPS;
	}
}

void
change_mark(struct change *c)
{
	mark_filters(c);
	mark_names(c);
	mark_peers(c);
	mark_routes(c);
	if (c->e->plan->self_count)
		mark_siblings(c, mark_sibling);
	mark_ssh(c);
}

/* ---- told to whom it concerns ---- */

size_t
engine_dirty(struct engine *e, const struct engine_dirty **list)
{
	engine_settle(e);
	free(e->dirty);
	e->dirty = calloc(e->machine_count + 1, sizeof(*e->dirty));
	if (!e->dirty)
		abort();
	e->dirty_count = 0;
	for (size_t i = 0; i < e->machine_count; i++) {
		const struct machine *m = e->machines[i];
		unsigned parts = m->dirty | m->class->dirty;

		if (parts)
			e->dirty[e->dirty_count++] =
				(struct engine_dirty){ m->id, parts };
	}
	*list = e->dirty;
	return e->dirty_count;
}

void
engine_clean(struct engine *e)
{
	engine_settle(e);
	for (size_t i = 0; i < e->machine_count; i++)
		e->machines[i]->dirty = 0;
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i])
			e->classes[i]->dirty = 0;
}
