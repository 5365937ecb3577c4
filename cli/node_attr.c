/* cairn nodes attr get|set|unset NODE [NAME [VALUE]] */
#include <inttypes.h>
#include <string.h>

#include "cli/nodes.h"
#include "db/attribute.h"
#include "tailnet/attribute.h"

static enum err
answer(struct cli *c, const struct attribute *rows, size_t count)
{
	static const char *const heads[] = { "Name", "Value", "Expires",
		"Set by", NULL };
	struct value *v = value_new_object(c->mem), *names, *ends;
	struct table t;

	names = value_object(v, "attributes");
	ends = value_object(v, "expiries");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		value_text(names, rows[i].name, rows[i].value);
		if (rows[i].expires_at)
			value_time(ends, rows[i].name, rows[i].expires_at);
		table_cell(&t, rows[i].name);
		table_cell(&t, rows[i].value);
		table_time(&t, rows[i].expires_at);
		table_cell(&t, rows[i].set_by);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, v);
	return ERR_OK;
}

/* All of them, or the one. */
static enum err
show(struct cli *c, const struct node *n, const char *only)
{
	struct attribute *rows;
	size_t count = 0;
	enum err e = db_attributes(c->db, n->id, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading attributes");
	if (!*only)
		return answer(c, rows, count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, only) == 0)
			return answer(c, &rows[i], 1);
	return cli_refuse(c, "%s has no attribute %s", n->name, only);
}

static enum err
set(struct cli *c, const struct node *n)
{
	struct attribute a = {
		.node_id = n->id, .name = c->args[2], .value = c->args[3]
	};
	enum err e = ERR_OK;

	if (cli_given(c, "expires"))
		e = take_when(c, cli_text(c, "expires"), &a.expires_at);
	if (e)
		return e;
	e = tailnet_attribute_set(c->db, &a, CLI_ACTOR, c->now);
	if (e == ERR_TOO_BIG)
		return cli_refuse(c,
			"setting attribute: a machine has at most %d of them",
			ATTRIBUTES_MAX);
	if (e == ERR_EXPIRED)
		return cli_refuse(c, "setting attribute: this time is past");
	return e ? cli_fail(c, e, "setting attribute") : show(c, n, a.name);
}

static enum err
unset(struct cli *c, const struct node *n)
{
	enum err e = tailnet_attribute_unset(
		c->db, n->id, c->args[2], CLI_ACTOR, c->now);

	if (e == ERR_NOT_FOUND)
		return cli_refuse(
			c, "%s has no attribute %s", n->name, c->args[2]);
	if (e)
		return cli_fail(c, e, "removing attribute");
	cli_result(c, "Attribute removed");
	return ERR_OK;
}

enum err
cmd_nodes_attr(struct cli *c)
{
	static const struct {
		const char *word;
		int least, most;
	} deeds[] = { { "get", 2, 3 }, { "set", 4, 4 }, { "unset", 3, 3 } };
	struct node n;
	size_t i = 0;
	enum err e;

	while (i < 3 && (!c->arg_count || strcmp(deeds[i].word, c->args[0])))
		i++;
	if (i == 3 || c->arg_count < deeds[i].least ||
		c->arg_count > deeds[i].most)
		return cli_refuse(c,
			"it is: get NODE [NAME], set NODE NAME VALUE, or "
			"unset NODE NAME");
	e = node_find(c, c->args[1], &n);
	if (e)
		return e;
	if (i == 0)
		return show(c, &n, c->arg_count == 3 ? c->args[2] : "");
	return i == 1 ? set(c, &n) : unset(c, &n);
}
