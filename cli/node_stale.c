/* Machines that nobody uses: what the rule about them would do now. */
#include "base/json.h"
#include "cli/nodes.h"
#include "cli/print.h"
#include "cli/table.h"
#include "tailnet/stale.h"

static void
put_machine(struct cli *c, struct table *t, struct value *o,
	const struct stale_machine *m)
{
	const char *seen = table_time_words(c->mem, m->seen_at);

	table_int(t, m->id);
	table_cell(t, m->name);
	table_cell(t, m->owner);
	table_cell(t, m->never ? arena_printf(c->mem,
					 "never connected, made %s", seen)
			       : seen);
	value_int(o, "id", m->id);
	value_text(o, "name", m->name);
	value_text(o, "user", m->owner);
	value_int(o, "last_seen", m->seen_at);
	value_bool(o, "never_connected", m->never);
}

enum err
cmd_nodes_stale(struct cli *c)
{
	static const char *const heads[] = { "ID", "Name", "User", "Last seen",
		NULL };
	struct value *list = value_new_list(c->mem);
	struct stale_machine *rows;
	struct stale_rule rule;
	struct settings s;
	struct table t;
	size_t count;
	enum err e = settings_load(c->db, c->mem, &s);

	if (e)
		return cli_fail(c, e, "looking for stale machines");
	rule = stale_rule_of(&s);
	if (cli_number(c, "days"))
		rule.days = cli_number(c, "days");
	e = stale_find(c->db, &rule, c->now, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "looking for stale machines");
	table_init(&t, c->mem, c->colour, heads);
	list->keep = true;
	for (size_t i = 0; i < count; i++)
		put_machine(c, &t, value_object(list, NULL), &rows[i]);
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}
