/* Who gets which tags (spec/map-and-state.md 5.5). */
#include "base/list.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"

static enum err
check_tags(struct arena *mem, const char *tags, const char **normal)
{
	struct json_texts l;
	enum err e = json_texts_parse(tags, mem, &l);

	if (!e && l.count == 0)
		e = ERR_NO_TAGS;
	if (!e)
		e = tags_normal(mem, l.at, l.count, normal);
	return e;
}

enum err
tailnet_node_tag(struct db *db, int64_t id, const char *tags, const char *actor,
	int64_t now)
{
	struct audit log = {
		.at = now, .actor = actor, .action = "machine.tagged"
	};
	struct rule r;
	struct node n, before;
	const char *normal = NULL;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = check_tags(r.mem, tags, &normal);
	if (!e)
		e = db_node_by_id(db, id, r.mem, &n);
	if (!e) {
		before = n;
		if (n.user_id)
			n.expires_at = 0;
		n.user_id = 0;
		n.tags = normal;
		log.detail = normal;
		e = node_store(&r, &n, &before, &log);
	}
	return rule_end(&r, e);
}
