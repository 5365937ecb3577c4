#include "cli/settings_ask.h"

#include <string.h>

#include "base/clock.h"
#include "cli/print.h"
#include "tailnet/stale_ask.h"

static enum err
refuse_or_fail(struct cli *c, const struct setting_value *v, enum err e,
	const char *why)
{
	if (!e)
		return e;
	if (e == ERR_BAD_INPUT || e == ERR_DOMAIN_SERVER || e == ERR_OUTSIDE ||
		e == ERR_CHANGED)
		return cli_refuse(c, "setting %s: %s", v->name, why);
	return cli_fail(c, e, arena_printf(c->mem, "setting %s", v->name));
}

static bool
answer_is_yes(struct cli *c, const struct setting_asked *q)
{
	bool yes;

	fprintf(c->err, "%s\n", q->effect);
	if (q->names)
		fprintf(c->err, "%s\n", print_clean(c->mem, q->names, ""));
	yes = cli_confirm(c, "%s", q->question);
	c->now = clock_now(); /* whoever was asked took their time */
	return yes;
}

/* *seen NULL: --force. */
static enum err
ask(struct cli *c, const struct setting_value *v, const char **seen,
	bool *agreed, const char **why)
{
	struct setting_asked q;
	const char *field;
	enum err e = settings_ask(c->db, v, 1, c->now, c->mem, &q, &field, why);

	if (!e && strcmp(v->name, "stale_exempt") == 0)
		e = stale_exempt_check(c->db, v->value, c->mem, why);
	*agreed = e || c->force || !q.question || answer_is_yes(c, &q);
	*seen = e || c->force ? NULL : q.seen;
	return e;
}

enum err
settings_set_asked(struct cli *c, const struct setting_value *v, bool *agreed)
{
	const char *seen, *field, *why = "";
	enum err e = ask(c, v, &seen, agreed, &why);

	if (!e && *agreed)
		e = settings_agree(c->db, v, 1, seen, CLI_ACTOR, c->now, c->mem,
			&field, &why);
	return refuse_or_fail(c, v, e, why);
}
