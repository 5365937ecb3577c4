#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/identity.h"

/* ---- routes (spec/policy.md 17) ---- */

static bool
is_default(struct range r)
{
	int bits;

	return range_is_cidr(r, &bits) && bits == 0;
}

/* The entry that approves it; NULL: none does. */
static const struct policy_place *
approver_of(
	const struct engine *e, const struct machine *m, const struct route *r)
{
	const struct policy *p = engine_policy(e);

	if (is_default(r->range))
		return class_is_named(m->class, &p->exit_node)
			       ? &p->exit_node_place
			       : NULL;
	for (size_t i = 0; i < p->route_count; i++)
		if (range_within(r->range, p->routes[i].route) &&
			class_is_named(m->class, &p->routes[i].who))
			return &p->routes[i].place;
	return NULL;
}

void
engine_auto_approved(
	struct engine *e, int64_t id, struct arena *mem, struct json_texts *out)
{
	const struct machine *m;

	engine_settle(e);
	m = engine_machine(e, id);
	*out = (struct json_texts){
		arena_array(mem, m ? m->offered_count : 0, sizeof(*out->at)), 0
	};
	for (size_t i = 0; m && i < m->offered_count; i++)
		if (approver_of(e, m, &m->offered[i]))
			out->at[out->count++] =
				arena_strdup(mem, m->offered[i].text);
}

struct policy_place
engine_auto_approver(struct engine *e, int64_t id, const char *route)
{
	const struct policy_place *found = NULL;
	const struct machine *m;

	engine_settle(e);
	m = engine_machine(e, id);
	for (size_t i = 0; m && !found && i < m->offered_count; i++)
		if (strcmp(m->offered[i].text, route) == 0)
			found = approver_of(e, m, &m->offered[i]);
	return found ? *found : (struct policy_place){ 0, 0 };
}

/* ---- tags ---- */

/* Tags of which it is still to be seen who owns them. */
struct queue {
	uint64_t *seen; /* by tag: a circle gives nobody */
	const struct tag_owner **at;
	size_t count;
};

static void
ask_for(const struct policy *p, struct queue *q, const struct tag_owner *t)
{
	size_t number = (size_t)(t - p->tag_owners);

	if (bit_get(q->seen, number))
		return;
	bit_set(q->seen, number);
	q->at[q->count++] = t;
}

/* Who owns an owner owns. */
static bool
owns(const struct engine *e, const uint64_t *names, struct queue *q)
{
	const struct policy *p = engine_policy(e);

	while (q->count) {
		const struct alias_list *owners = &q->at[--q->count]->owners;

		for (size_t i = 0; i < owners->count; i++) {
			const struct alias *a = e->plan->aliases[owners->at[i]];
			const struct tag_owner *inner = NULL;

			if (bit_get(names, owners->at[i]))
				return true;
			if (a->kind == ALIAS_TAG)
				inner = policy_tag(p, a->text);
			if (inner)
				ask_for(p, q, inner);
		}
	}
	return false;
}

static bool
may_take_any(const struct person *p)
{
	return p->role == POLICY_ROLE_OWNER || p->role == POLICY_ROLE_ADMIN ||
	       p->role == POLICY_ROLE_NETWORK_ADMIN;
}

bool
engine_owns_tag(struct engine *e, int64_t user_id,
	const struct json_texts *tags, const char *tag)
{
	const struct policy *p = engine_policy(e);
	const struct tag_owner *t = policy_tag(p, tag);
	const struct person *who = engine_person(e, user_id);
	bool tagged = tags && tags->count, owned;
	struct queue q = { .count = 0 };
	uint64_t *names;

	if (!t || (!tagged && !who))
		return false;
	if (!tagged && may_take_any(who))
		return true;
	names = own_alloc(bits_words(e->plan->alias_count) * sizeof(*names));
	q.seen = own_alloc(bits_words(p->tag_owner_count) * sizeof(*q.seen));
	q.at = own_alloc(p->tag_owner_count * sizeof(*q.at));
	if (tagged)
		tags_names(e->plan, tags, names);
	else
		person_names(e->plan, who, names);
	ask_for(p, &q, t);
	owned = owns(e, names, &q);
	free(names);
	free(q.seen);
	free(q.at);
	return owned;
}
