/* Who gets which tags (spec/map-and-state.md 5.5). */
#include "base/list.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"
#include "tailnet/tag_owner.h"

enum err
node_check_tags(struct rule *r, const char *tags, const char **normal)
{
	const char *unknown;
	struct json_texts l;
	enum err e = json_texts_parse(tags, r->mem, &l);

	if (!e && l.count == 0)
		e = ERR_NO_TAGS;
	if (!e)
		e = tags_normal(r->mem, l.at, l.count, normal);
	return e ? e : tags_known(r->db, &l, &unknown);
}

enum err
node_set_tags(struct rule *r, const struct node *node, const char *normal,
	const char *actor, int64_t now)
{
	struct audit log = { .at = now,
		.actor = actor,
		.action = "machine.tagged",
		.detail = normal };
	struct node n = *node;

	if (n.user_id)
		n.expires_at = 0;
	n.user_id = 0;
	n.tags = normal;
	return node_store(r, &n, node, &log);
}

enum err
tailnet_node_tag(struct db *db, int64_t id, const char *tags, const char *actor,
	int64_t now)
{
	struct rule r;
	struct node n;
	const char *normal = NULL;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = node_check_tags(&r, tags, &normal);
	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e)
		e = node_set_tags(&r, &n, normal, actor, now);
	return rule_end(&r, e);
}

/* They are kept, so that the machine is told of once. */
static enum err
refuse(struct rule *r, const struct node *n, const char *wanted, int64_t now)
{
	return audit(r->db, now, "server", "machine.tags_refused", "node",
		n->id, wanted);
}

/* Its user is not there to be asked, so a user's machine must log in again. */
static enum err
take(struct rule *r, struct node *n, const struct json_texts *asked,
	const struct json_texts *has, const char *wanted, int64_t now)
{
	const char *words;
	enum err e =
		has->count ? tags_taken(r->db, NULL, has, asked, r->mem, &words)
			   : ERR_TAGS_REFUSED;

	if (e == ERR_TAGS_REFUSED)
		return refuse(r, n, wanted, now);
	if (e)
		return e;
	n->tags = wanted;
	return audit(r->db, now,
		arena_printf(r->mem, "node:%lld", (long long)n->id),
		"machine.tagged", "node", n->id, wanted);
}

enum err
node_take_tags(struct rule *r, struct node *n, const char *wanted, int64_t now)
{
	struct json_texts asked, has;
	enum err e = json_texts_parse(wanted, r->mem, &asked);

	if (!e)
		e = json_texts_parse(n->tags, r->mem, &has);
	if (e || list_within(&asked, &has))
		return e;
	return take(r, n, &asked, &has, wanted, now);
}

const char *
node_wanted_tags(struct arena *mem, const struct json_texts *request_tags)
{
	struct json_texts l = { arena_array(mem, TAGS_MAX, sizeof(char *)), 0 };

	for (size_t i = 0; i < request_tags->count && l.count < TAGS_MAX; i++)
		if (tag_is_valid(request_tags->at[i]))
			l.at[l.count++] = request_tags->at[i];
	list_sort(&l);
	return json_texts_print(mem, &l);
}
