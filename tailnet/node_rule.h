/*
 * node_rule.h: what the rules about one node have in common: an arena and a
 * transaction for the length of the rule, and the row with its audit row.
 */
#ifndef TAILNET_NODE_RULE_H
#define TAILNET_NODE_RULE_H

#include "db/node.h"
#include "tailnet/audit.h"

struct rule {
	struct db *db;
	struct arena *mem; /* most rules hand nothing out */
};

enum err rule_begin(struct rule *r, struct db *db);
/* Commits, or takes it all back; the arena is gone. */
enum err rule_end(struct rule *r, enum err e);

/* Writes the row, and `log` with what differs from before; SSH checks follow.
 */
enum err node_store(struct rule *r, const struct node *n,
	const struct node *before, struct audit *log);

/* Parts of rules, for many nodes in one transaction: `node` as it is stored. */
enum err node_set_expiry(struct rule *r, const struct node *node, int64_t at,
	const char *actor, int64_t now);
enum err node_set_approved(struct rule *r, const struct node *node,
	bool approved, const char *actor, int64_t now);
/* `normal` as node_check_tags has it. */
enum err node_set_tags(struct rule *r, const struct node *node,
	const char *normal, const char *actor, int64_t now);
enum err node_check_tags(struct rule *r, const char *tags, const char **normal);
/* All that it advertises; routes that nobody can carry are left out. */
enum err node_approve_routes(struct rule *r, const struct node *node,
	const char *actor, int64_t now);

/* RequestTags of a lite update: taken where the tags that the node has own each
 * of them, else refused with an audit row.  The row is the caller's to write.
 */
enum err node_take_tags(
	struct rule *r, struct node *n, const char *wanted, int64_t now);

#endif
