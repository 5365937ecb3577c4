/* Which routes of a node are approved. */
#include <string.h>

#include "base/list.h"
#include "tailnet/approvals.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"
#include "tailnet/routes.h"

struct routes_by {
	const char *actor;
	int64_t now;
};

/* How many of `l` are not in `other`; the exit routes come as a pair. */
static size_t
not_in(const struct json_texts *l, const struct json_texts *other)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		if (!list_has(other, l->at[i]) && strcmp(l->at[i], "::/0") != 0)
			count++;
	return count;
}

static enum err
compare(struct rule *r, const char *before, const char *after,
	struct routes_set *out)
{
	struct json_texts old, new;
	enum err e = json_texts_parse(before, r->mem, &old);

	if (!e)
		e = json_texts_parse(after, r->mem, &new);
	if (e)
		return e;
	out->approved = not_in(&new, &old);
	out->withdrawn = not_in(&old, &new);
	return ERR_OK;
}

/* What was approved before there was this check stays and may go. */
static enum err
check_new(struct rule *r, const char *before, const char *after)
{
	struct json_texts old, new;
	enum err e = json_texts_parse(before, r->mem, &old);

	if (!e)
		e = json_texts_parse(after, r->mem, &new);
	for (size_t i = 0; !e && i < new.count; i++)
		if (!list_has(&old, new.at[i]) && route_trouble(new.at[i]))
			e = ERR_BAD_ROUTE;
	return e;
}

/* The row is written, and who approved what; the same as before: nothing is. */
static enum err
store_set(struct rule *r, const struct node *before, const char *approved,
	const struct routes_by *by, struct routes_set *out)
{
	struct audit log = { .at = by->now,
		.actor = by->actor,
		.action = "machine.routes_set" };
	struct node n = *before;
	enum err e = check_new(r, before->approved_routes, approved);

	if (!e)
		e = compare(r, before->approved_routes, approved, out);
	if (e || strcmp(before->approved_routes, approved) == 0)
		return e;
	n.approved_routes = approved;
	log.detail = arena_printf(r->mem, "%zu approved, %zu withdrawn",
		out->approved, out->withdrawn);
	e = node_store(r, &n, before, &log);
	return e ? e
		 : approvals_follow(r->db, r->mem, &n, before->approved_routes,
			   by->actor, by->now);
}

enum err
tailnet_node_routes(struct db *db, int64_t id, const struct json_texts *routes,
	const char *actor, int64_t now, struct routes_set *out)
{
	const struct routes_by by = { actor, now };
	const char *approved;
	struct rule r;
	struct node n = { .id = 0 };
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = routes_to_approve(r.mem, routes, &approved);
	if (!e)
		e = store_set(&r, &n, approved, &by, out);
	return rule_end(&r, e);
}

/* Its approved routes with this one, or without it; an exit route brings the
 * other one along. */
static enum err
edited(struct rule *r, const struct node *n, const struct route_edit *x,
	const char **out)
{
	bool exit = route_is_exit(x->route);
	struct json_texts was, now;
	enum err e = json_texts_parse(n->approved_routes, r->mem, &was);

	if (e)
		return e;
	now.at = arena_array(r->mem, was.count + 1, sizeof(*now.at));
	now.count = 0;
	for (size_t i = 0; i < was.count; i++)
		if (exit ? !route_is_exit(was.at[i])
			 : strcmp(was.at[i], x->route) != 0)
			now.at[now.count++] = was.at[i];
	if (x->approve)
		now.at[now.count++] = x->route;
	return routes_to_approve(r->mem, &now, out);
}

/* What neither was advertised nor approved is no route of the machine. */
static bool
is_there(struct rule *r, const struct node *n, const char *route)
{
	struct json_texts advertised = { 0 }, approved = { 0 };

	return (!json_texts_parse(n->routes, r->mem, &advertised) &&
		       list_has(&advertised, route)) ||
	       (!json_texts_parse(n->approved_routes, r->mem, &approved) &&
		       list_has(&approved, route));
}

static enum err
edit(struct rule *r, const struct route_edit *x, const struct routes_by *by,
	struct routes_set *all)
{
	struct routes_set one = { 0, 0 };
	const char *approved;
	struct node n;
	enum err e = db_node_by_id(r->db, x->node_id, r->mem, &n);

	if (!e && !is_there(r, &n, x->route))
		e = ERR_NOT_FOUND;
	if (!e)
		e = edited(r, &n, x, &approved);
	if (!e)
		e = store_set(r, &n, approved, by, &one);
	all->approved += one.approved;
	all->withdrawn += one.withdrawn;
	return e;
}

enum err
tailnet_routes_edit(struct db *db, const struct route_edit *at, size_t count,
	const char *actor, int64_t now, struct routes_set *out)
{
	const struct routes_by by = { actor, now };
	struct rule r;
	enum err e = rule_begin(&r, db);

	*out = (struct routes_set){ 0, 0 };
	for (size_t i = 0; !e && i < count; i++)
		e = edit(&r, &at[i], &by, out);
	return rule_end(&r, e);
}

enum err
node_approve_routes(
	struct rule *r, const struct node *node, const char *actor, int64_t now)
{
	const struct routes_by by = { actor, now };
	struct routes_set set = { 0, 0 };
	struct json_texts all, was;
	const char *approved;
	enum err e = json_texts_parse(node->routes, r->mem, &all);
	const char **at;
	size_t count = 0;

	if (!e)
		e = json_texts_parse(node->approved_routes, r->mem, &was);
	if (e)
		return e;
	at = arena_array(r->mem, all.count + was.count + 1, sizeof(*at));
	for (size_t i = 0; i < was.count; i++)
		at[count++] = was.at[i];
	for (size_t i = 0; i < all.count; i++)
		if (!list_has(&was, all.at[i]) && !route_trouble(all.at[i]))
			at[count++] = all.at[i];
	e = routes_to_approve(
		r->mem, &(struct json_texts){ at, count }, &approved);
	return e ? e : store_set(r, node, approved, &by, &set);
}
