/*
 * via.c: which of the routers that a via grant names carries a prefix (14).
 *
 * The primary, if the grant names it.  Else the first, those in doubt last; and
 * whoever carries it then goes on while it is online and nothing speaks against
 * it, as the primary does (elect.h).  The engine itself remembers that, by
 * prefix and tags, so that it outlives the policy but not the process.
 */
#include <stdlib.h>
#include <uthash.h>

#include "base/own.h"
#include "policy/inside.h"

enum {
	VIAS_KEPT_MAX = 4096, /* past that all begin with the first again */
};

struct via_kept {
	struct sum key; /* of the prefix and the tags */
	int64_t id;
	UT_hash_handle hh;
};

static struct sum
key_of(const struct engine *e, const struct prefix *p, const struct entry *x)
{
	struct sum key = p->sum;

	for (size_t i = 0; i < x->via.count; i++)
		key = sum_plus(
			key, sum_of_text(e->plan->aliases[x->via.at[i]]->text));
	return key;
}

static struct via_kept *
find(const struct engine *e, const struct prefix *p, const struct entry *x)
{
	struct via_kept *k = NULL;
	struct sum key;

	if (!e->vias)
		return NULL;
	key = key_of(e, p, x);
	HASH_FIND(hh, e->vias, &key, sizeof(key), k);
	return k;
}

static bool
may_carry(const struct machine *m, const struct entry *x)
{
	return m->online && class_is_named(m->class, &x->via);
}

static struct machine *
kept(const struct engine *e, const struct prefix *p, const struct entry *x)
{
	const struct via_kept *k = find(e, p, x);

	for (size_t i = 0; k && i < p->router_count; i++)
		if (p->routers[i]->id == k->id && may_carry(p->routers[i], x))
			return p->routers[i];
	return NULL;
}

static struct machine *
best(const struct prefix *p, const struct entry *x)
{
	struct machine *doubtful = NULL;

	for (size_t i = 0; i < p->router_count; i++) {
		struct machine *m = p->routers[i];

		if (!may_carry(m, x))
			continue;
		if (!m->doubtful)
			return m;
		if (!doubtful)
			doubtful = m;
	}
	return doubtful;
}

struct machine *
via_carrier(
	const struct engine *e, const struct prefix *p, const struct entry *x)
{
	struct machine *primary = prefix_primary(p), *now, *next;

	if (primary && class_is_named(primary->class, &x->via))
		return primary;
	now = kept(e, p, x);
	next = best(p, x);
	return now && (!now->doubtful || next->doubtful) ? now : next;
}

static const struct machine *
first_named(const struct prefix *p, const struct entry *x)
{
	for (size_t i = 0; i < p->router_count; i++)
		if (class_is_named(p->routers[i]->class, &x->via))
			return p->routers[i];
	return NULL;
}

static void
keep(struct engine *e, const struct prefix *p, const struct entry *x,
	int64_t id)
{
	struct via_kept *k = find(e, p, x);

	if (!k) {
		if (HASH_COUNT(e->vias) >= VIAS_KEPT_MAX)
			vias_clear(e);
		k = own_alloc(sizeof(*k));
		k->key = key_of(e, p, x);
		HASH_ADD(hh, e->vias, key, sizeof(k->key), k);
	}
	k->id = id;
}

static void
drop(struct engine *e, struct via_kept *k)
{
	if (!k)
		return;
	HASH_DEL(e->vias, k);
	free(k);
}

/* The first needs no row: whoever asks comes to it. */
void
vias_note(struct engine *e, struct prefix *p)
{
	for (size_t i = 0; p->router_count > 1 && i < e->plan->via_count; i++) {
		const struct entry *x = &e->plan->entries[e->plan->vias[i]];
		const struct machine *m = via_carrier(e, p, x);

		if (m && m != first_named(p, x))
			keep(e, p, x, m->id);
		else if (m)
			drop(e, find(e, p, x));
	}
}

void
vias_clear(struct engine *e)
{
	struct via_kept *k, *next;

	HASH_ITER(hh, e->vias, k, next)
	{
		drop(e, k);
	}
}
