#include "policy/inside.h"

/* Questions about aliases, for SSH rules and tests.  They may come first. */
static struct engine *
settled(const struct engine *e)
{
	engine_settle((struct engine *)e);
	return (struct engine *)e;
}

bool
machine_named(const struct engine *e, uint32_t alias, const struct machine *m)
{
	settled(e);
	return bit_get(m->class->named, alias);
}

void
engine_members(const struct engine *e, uint32_t alias,
	void (*visit)(void *arg, const struct machine *m), void *arg)
{
	settled(e);
	for (size_t i = 0; i < e->machine_count; i++)
		if (bit_get(e->machines[i]->class->named, alias))
			visit(arg, e->machines[i]);
}

size_t
engine_member_count(const struct engine *e, uint32_t alias)
{
	size_t count = 0;

	settled(e);
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i] && bit_get(e->classes[i]->named, alias))
			count += e->classes[i]->member_count;
	return count;
}

bool
machine_passes(const struct engine *e, const struct json_ints *postures,
	const struct machine *m)
{
	settled(e);
	return class_passes(m->class, postures);
}

bool
machine_has_posture(
	const struct engine *e, size_t posture, const struct machine *m)
{
	return posture_holds(e, posture, m);
}

struct json_texts
engine_source_texts(struct engine *e, struct arena *mem,
	const struct alias_list *src, const struct json_ints *postures)
{
	struct sset s;

	sset_make(settled(e)->plan, mem, src, postures, &s);
	return sset_texts(e, mem, &s);
}

bool
engine_source_holds(struct engine *e, const struct alias_list *src,
	const struct json_ints *postures, struct addr address)
{
	struct arena *mem = arena_new();
	struct range r = { address, address };
	struct sset s;
	bool holds;

	sset_make(settled(e)->plan, mem, src, postures, &s);
	holds = sset_overlaps(e, &s, r);
	arena_free(mem);
	return holds;
}

/* ---- destinations ---- */

static void
add(struct arena *mem, struct json_texts *l, size_t *room, const char *text)
{
	if (l->count == *room) {
		const char **at = arena_array(mem, 2 * *room + 8, sizeof(*at));

		for (size_t i = 0; i < l->count; i++)
			at[i] = l->at[i];
		l->at = at;
		*room = 2 * *room + 8;
	}
	l->at[l->count++] = arena_strdup(mem, text);
}

struct json_texts
engine_destination_texts(
	const struct engine *e, struct arena *mem, uint32_t alias)
{
	const struct alias *a = settled(e)->plan->aliases[alias];
	struct range_set s = alias_ranges(a);
	struct json_texts out = { NULL, 0 };
	char text[RANGE_TEXT_SIZE];
	size_t room = 0;

	if (a->kind == ALIAS_ANY) {
		add(mem, &out, &room, "*");
		return out;
	}
	for (size_t i = 0; a->kind == ALIAS_INTERNET && i < INTERNET_TEXTS; i++)
		add(mem, &out, &room, internet_texts[i]);
	for (size_t i = 0; i < s.count; i++) {
		range_print(s.at[i], text);
		add(mem, &out, &room, text);
	}
	for (size_t i = 0; i < e->machine_count; i++) {
		const struct machine *m = e->machines[i];

		if (bit_get(m->class->named, alias))
			for (size_t k = 0; k < m->face_count; k++)
				add(mem, &out, &room, m->faces[k].text);
	}
	return out;
}

static bool
face_within(const struct machine *m, struct range r)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			return true;
	return false;
}

static bool
destination_overlaps(const struct engine *e, uint32_t alias, struct range r)
{
	if (alias_overlaps(e->plan->aliases[alias], r))
		return true;
	for (size_t i = 0; i < e->machine_count; i++)
		if (bit_get(e->machines[i]->class->named, alias) &&
			face_within(e->machines[i], r))
			return true;
	return false;
}

bool
engine_destination_holds(
	const struct engine *e, uint32_t alias, struct addr address)
{
	const struct alias *a = settled(e)->plan->aliases[alias];
	struct range r = { address, address };

	if (a->kind == ALIAS_ANY)
		return true;
	for (size_t i = 0; a->kind == ALIAS_INTERNET && i < INTERNET_TEXTS; i++)
		if (range_holds(e->plan->internet_ranges[i], address))
			return true;
	return destination_overlaps(e, alias, r);
}

bool
engine_destination_routed(
	const struct engine *e, uint32_t alias, const struct machine *m)
{
	settled(e);
	for (size_t i = 0; i < m->subnet_count; i++)
		if (e->plan->aliases[alias]->kind == ALIAS_ANY ||
			destination_overlaps(e, alias, m->subnets[i]->range))
			return true;
	return false;
}

bool
machine_admitted_to_self(const struct engine *e, const struct alias_list *src,
	const struct json_ints *postures, const struct machine *m)
{
	settled(e);
	return m->person && m->face_count && class_passes(m->class, postures) &&
	       class_is_named(m->class, src);
}
