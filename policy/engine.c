#include "policy/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

struct engine *
engine_new(void)
{
	struct engine *e = own_alloc(sizeof(*e));

	e->plan = plan_new(NULL);
	e->loose = true;
	return e;
}

static void
person_free(struct person *p)
{
	free((char *)p->login);
	free((char *)p->other_login);
	free((char *)p->groups);
	free(p->machines);
	free(p->views);
	free(p->memos);
	free(p->selfs);
	free(p->held);
	free(p);
}

void
engine_free(struct engine *e)
{
	if (!e)
		return;
	classes_clear(e);
	prefixes_clear(e);
	vias_clear(e);
	ssh_kept_clear(e);
	for (size_t i = 0; i < e->machine_count; i++)
		machine_free(e->machines[i]);
	for (size_t i = 0; i < e->person_count; i++)
		person_free(e->people[i]);
	plan_free(e->plan);
	free(e->people);
	free(e->machines);
	faces_forget(e);
	free(e->classes);
	free(e->class_table);
	free(e->prefixes);
	free(e->named_count);
	free(e->firsts);
	free(e->dirty);
	free(e->display_name);
	free(e);
}

static bool
means_the_same(const struct policy *a, const struct policy *b)
{
	return a && b && sum_equal(a->meaning, b->meaning);
}

/* Numbers of aliases, rules and sets are the same in both; only lines and
 * columns are others.  So what was worked out stays. */
static void
exchange_plan(struct engine *e, struct policy *p)
{
	struct plan *next = plan_new(p);

	for (size_t i = 0; i < next->sset_count; i++) {
		struct sset *from = &e->plan->ssets[i], *to = &next->ssets[i];

		to->sum = from->sum;
		to->count = from->count;
		to->capped = from->capped;
		to->json = from->json;
		to->json_len = from->json_len;
		from->json = NULL;
	}
	plan_free(e->plan);
	e->plan = next;
}

void
engine_set_policy(struct engine *e, struct policy *p)
{
	if (!e->loose && means_the_same(e->plan->policy, p)) {
		exchange_plan(e, p);
		return;
	}
	engine_loosen(e);
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i])
			e->classes[i]->dirty = 0;
	/* Classes, prefixes and principals are of the old plan. */
	ssh_kept_clear(e);
	classes_clear(e);
	prefixes_clear(e);
	for (size_t i = 0; i < e->machine_count; i++) {
		e->machines[i]->class = NULL;
		e->machines[i]->subnet_count = 0;
	}
	plan_free(e->plan);
	e->plan = plan_new(p);
	e->json_bytes = 0;
}

/* ---- settings ---- */

static struct sum
caps_sum(struct engine *e, const struct machine *m)
{
	struct arena *mem = arena_new();
	struct sum sum;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	caps_put(e, m, &b);
	sum = sum_of(b.bytes, b.len);
	arena_free(mem);
	return sum;
}

static bool
take_settings(struct engine *e, const struct engine_settings *s)
{
	bool differs = e->https != s->https ||
		       e->auto_updates != s->auto_updates ||
		       e->taildrop_off != s->taildrop_off;

	e->https = s->https;
	e->auto_updates = s->auto_updates;
	e->taildrop_off = s->taildrop_off;
	e->cap_sources_from = s->cap_sources_from;
	return own_text(&e->display_name, s->display_name) || differs;
}

void
engine_set_settings(struct engine *e, const struct engine_settings *s)
{
	struct sum *before = NULL;

	if (e->cap_sources_from != s->cap_sources_from)
		engine_loosen(e);
	if (!e->loose) {
		before = own_alloc(e->machine_count * sizeof(*before) + 1);
		for (size_t i = 0; i < e->machine_count; i++)
			before[i] = caps_sum(e, e->machines[i]);
	}
	(void)take_settings(e, s);
	for (size_t i = 0; before && i < e->machine_count; i++)
		if (!sum_equal(before[i], caps_sum(e, e->machines[i])))
			e->machines[i]->dirty |= PART_CAPS;
	free(before);
}

