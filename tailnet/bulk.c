#include "tailnet/bulk.h"

#include "tailnet/node.h"
#include "tailnet/node_rule.h"

static enum err
act(struct rule *r, const struct bulk *b, const struct node *n,
	const char *tags)
{
	switch (b->action) {
	case BULK_APPROVE:
		return node_set_approved(r, n, true, b->actor, b->now);
	case BULK_TAG:
		return node_set_tags(r, n, tags, b->actor, b->now);
	case BULK_ROUTES:
		return node_approve_routes(r, n, b->actor, b->now);
	case BULK_NO_EXPIRY:
		return node_set_expiry(r, n, 0, b->actor, b->now);
	case BULK_EXPIRE:
		return node_set_expiry(r, n, b->now, b->actor, b->now);
	case BULK_DELETE:
		return node_remove(
			r->db, n, b->actor, "machine.deleted", b->now);
	case BULK_ACTIONS:
		break;
	}
	return ERR_BAD_INPUT;
}

/* What is about this machine and not about the disk: the others are looked at
 * all the same, so that whoever mends it hears of all at once. */
static bool
is_refusal(enum err e)
{
	return e == ERR_NOT_FOUND || e == ERR_EXISTS || e == ERR_BAD_ROUTE ||
	       e == ERR_TOO_BIG;
}

static bool
is_again(const struct bulk *b, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (b->ids[k] == b->ids[i])
			return true;
	return false;
}

static enum err
act_on(struct rule *r, const struct bulk *b, int64_t id, const char *tags,
	struct arena *mem, struct bulk_refusal *out)
{
	struct node n = { .name = NULL };
	enum err e = db_node_by_id(r->db, id, r->mem, &n);

	if (!e)
		e = act(r, b, &n, tags);
	*out = (struct bulk_refusal){ id,
		n.name ? arena_strdup(mem, n.name) : NULL, e };
	return e;
}

enum err
tailnet_bulk(struct db *db, const struct bulk *b, struct arena *mem,
	struct bulk_refusal **refused, size_t *count)
{
	const char *tags = NULL;
	struct rule r;
	enum err e = b->count > BULK_MAX ? ERR_TOO_BIG : ERR_OK;

	*count = 0;
	if (e)
		return e;
	*refused = arena_array(mem, b->count + 1, sizeof(**refused));
	e = rule_begin(&r, db);
	if (!e && b->action == BULK_TAG)
		e = node_check_tags(&r, b->tags, &tags);
	for (size_t i = 0; !e && i < b->count; i++) {
		if (is_again(b, i))
			continue;
		e = act_on(&r, b, b->ids[i], tags, mem, &(*refused)[*count]);
		if (is_refusal(e)) {
			++*count;
			e = ERR_OK;
		}
	}
	return rule_end(&r, e ? e : *count ? ERR_DENIED : ERR_OK);
}
