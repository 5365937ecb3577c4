/* cairn settings … */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/settings_ask.h"
#include "db/setting.h"
#include "tailnet/settings.h"

/* Stored hashed; what is shown says only that there is one. */
#define SECRET_SETTING "metrics_token"
#define SECRET_SHOWN   "(set)"

static enum err
stored(struct cli *c, const struct setting_row *row, const char **value)
{
	enum err e = db_setting_get(c->db, row->name, c->mem, value);

	if (e == ERR_NOT_FOUND) {
		*value = row->otherwise;
		return ERR_OK;
	}
	if (e)
		return cli_fail(c, e, "reading settings");
	if (strcmp(row->name, SECRET_SETTING) == 0 && **value)
		*value = SECRET_SHOWN;
	return ERR_OK;
}

static const char *
when_words(const struct setting_row *row)
{
	return strcmp(row->when, "start") == 0 ? "next start" : "now";
}

static void
put_setting(struct value *v, const struct setting_row *row, const char *value)
{
	v->plain = true;
	value_text(v, "name", row->name);
	value_text(v, "value", value);
	value_text(v, "default", row->otherwise);
	value_text(v, "when", when_words(row));
}

enum err
cmd_settings_list(struct cli *c)
{
	static const char *const heads[] = { "Name", "Value", "Default",
		"A change counts", NULL };
	struct value *list = value_new_list(c->mem);
	struct table t;
	enum err e = ERR_OK;

	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; !e && i < setting_row_count; i++) {
		const struct setting_row *row = &setting_rows[i];
		const char *value;

		e = stored(c, row, &value);
		if (e)
			break;
		table_cell(&t, row->name);
		table_cell(&t, value);
		table_cell(&t, row->otherwise);
		table_cell(&t, when_words(row));
		put_setting(value_object(list, NULL), row, value);
	}
	if (e)
		return e;
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

static enum err
named(struct cli *c, const struct setting_row **row)
{
	if (!c->arg_count)
		return cli_refuse(c, "missing parameters: the setting's name");
	*row = setting_row(c->args[0]);
	if (!*row)
		return cli_refuse(c,
			"there is no setting \"%s\"; 'cairn settings list' "
			"shows them all",
			c->args[0]);
	return ERR_OK;
}

enum err
cmd_settings_get(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	const struct setting_row *row;
	const char *value;
	enum err e = named(c, &row);

	if (!e)
		e = stored(c, row, &value);
	if (e)
		return e;
	put_setting(v, row, value);
	cli_answer(c, v, value);
	return ERR_OK;
}

/* It may be meant so, for a proxy that comes later. */
static void
warn_of_url(struct cli *c, const char *name, const char *url)
{
	if (strcmp(name, "url") == 0 && *url &&
		settings_url_needs_https(url, c->mem))
		fprintf(c->err,
			"Warning: clients take http:// with a private IP "
			"address or localhost only; with this one they look "
			"for https\n");
}

enum err
cmd_settings_set(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	const struct setting_row *row;
	const char *value;
	bool agreed = true;
	enum err e = named(c, &row);

	if (e)
		return e;
	if (c->arg_count < 2)
		return cli_refuse(c, "missing parameters: the new value");
	e = settings_set_asked(
		c, &(struct setting_value){ row->name, c->args[1] }, &agreed);
	if (e)
		return e;
	if (!agreed) {
		cli_result(c, "Setting not stored");
		return ERR_OK;
	}
	e = stored(c, row, &value);
	if (e)
		return e;
	warn_of_url(c, row->name, value);
	put_setting(v, row, value);
	cli_answer(c, v,
		strcmp(row->when, "start") == 0
			? "Setting stored; it counts from the next start on"
			: "Setting stored");
	return ERR_OK;
}
