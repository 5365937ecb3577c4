#include "tailnet/approvals.h"

#include "base/list.h"
#include "db/policy_text.h"
#include "db/route_approval.h"
#include "tailnet/audit.h"
#include "tailnet/routes.h"

/* The exit routes go together. */
static enum err
put(struct db *db, const char *route, struct route_approval *a)
{
	enum err e;

	a->route = route_is_exit(route) ? "0.0.0.0/0" : route;
	e = db_route_approval_put(db, a);
	a->route = "::/0";
	return e || !route_is_exit(route) ? e : db_route_approval_put(db, a);
}

static enum err
put_all(struct db *db, const struct json_texts *routes,
	const struct json_texts *but, struct route_approval *a)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < routes->count; i++)
		if (!list_has(but, routes->at[i]))
			e = put(db, routes->at[i], a);
	return e;
}

/* One that was approved before anybody wrote it down has no row. */
static enum err
drop_all(struct db *db, int64_t node_id, const struct json_texts *routes,
	const struct json_texts *but)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < routes->count; i++) {
		if (list_has(but, routes->at[i]))
			continue;
		e = db_route_approval_delete(db, node_id, routes->at[i]);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e;
}

enum err
approvals_follow(struct db *db, struct arena *mem, const struct node *n,
	const char *before, const char *actor, int64_t now)
{
	struct route_approval a = { .node_id = n->id,
		.actor = actor,
		.actor_name = audit_actor_name(db, mem, actor),
		.at = now };
	struct json_texts old, new;
	enum err e = json_texts_parse(before, mem, &old);

	if (!e)
		e = json_texts_parse(n->approved_routes, mem, &new);
	if (!e)
		e = put_all(db, &new, &old, &a);
	return e ? e : drop_all(db, n->id, &old, &new);
}

enum err
approvals_by_policy(struct db *db, int64_t node_id,
	const struct json_texts *routes, int64_t now)
{
	static const struct json_texts none;
	struct route_approval a = {
		.node_id = node_id, .actor = "policy", .at = now
	};
	char hash[POLICY_HASH_TEXT + 1];
	enum err e = db_policy_newest(db, &a.version, hash);

	return e ? e : put_all(db, routes, &none, &a);
}
