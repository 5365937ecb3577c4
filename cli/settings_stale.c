#include "cli/settings_stale.h"

#include <string.h>

#include "base/text.h"
#include "cli/print.h"
#include "tailnet/stale_ask.h"

/* The rule with that one setting as it shall be.  What the value may be at all
 * the setting itself says, in the words of every setting. */
static enum err
wanted_rule(struct cli *c, const char *name, const char *value,
	struct stale_rule *rule)
{
	const struct setting_value v = { name, value };
	const char *field, *why = "";
	enum err e = settings_try(c->db, &v, 1, c->mem, &field, &why);

	if (!e && strcmp(name, "stale_exempt") == 0) {
		e = stale_exempt_check(c->db, value, c->mem, &why);
		rule->exempt = value;
	}
	if (!e && strcmp(name, "stale_days") == 0)
		e = text_int(value, &rule->days);
	if (strcmp(name, "stale_action") == 0)
		rule->deletes = strcmp(value, "delete") == 0;
	if (e == ERR_BAD_INPUT)
		return cli_refuse(c, "setting %s: %s", name, why);
	return e ? cli_fail(c, e, arena_printf(c->mem, "setting %s", name))
		 : ERR_OK;
}

enum err
settings_stale_agree(
	struct cli *c, const char *name, const char *value, bool *agreed)
{
	struct stale_rule now, rule;
	struct stale_asked q = { .count = 0 };
	struct settings s;
	enum err e;

	*agreed = true;
	if (!text_starts(name, "stale_"))
		return ERR_OK;
	e = settings_load(c->db, c->mem, &s);
	if (e)
		return cli_fail(c, e, "reading settings");
	now = rule = stale_rule_of(&s);
	e = wanted_rule(c, name, value, &rule);
	if (e)
		return e;
	e = stale_ask(c->db, &now, &rule, c->now, c->mem, &q);
	if (e)
		return cli_fail(c, e, "looking for stale machines");
	if (!q.count || c->force)
		return ERR_OK;
	fprintf(c->err, "%s\n%s\n", q.effect, print_clean(c->mem, q.names, ""));
	*agreed = cli_confirm(c, "%s", q.question);
	return ERR_OK;
}
