#include "tailnet/node.h"

#include <string.h>

#include "base/clock.h"
#include "db/retired.h"
#include "tailnet/address.h"
#include "tailnet/audit.h"
#include "tailnet/auto_approve.h"
#include "tailnet/label.h"
#include "tailnet/node_follow.h"
#include "tailnet/node_rule.h"
#include "tailnet/notice.h"
#include "tailnet/routes.h"

static bool
same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static char *
lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

enum err
node_follow_hostname(struct db *db, struct arena *mem, struct node *n)
{
	return label_free(db, mem, label_from_hostname(mem, n->hostname), n->id,
		&n->name);
}

static enum err
pin_name(struct rule *r, const struct settings *s, struct node *n,
	const char *name)
{
	bool taken = false;
	enum err e;

	if (!label_is_valid(name) || label_is_reserved(name))
		return ERR_BAD_NAME;
	if (strlen(name) + 1 + strlen(s->dns_domain) > FQDN_MAX)
		return ERR_TOO_BIG;
	e = db_node_name_taken(r->db, name, n->id, &taken);
	if (!e && taken)
		e = ERR_EXISTS;
	n->name = name;
	n->name_pinned = true;
	return e;
}

enum err
tailnet_node_rename(struct db *db, const struct settings *s, int64_t id,
	const char *name, const char *actor, int64_t now)
{
	struct audit log = {
		.at = now, .actor = actor, .action = "machine.renamed"
	};
	struct rule r;
	struct node n = { .id = 0 }, before;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	before = n;
	if (!e && *name)
		e = pin_name(&r, s, &n, lower(r.mem, name));
	else if (!e) {
		n.name_pinned = false;
		e = node_follow_hostname(db, r.mem, &n);
	}
	log.detail = n.name;
	if (!e)
		e = node_store(&r, &n, &before, &log);
	return rule_end(&r, e);
}

enum err
node_set_expiry(struct rule *r, const struct node *node, int64_t at,
	const char *actor, int64_t now)
{
	bool at_once = at && at <= now;
	struct node n = *node;
	struct audit log = { .at = now,
		.actor = actor,
		.action = at_once ? "machine.expired" : "machine.expiry_set" };

	n.expires_at = at_once ? now : at;
	log.detail = at ? clock_print(r->mem, n.expires_at) : "never";
	return node_store(r, &n, node, &log);
}

enum err
tailnet_node_expire(
	struct db *db, int64_t id, int64_t at, const char *actor, int64_t now)
{
	struct rule r;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = node_set_expiry(&r, &n, at, actor, now);
	return rule_end(&r, e);
}

enum err
tailnet_node_expire_default(struct db *db, const struct settings *s, int64_t id,
	const char *actor, int64_t now)
{
	struct rule r;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = node_set_expiry(&r, &n,
			n.user_id && s->node_expiry ? now + s->node_expiry : 0,
			actor, now);
	return rule_end(&r, e);
}

enum err
node_set_approved(struct rule *r, const struct node *node, bool approved,
	const char *actor, int64_t now)
{
	struct audit log = { .at = now,
		.actor = actor,
		.action =
			approved ? "machine.approved" : "machine.unapproved" };
	struct node n = *node;

	n.unapproved = !approved;
	return n.unapproved == node->unapproved ? ERR_OK
						: node_store(r, &n, node, &log);
}

enum err
tailnet_node_approve(struct db *db, int64_t id, bool approved,
	const char *actor, int64_t now)
{
	struct rule r;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = node_set_approved(&r, &n, approved, actor, now);
	return rule_end(&r, e);
}

enum err
node_retire_key(
	struct db *db, const struct node *n, const char *reason, int64_t now)
{
	return db_retired_add(
		db, &(struct retired_key){ .node_key = n->node_key,
			    .machine_key = n->machine_key,
			    .node_id = n->id,
			    .user_id = n->user_id,
			    .name = n->name,
			    .reason = reason,
			    .retired_at = now });
}

enum err
node_remove(struct db *db, const struct node *n, const char *actor,
	const char *action, int64_t now)
{
	int64_t until = now + ADDRESS_HOLD_SECONDS;
	enum err e = node_retire_key(db, n, "deleted", now);

	if (!e && n->ipv4)
		e = db_address_hold(db, n->ipv4, until);
	if (!e && n->ipv6)
		e = db_address_hold(db, n->ipv6, until);
	if (!e)
		e = db_node_delete(db, n->id);
	if (!e)
		e = audit_row(db, "node", n->id,
			&(struct audit){ .at = now,
				.actor = actor,
				.action = action,
				.detail = n->name,
				.subject_name = n->name });
	return e ? e : node_follow(db, n, NULL, actor, now);
}

enum err
tailnet_node_delete(struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct rule r;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = node_remove(db, &n, actor, "machine.deleted", now);
	return rule_end(&r, e);
}

enum err
tailnet_node_reap(struct db *db, int64_t id, int64_t now)
{
	struct rule r;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e && !n.ephemeral)
		e = ERR_NOT_FOUND;
	if (!e)
		e = node_remove(db, &n, "server", "machine.deleted", now);
	return rule_end(&r, e);
}

enum err
tailnet_node_hostinfo(struct db *db, const struct settings *s, int64_t id,
	const struct tailcfg_hostinfo *h, const char *raw, int64_t capver,
	int64_t now)
{
	const char *hostname = h->hostname ? h->hostname : "";
	const char *routes, *wanted, *before;
	struct json_texts added;
	bool renamed;
	struct rule r;
	struct node n, old;
	enum err e = rule_begin(&r, db);

	(void)s;
	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (e)
		return rule_end(&r, e);
	old = n;
	routes = routes_normal(r.mem, &h->routable_ips);
	wanted = node_wanted_tags(r.mem, &h->request_tags);
	renamed = !same(n.hostname, hostname);
	if (!renamed && same(n.routes, routes) &&
		same(n.requested_tags, wanted))
		return rule_end(&r, ERR_OK);
	if (!same(n.requested_tags, wanted))
		e = node_take_tags(&r, &n, wanted, now);
	renamed = renamed && !same(label_from_hostname(r.mem, n.hostname),
				     label_from_hostname(r.mem, hostname));
	before = n.routes;
	n.hostname = hostname;
	n.routes = routes;
	n.requested_tags = wanted;
	n.hostinfo = raw ? raw : "{}";
	n.capver = capver;
	if (!e && renamed && !n.name_pinned)
		e = node_follow_hostname(db, r.mem, &n);
	if (!e)
		e = auto_approve(db, r.mem, &n, before, &added);
	if (!e)
		e = db_node_update(db, &n);
	if (!e)
		e = auto_approve_tell(db, r.mem, &n, &added, now);
	if (!e)
		e = node_follow(db, &old, &n,
			arena_printf(r.mem, "node:%lld", (long long)id), now);
	if (!e)
		e = notice_routes(db, r.mem, &n, before, now);
	return rule_end(&r, e);
}
