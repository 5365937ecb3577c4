/* Which routes of a node are approved. */
#include <string.h>

#include "base/list.h"
#include "tailnet/approvals.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"
#include "tailnet/routes.h"

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

enum err
tailnet_node_routes(struct db *db, int64_t id, const struct json_texts *routes,
	const char *actor, int64_t now, struct routes_set *out)
{
	struct audit log = {
		.at = now, .actor = actor, .action = "machine.routes_set"
	};
	struct rule r;
	struct node n = { .id = 0 }, before;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	before = n;
	if (!e)
		e = routes_to_approve(r.mem, routes, &n.approved_routes);
	if (!e)
		e = compare(&r, before.approved_routes, n.approved_routes, out);
	if (e || strcmp(before.approved_routes, n.approved_routes) == 0)
		return rule_end(&r, e);
	log.detail = arena_printf(r.mem, "%zu approved, %zu withdrawn",
		out->approved, out->withdrawn);
	e = node_store(&r, &n, &before, &log);
	if (!e)
		e = approvals_follow(
			db, r.mem, &n, before.approved_routes, actor, now);
	return rule_end(&r, e);
}
