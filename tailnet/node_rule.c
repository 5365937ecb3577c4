#include "tailnet/node_rule.h"

#include "tailnet/changes.h"
#include "tailnet/node_follow.h"

enum err
rule_begin(struct rule *r, struct db *db)
{
	r->db = db;
	r->mem = arena_new();
	return db_begin(db);
}

enum err
rule_end(struct rule *r, enum err e)
{
	e = db_end(r->db, e);
	arena_free(r->mem);
	return e;
}

enum err
node_store(struct rule *r, const struct node *n, const struct node *before,
	struct audit *log)
{
	struct changes c;
	enum err e = db_node_update(r->db, n);

	changes_init(&c, r->mem);
	changes_text(&c, "name", before->name, n->name);
	changes_bool(&c, "name_follows_hostname", !before->name_pinned,
		!n->name_pinned);
	changes_raw(&c, "tags", before->tags, n->tags);
	changes_raw(&c, "owner",
		arena_printf(r->mem, "%lld", (long long)before->user_id),
		arena_printf(r->mem, "%lld", (long long)n->user_id));
	changes_text(&c, "ipv4", before->ipv4, n->ipv4);
	changes_text(&c, "ipv6", before->ipv6, n->ipv6);
	changes_time(&c, "expires_at", before->expires_at, n->expires_at);
	changes_bool(&c, "approved", !before->unapproved, !n->unapproved);
	changes_raw(&c, "approved_routes", before->approved_routes,
		n->approved_routes);
	log->before = changes_before(&c);
	log->after = changes_after(&c);
	if (!e)
		e = audit_row(r->db, "node", n->id, log);
	return e ? e : node_follow(r->db, before, n, log->actor, log->at);
}
