#include "tailnet/stale.h"

#include <string.h>

#include "base/text.h"
#include "db/job.h"
#include "tailnet/node.h"
#include "tailnet/node_rule.h"

enum {
	DAY = 86400,
};

struct stale_rule
stale_rule_of(const struct settings *s)
{
	return (struct stale_rule){ s->stale_days,
		strcmp(s->stale_action, "delete") == 0, s->stale_exempt };
}

bool
stale_is_exempt(const char *names, const char *name)
{
	size_t len = strlen(name);

	while (*names) {
		size_t n = strcspn(names, " ");

		if (n == len && strncmp(names, name, n) == 0)
			return true;
		names += n;
		names += *names == ' ';
	}
	return false;
}

enum err
stale_find(struct db *db, const struct stale_rule *rule, int64_t now,
	struct arena *mem, struct stale_machine **rows, size_t *count)
{
	struct node_silent *all;
	size_t found = 0;
	enum err e = ERR_OK;

	*count = 0;
	*rows = NULL;
	if (rule->days < 1)
		return ERR_OK;
	e = db_nodes_silent(db, now - rule->days * DAY, now, mem, &all, &found);
	if (e)
		return e;
	*rows = arena_array(mem, found + 1, sizeof(**rows));
	for (size_t i = 0; i < found; i++)
		if ((rule->deletes || !all[i].expired) &&
			!stale_is_exempt(rule->exempt, all[i].name))
			(*rows)[(*count)++] = (struct stale_machine){ all[i].id,
				all[i].name, all[i].owner, all[i].seen_at,
				all[i].never };
	return ERR_OK;
}

static enum err
act(struct rule *r, const struct stale_rule *rule, int64_t id, int64_t now)
{
	struct node n;
	enum err e = db_node_by_id(r->db, id, r->mem, &n);

	if (e)
		return e;
	return rule->deletes ? node_remove(r->db, &n, "server",
				       "machine.deleted", now)
			     : node_set_expiry(r, &n, now, "server", now);
}

enum err
tailnet_stale_run(struct db *db, int64_t now, size_t *done, bool *more)
{
	struct stale_machine *rows;
	struct stale_rule rule = { 0 };
	struct settings s;
	struct rule r;
	size_t count = 0, i = 0;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = settings_load(db, r.mem, &s);
	if (!e) {
		rule = stale_rule_of(&s);
		e = stale_find(db, &rule, now, r.mem, &rows, &count);
	}
	for (; !e && i < count && i < STALE_AT_ONCE; i++)
		e = act(&r, &rule, rows[i].id, now);
	e = rule_end(&r, e);
	if (e)
		return e;
	*done = i;
	*more = i < count;
	return ERR_OK;
}

enum err
stale_setting_changed(struct db *db, const char *name, int64_t now)
{
	return text_starts(name, "stale_") ? db_job_want(db, STALE_JOB, 0, now)
					   : ERR_OK;
}
