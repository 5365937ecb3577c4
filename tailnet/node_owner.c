/* Whose a machine is. */
#include "db/user.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"

/* Who acts may put machines in both names: taking one away is no less. */
static enum err
may_move(struct rule *r, const struct actor *a, const struct node *n,
	const struct user *to)
{
	struct user from;
	enum err e;

	if (!n->user_id)
		return ERR_TAGGED;
	e = db_user_by_id(r->db, n->user_id, r->mem, &from);
	if (!e && (!actor_may_own_as(a, &from) || !actor_may_own_as(a, to)))
		e = ERR_DENIED;
	return e;
}

static enum err
move(struct rule *r, const struct actor *a, const struct node *before,
	const struct user *to, bool sign_in, int64_t now)
{
	struct audit log = { .at = now,
		.actor = actor_text(r->mem, a),
		.action = "machine.owner_set",
		.detail = to->name };
	struct node n = *before;
	enum err e;

	n.user_id = to->id;
	if (sign_in)
		n.expires_at = now;
	e = node_store(r, &n, before, &log);
	return e == ERR_EXISTS ? ERR_HAS_MACHINE : e;
}

enum err
tailnet_node_move(struct db *db, const struct actor *a, int64_t id,
	int64_t user_id, bool sign_in, int64_t now)
{
	struct rule r;
	struct user to;
	struct node n;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = db_user_by_id(db, user_id, r.mem, &to);
	if (!e)
		e = may_move(&r, a, &n, &to);
	if (!e && n.user_id != to.id)
		e = move(&r, a, &n, &to, sign_in, now);
	return rule_end(&r, e);
}