/* ---- people ---- */

static void
take_text(const char **at, const char *text)
{
	char *own = (char *)*at;

	(void)own_text(&own, text);
	*at = own;
}

static void
take_person(struct person *p, const struct engine_person *from)
{
	take_text(&p->login, from->login);
	take_text(&p->other_login, from->other_login);
	take_text(&p->groups, from->groups);
	p->role = from->role;
}

static void
change_person(
	struct engine *e, struct person *p, const struct engine_person *from)
{
	struct arena *mem = arena_new();
	struct change **c =
		arena_array(mem, p->machine_count, sizeof(struct change *));
	size_t count = p->machine_count;

	if (e->mixed)
		engine_loosen(e);
	for (size_t i = 0; !e->loose && i < count; i++)
		c[i] = change_begin(e, mem, p->machines[i], p->machines[i]);
	take_person(p, from);
	for (size_t i = 0; !e->loose && i < count; i++)
		change_end(c[i]);
	for (size_t i = 0; !e->loose && i < count; i++)
		change_compare(c[i]);
	arena_free(mem);
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

enum err
engine_put_person(struct engine *e, const struct engine_person *from)
{
	struct person *p;

	if (from->id <= 0 || !from->login)
		return ERR_BAD_INPUT;
	p = person_get(e, from->id);
	if (p->login && same(p->login, from->login) &&
		same(p->other_login, from->other_login) &&
		same(p->groups, from->groups) && p->role == from->role)
		return ERR_OK;
	change_person(e, p, from);
	return ERR_OK;
}

void
engine_drop_person(struct engine *e, int64_t id)
{
	if (engine_person(e, id))
		change_person(e, person_get(e, id),
			&(struct engine_person){
				.id = id, .role = POLICY_ROLES });
}

/* ---- machines ---- */

/* Put down as it is; what follows is worked out later. */
static void
replace_loosely(struct engine *e, struct machine *old, struct machine *next)
{
	if (old) {
		person_unlink(old);
		machines_remove(e, old);
	}
	if (!next)
		return;
	if (next->user_id)
		person_link(person_get(e, next->user_id), next);
	machines_insert(e, next);
	next->dirty = old ? old->dirty : ALL_PARTS;
	if (old) {
		next->before = old->before;
		old->before = NULL;
	}
}

static void
replace(struct engine *e, struct machine *old, struct machine *next)
{
	struct arena *mem;

	if (!e->loose && (e->mixed || (next && prefixes_hold(e, next))))
		engine_loosen(e);
	if (e->loose) {
		replace_loosely(e, old, next);
	} else {
		mem = arena_new();
		classes_drop_idle(e);
		change_end(change_begin(e, mem, old, next));
		arena_free(mem);
	}
	if (old)
		machine_free(old);
}

enum err
engine_put_machine(struct engine *e, const struct engine_machine *from)
{
	struct machine *old = (struct machine *)engine_machine(e, from->id);
	struct machine *next;
	enum err err;

	if (from->id <= 0)
		return ERR_BAD_INPUT;
	err = machine_new(from, &next);
	if (err)
		return err;
	if (old && machine_equal(old, next))
		machine_free(next);
	else
		replace(e, old, next);
	return ERR_OK;
}

void
engine_drop_machine(struct engine *e, int64_t id)
{
	struct machine *old = (struct machine *)engine_machine(e, id);

	if (old)
		replace(e, old, NULL);
}

struct json_texts
engine_names(const struct engine *e, struct arena *mem)
{
	const struct policy *p = engine_policy(e);
	struct json_texts l = { arena_array(mem,
					p->tag_owner_count + p->alias_count + 1,
					sizeof(const char *)),
		0 };

	for (size_t i = 0; i < p->tag_owner_count; i++)
		l.at[l.count++] = p->tag_owners[i].tag;
	for (size_t i = 0; i < p->alias_count; i++)
		if (p->aliases[i].kind == ALIAS_GROUP)
			l.at[l.count++] = p->aliases[i].text;
	return l;
}
