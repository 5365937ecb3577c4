#include "tailnet/join.h"

#include <string.h>

#include "db/retired.h"
#include "tailnet/address.h"
#include "tailnet/audit.h"
#include "tailnet/auto_approve.h"
#include "tailnet/label.h"
#include "tailnet/node.h"
#include "tailnet/node_follow.h"
#include "tailnet/notice.h"
#include "tailnet/routes.h"

/* `have` is the row that the machine would get, id 0 if there is none. */
static enum err
check_node_key(struct db *db, const struct join *j, const struct node *have,
	struct arena *mem)
{
	struct retired_key retired;
	struct node holder;
	enum err e = db_node_by_node_key(db, &j->node_key, mem, &holder);

	if (!e && !key_equal(&holder.machine_key, &j->machine_key))
		return ERR_NODE_KEY_TAKEN;
	if (!e)
		return holder.id == have->id ? ERR_OK : ERR_EXISTS;
	if (e == ERR_NOT_FOUND)
		e = db_retired_by_key(db, &j->node_key, mem, &retired);
	if (!e)
		return key_equal(&retired.machine_key, &j->machine_key)
			       ? ERR_EXPIRED
			       : ERR_NODE_KEY_TAKEN;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int64_t
expiry_of(const struct settings *s, const struct join *j)
{
	int64_t at = j->user_id && s->node_expiry ? j->now + s->node_expiry : 0;

	if (j->wanted_expiry && (!at || j->wanted_expiry < at))
		at = j->wanted_expiry;
	return at;
}

static void
fill(struct node *n, const struct settings *s, const struct join *j,
	struct arena *mem)
{
	n->node_key = j->node_key;
	n->hostname = j->hostinfo->hostname ? j->hostinfo->hostname : "";
	n->hostinfo = j->hostinfo_raw ? j->hostinfo_raw : "{}";
	n->routes = routes_normal(mem, &j->hostinfo->routable_ips);
	n->requested_tags = node_wanted_tags(mem, &j->hostinfo->request_tags);
	n->capver = j->capver;
	n->ephemeral = j->ephemeral;
	n->register_method = j->method;
	n->preauth_key_id = j->preauth_key_id;
	n->expires_at = expiry_of(s, j);
	n->registered_by = j->actor;
	n->signed_in_at = j->now;
	/* A key does not undo what an admin withdrew. */
	if (!j->unapproved && !j->preauth_key_id)
		n->unapproved = false;
}

static enum err
renew(struct db *db, const struct settings *s, const struct join *j,
	struct arena *mem, struct node *n, struct json_texts *added)
{
	const char *before = label_from_hostname(mem, n->hostname);
	bool moves = n->user_id != j->user_id;
	const char *routes = moves ? "[]" : n->routes;
	const struct node old = *n;
	enum err e = ERR_OK;

	if (!key_equal(&n->node_key, &j->node_key))
		e = node_retire_key(db, n, "rotated", j->now);
	fill(n, s, j, mem);
	if (j->set_tags || moves)
		n->tags = j->tags;
	n->user_id = j->user_id;
	if (!e && !n->name_pinned &&
		strcmp(before, label_from_hostname(mem, n->hostname)) != 0)
		e = node_follow_hostname(db, mem, n);
	if (!e)
		e = auto_approve(db, mem, n, routes, added);
	if (!e)
		e = db_node_update(db, n);
	return e ? e : node_follow(db, &old, n, j->actor, j->now);
}

static enum err
add(struct db *db, const struct settings *s, const struct join *j,
	struct arena *mem, struct node *n, struct json_texts *added)
{
	enum err e;

	*n = (struct node){ .machine_key = j->machine_key,
		.user_id = j->user_id,
		.tags = j->tags,
		.approved_routes = "[]",
		.unapproved = j->unapproved && s->device_approval,
		.created_at = j->now };
	fill(n, s, j, mem);
	e = address_next(db, s, n, j->now, mem, &n->ipv4, &n->ipv6);
	if (!e)
		e = node_follow_hostname(db, mem, n);
	if (!e)
		e = auto_approve(db, mem, n, "[]", added);
	return e ? e : db_node_add(db, n, &n->id);
}

/* The row with the old node key, if this login takes it from a user to tags or
 * back; ERR_NOT_FOUND. */
static enum err
find_other_side(struct db *db, const struct join *j, struct arena *mem,
	struct node *out)
{
	struct node n;
	enum err e;

	if (key_is_zero(&j->old_node_key))
		return ERR_NOT_FOUND;
	e = db_node_by_node_key(db, &j->old_node_key, mem, &n);
	if (!e && (!key_equal(&n.machine_key, &j->machine_key) ||
			  !n.user_id == !j->user_id ||
			  (j->user_id && j->preauth_key_id)))
		e = ERR_NOT_FOUND;
	if (!e)
		*out = n;
	return e;
}

enum err
node_join(struct db *db, const struct settings *s, const struct join *j,
	struct arena *mem, struct node *out)
{
	struct node n = { .id = 0 };
	enum err e =
		db_node_by_machine(db, &j->machine_key, j->user_id, mem, &n);
	struct json_texts added = { NULL, 0 };
	const char *had = "[]";
	bool known;

	if (e == ERR_NOT_FOUND)
		e = find_other_side(db, j, mem, &n);
	known = !e;
	if (known)
		had = n.routes;
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (!e)
		e = check_node_key(db, j, &n, mem);
	if (!e)
		e = known ? renew(db, s, j, mem, &n, &added)
			  : add(db, s, j, mem, &n, &added);
	if (!e)
		e = audit_row(db, "node", n.id,
			&(struct audit){ .at = j->now,
				.actor = j->actor,
				.action = "machine.registered",
				.address = j->address,
				.detail = arena_printf(mem, "%s, %s, %s",
					n.name, known ? "again" : "new",
					j->detail) });
	if (!e)
		e = auto_approve_tell(db, mem, &n, &added, j->now);
	if (!e && !known)
		e = notice_machine_new(db, mem, &n, j->now);
	if (!e)
		e = notice_routes(db, mem, &n, had, j->now);
	if (!e)
		*out = n;
	return e;
}
