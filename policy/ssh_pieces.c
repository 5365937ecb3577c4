#include "policy/ssh_pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"

struct walk {
	struct engine *e;
	const struct machine *m, *from;
	ssh_visit *visit;
	void *arg;
};

/* ---- sources ------------------------------------------------------------- */

size_t
ssh_named_at(const struct engine *e, const struct alias_list *l,
	const struct machine *m)
{
	for (size_t i = 0; i < l->count; i++)
		if (machine_named(e, l->at[i], m))
			return i;
	return SIZE_MAX;
}

/* By the attributes of `m`, which may be those that a test gives it. */
static bool
passes(const struct engine *e, const struct json_ints *postures,
	const struct machine *m)
{
	for (size_t i = 0; i < postures->count; i++)
		if (machine_has_posture(e, (size_t)postures->at[i], m))
			return true;
	return !postures->count;
}

bool
ssh_is_source(const struct engine *e, const struct ssh_rule *r,
	const struct machine *m)
{
	return ssh_named_at(e, &r->src, m) != SIZE_MAX &&
	       passes(e, &r->postures, m);
}

static bool
is_source_person(const struct engine *e, const struct ssh_rule *r,
	const struct person *p)
{
	for (size_t i = 0; p && i < p->machine_count; i++)
		if (ssh_is_source(e, r, p->machines[i]))
			return true;
	return false;
}

/* Who is among the sources of a rule: people by id, and whether tags are. */
struct people {
	const struct engine *e;
	const struct ssh_rule *rule;
	struct arena *mem;
	const struct person **at;
	size_t count, room;
	bool tagged;
};

static void
add_person(struct people *all, const struct person *p)
{
	if (all->count == all->room) {
		const struct person **more;

		all->room = all->room ? 2 * all->room : 16;
		more = arena_array(all->mem, all->room, sizeof(const void *));
		if (all->count)
			memcpy(more, all->at,
				all->count * sizeof(const void *));
		all->at = more;
	}
	all->at[all->count++] = p;
}

static void
note_source(void *arg, const struct machine *m)
{
	struct people *all = arg;

	if (!machine_passes(all->e, &all->rule->postures, m))
		return;
	if (m->tags.count)
		all->tagged = true;
	else if (m->person)
		add_person(all, m->person);
}

static int
by_id(const void *a, const void *b)
{
	const struct person *x = *(const struct person *const *)a;
	const struct person *y = *(const struct person *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static void
find_people(struct people *all)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->rule->src.count; i++)
		engine_members(all->e, all->rule->src.at[i], note_source, all);
	if (all->count)
		qsort(all->at, all->count, sizeof(const void *), by_id);
	for (size_t i = 0; i < all->count; i++)
		if (!kept || all->at[kept - 1] != all->at[i])
			all->at[kept++] = all->at[i];
	all->count = kept;
}

static void
stop_at_source(void *arg, const struct machine *m)
{
	struct people *all = arg;

	if (!all->tagged)
		all->tagged = machine_passes(all->e, &all->rule->postures, m);
}

static bool
has_sources(const struct engine *e, const struct ssh_rule *r)
{
	struct people any = { .e = e, .rule = r };

	for (size_t i = 0; i < r->src.count; i++) {
		if (!r->postures.count && engine_member_count(e, r->src.at[i]))
			return true;
		if (r->postures.count)
			engine_members(e, r->src.at[i], stop_at_source, &any);
		if (any.tagged)
			return true;
	}
	return false;
}

const char *
ssh_local_part(
	struct arena *mem, const struct ssh_rule *r, const struct person *p)
{
	const char *at = p && p->login ? strrchr(p->login, '@') : NULL;

	if (!at || !list_has(&r->localparts, at + 1))
		return NULL;
	return arena_printf(mem, "%.*s", (int)(at - p->login), p->login);
}

/* ---- pieces -------------------------------------------------------------- */

static bool
covers(const struct walk *w, const struct ssh_piece *p)
{
	switch (p->sources) {
	case SSH_PERSON:
		return w->from->person == p->person;
	case SSH_TAGGED:
		return w->from->tags.count > 0;
	case SSH_MACHINE:
		return w->from->id == p->machine->id;
	default:
		return true;
	}
}

static void
give(const struct walk *w, const struct ssh_piece *p)
{
	if (!w->from || (covers(w, p) && ssh_is_source(w->e, p->rule, w->from)))
		w->visit(w->arg, p);
}

/* What one person's machines get of a rule: the common users, then the person's
 * own login where the rule has a localpart for its domain. */
static void
give_person(
	const struct walk *w, const struct ssh_rule *r, const struct person *p)
{
	struct ssh_piece piece = {
		.rule = r, .sources = SSH_PERSON, .person = p
	};
	const char *at = p->login ? strrchr(p->login, '@') : NULL;

	give(w, &piece);
	piece.personal = true;
	if (at && list_has(&r->localparts, at + 1))
		give(w, &piece);
}

static void
give_each(const struct walk *w, const struct ssh_rule *r)
{
	struct ssh_piece tagged = { .rule = r, .sources = SSH_TAGGED };
	struct people all = { .e = w->e, .rule = r };

	if (w->from) { /* the others' are not asked for */
		if (w->from->person)
			give_person(w, r, w->from->person);
		give(w, &tagged);
		return;
	}
	all.mem = arena_new();
	find_people(&all);
	for (size_t i = 0; i < all.count; i++)
		give_person(w, r, all.at[i]);
	if (all.tagged)
		give(w, &tagged);
	arena_free(all.mem);
}

/* `m` is a destination by something other than autogroup:self. */
static void
give_destination(const struct walk *w, const struct ssh_rule *r)
{
	struct ssh_piece piece = { .rule = r, .sources = SSH_ALL };

	if (r->localparts.count)
		give_each(w, r);
	else if (w->from || has_sources(w->e, r))
		give(w, &piece);
}

/* A source of a localpart rule gets it for itself, or for its person. */
static void
give_source(const struct walk *w, const struct ssh_rule *r)
{
	struct ssh_piece piece = {
		.rule = r, .sources = SSH_MACHINE, .machine = w->m
	};

	if (w->m->tags.count)
		give(w, &piece);
	else if (w->m->person)
		give_person(w, r, w->m->person);
}

static void
walk_rule(const struct walk *w, const struct ssh_rule *r)
{
	const struct policy *p = engine_policy(w->e);
	bool self = false, others = false, named = false;

	for (size_t i = 0; i < r->dst.count; i++) {
		uint32_t alias = r->dst.at[i];

		if (p->aliases[alias].kind == ALIAS_SELF) {
			self = true;
			continue;
		}
		others = true;
		named = named || machine_named(w->e, alias, w->m);
	}
	if (self && w->m->person &&
		(w->from || is_source_person(w->e, r, w->m->person)))
		give_person(w, r, w->m->person);
	if (named)
		give_destination(w, r);
	else if (others && r->localparts.count && ssh_is_source(w->e, r, w->m))
		give_source(w, r);
}

void
ssh_pieces(struct engine *e, const struct machine *m,
	const struct machine *from, ssh_visit *visit, void *arg)
{
	const struct walk w = { e, m, from, visit, arg };
	const struct policy *p = engine_policy(e);

	for (int check = 1; check >= 0; check--)
		for (size_t i = 0; i < p->ssh_count; i++)
			if (p->ssh[i].check == (check == 1))
				walk_rule(&w, &p->ssh[i]);
}
