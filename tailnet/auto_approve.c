#include "tailnet/auto_approve.h"

#include <string.h>

#include "base/list.h"
#include "tailnet/approvals.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/policy_ask.h"
#include "tailnet/routes.h"

/* Those of the advertised routes that were not advertised before. */
static enum err
find_new(struct arena *mem, const struct node *n, const char *before,
	struct json_texts *out)
{
	struct json_texts all, old;
	enum err e = json_texts_parse(n->routes, mem, &all);

	if (!e)
		e = json_texts_parse(before, mem, &old);
	if (e)
		return e;
	out->at = arena_array(mem, all.count + 1, sizeof(char *));
	out->count = 0;
	for (size_t i = 0; i < all.count; i++)
		if (!list_has(&old, all.at[i]))
			out->at[out->count++] = all.at[i];
	return ERR_OK;
}

/* What is approved already is not added; the exit routes go together. */
static enum err
add(struct arena *mem, struct node *n, const struct json_texts *more,
	struct json_texts *added)
{
	struct json_texts have, all;
	const char *json;
	enum err e = json_texts_parse(n->approved_routes, mem, &have);

	if (e)
		return e;
	all.at = arena_array(mem, have.count + more->count + 1, sizeof(char *));
	all.count = have.count;
	memcpy(all.at, have.at, have.count * sizeof(char *));
	added->at = arena_array(mem, more->count + 1, sizeof(char *));
	for (size_t i = 0; i < more->count; i++)
		if (!list_has(&have, more->at[i]) &&
			!route_trouble(more->at[i])) {
			all.at[all.count++] = more->at[i];
			added->at[added->count++] = more->at[i];
		}
	if (!added->count)
		return ERR_OK;
	e = routes_to_approve(mem, &all, &json);
	if (e == ERR_TOO_BIG) {
		added->count = 0;
		return ERR_OK;
	}
	if (!e)
		n->approved_routes = json;
	return e;
}

enum err
auto_approve(struct db *db, struct arena *mem, struct node *n,
	const char *before, struct json_texts *added)
{
	struct json_texts new, more;
	struct user owner;
	enum err e = find_new(mem, n, before, &new);

	*added = (struct json_texts){ NULL, 0 };
	if (e || !new.count)
		return e;
	if (n->user_id)
		e = db_user_by_id(db, n->user_id, mem, &owner);
	if (!e)
		e = policy_ask_routes(
			db, n, n->user_id ? &owner : NULL, &new, mem, &more);
	return e ? e : add(mem, n, &more, added);
}

enum err
auto_approve_tell(struct db *db, struct arena *mem, const struct node *n,
	const struct json_texts *added, int64_t now)
{
	struct audit log = {
		.at = now, .actor = "policy", .action = "machine.routes_set"
	};
	struct changes c;
	enum err e;

	if (!added->count)
		return ERR_OK;
	changes_init(&c, mem);
	changes_raw(&c, "approved_routes", "[]", json_texts_print(mem, added));
	log.after = changes_after(&c);
	log.detail = arena_printf(mem, "%zu approved", added->count);
	e = audit_row(db, "node", n->id, &log);
	return e ? e : approvals_by_policy(db, n->id, added, now);
}

enum err
auto_approve_all(struct db *db, struct arena *mem, int64_t now)
{
	struct json_texts added;
	struct node *nodes;
	size_t count = 0;
	enum err e = db_nodes_with_routes(db, mem, &nodes, &count);

	for (size_t i = 0; !e && i < count; i++) {
		e = auto_approve(db, mem, &nodes[i], "[]", &added);
		if (!e && added.count)
			e = db_node_update(db, &nodes[i]);
		if (!e)
			e = auto_approve_tell(db, mem, &nodes[i], &added, now);
	}
	return e;
}
