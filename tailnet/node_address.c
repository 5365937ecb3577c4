/* Which addresses a machine has, where somebody chose them. */
#include <string.h>

#include "db/retired.h"
#include "tailnet/address.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"

static bool
same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* *out as it is printed everywhere, NULL for ""; what it has it may keep. */
static enum err
take(struct rule *r, const char *text, const char *prefix, int family,
	const char *has, const char **out)
{
	struct prefix p = { .bits = 0 };
	char normal[IP_TEXT_SIZE];
	struct ip ip;
	bool taken;
	enum err e;

	*out = NULL;
	if (!*text)
		return ERR_OK;
	if (ip_parse(text, &ip) || ip.family != family)
		return ERR_BAD_ADDRESS;
	ip_print(&ip, normal);
	*out = arena_strdup(r->mem, normal);
	if (same(*out, has))
		return ERR_OK;
	e = *prefix ? prefix_parse(prefix, &p) : ERR_OK;
	if (!e && !address_may_be(&p, &ip))
		e = ERR_ADDRESS_RANGE;
	if (!e)
		e = db_node_address_taken(r->db, normal, &taken);
	return !e && taken ? ERR_ADDRESS_TAKEN : e;
}

/* Others may still send to it. */
static enum err
leave(struct rule *r, const char *before, const char *after, int64_t now)
{
	return before && !same(before, after)
		       ? db_address_hold(
				 r->db, before, now + ADDRESS_HOLD_SECONDS)
		       : ERR_OK;
}

static enum err
take_both(struct rule *r, const struct settings *s,
	const struct node_addresses *wanted, struct node *n, int *fault)
{
	const struct node has = *n;
	enum err e =
		take(r, wanted->ipv4, s->ipv4_prefix, 4, has.ipv4, &n->ipv4);

	*fault = 4;
	if (!e && !*wanted->ipv4 && !*wanted->ipv6)
		e = ERR_BAD_ADDRESS;
	if (e)
		return e;
	*fault = 6;
	return take(r, wanted->ipv6, s->ipv6_prefix, 6, has.ipv6, &n->ipv6);
}

static enum err
store(struct rule *r, const struct node *n, const struct node *before,
	const char *actor, int64_t now)
{
	struct audit log = {
		.at = now, .actor = actor, .action = "machine.address_set"
	};
	enum err e = leave(r, before->ipv4, n->ipv4, now);

	if (!e)
		e = leave(r, before->ipv6, n->ipv6, now);
	return e ? e : node_store(r, n, before, &log);
}

enum err
tailnet_node_addresses(struct db *db, const struct settings *s, int64_t id,
	const struct node_addresses *wanted, const char *actor, int64_t now,
	int *fault)
{
	struct node n = { .id = 0 }, before;
	struct rule r;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	before = n;
	if (!e)
		e = take_both(&r, s, wanted, &n, fault);
	if (!e && (!same(before.ipv4, n.ipv4) || !same(before.ipv6, n.ipv6)))
		e = store(&r, &n, &before, actor, now);
	return rule_end(&r, e);
}
