/* cairn relays source … */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "tailnet/relays.h"

static void
put_source(struct value *v, const struct derp_source *s)
{
	value_int(v, "id", s->id);
	value_text(v, "place", s->place);
	value_int(v, "regions", s->regions);
	value_time(v, "read_at", s->read_at);
	value_time(v, "changed_at", s->changed_at);
	value_time(v, "tried_at", s->tried_at);
	value_text(v, "error", s->error);
}

static enum err
list_sources(struct cli *c)
{
	static const char *const heads[] = { "ID", "Place", "Regions", "Read",
		"Tried", "Error", NULL };
	struct value *list = value_new_list(c->mem);
	struct derp_source *rows;
	struct table t;
	size_t count;
	enum err e = db_derp_sources(c->db, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading sources");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_int(&t, rows[i].id);
		table_cell(&t, rows[i].place);
		table_int(&t, rows[i].regions);
		table_time(&t, rows[i].read_at);
		table_time(&t, rows[i].tried_at);
		table_cell(&t, rows[i].error);
		put_source(value_object(list, NULL), &rows[i]);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

static enum err
add_source(struct cli *c, const char *place)
{
	const struct relay_act act = { CLI_ACTOR, c->now };
	struct value *v = value_new_object(c->mem);
	struct relay_fault fault = { NULL, NULL };
	int64_t id = 0;
	enum err e = tailnet_relay_source_add(
		c->db, place, true, &act, c->mem, &id, &fault);

	if (e == ERR_BAD_INPUT)
		return cli_refuse(c, "adding source: enter %s", fault.why);
	if (e == ERR_EXISTS)
		return cli_refuse(c, "adding source: %s is one already", place);
	if (e == ERR_TOO_BIG)
		return cli_refuse(c, "adding source: there are %d, no more fit",
			RELAY_SOURCES_MAX);
	if (e)
		return cli_fail(c, e, "adding source");
	value_int(v, "id", id);
	value_text(v, "place", place);
	cli_answer(c, v, "Source added; it is read in a moment");
	return ERR_OK;
}

/* By id, or by what it is. */
static enum err
find_source(struct cli *c, const char *words, struct derp_source *out)
{
	int64_t id = 0;
	enum err e = text_int(words, &id)
			     ? db_derp_source_at(c->db, words, c->mem, out)
			     : db_derp_source(c->db, id, c->mem, out);

	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "there is no source \"%s\"", words);
		return e;
	}
	return e ? cli_fail(c, e, "finding the source") : ERR_OK;
}

/* `e` in the words of the command, or done. */
static enum err
answer(struct cli *c, enum err e, const char *doing, const char *place,
	const char *done)
{
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c, "there is no source \"%s\"", place);
	if (e)
		return cli_fail(c, e, doing);
	cli_answer(c, value_new_object(c->mem), done);
	return ERR_OK;
}

enum err
cmd_relays_source(struct cli *c)
{
	const char *verb = c->arg_count ? c->args[0] : "list";
	const struct relay_act act = { CLI_ACTOR, c->now };
	struct derp_source s = { .id = 0 };
	enum err e;

	if (strcmp(verb, "list") == 0)
		return list_sources(c);
	if (strcmp(verb, "add") != 0 && strcmp(verb, "remove") != 0 &&
		strcmp(verb, "refresh") != 0)
		return cli_refuse(c, "say list, add, remove or refresh");
	if (c->arg_count < 2)
		return cli_refuse(c,
			"missing parameters: the address or path of the "
			"source");
	if (strcmp(verb, "add") == 0)
		return add_source(c, c->args[1]);
	e = find_source(c, c->args[1], &s);
	if (e)
		return e;
	if (strcmp(verb, "remove") == 0)
		return answer(c, tailnet_relay_source_remove(c->db, s.id, &act),
			"removing source", s.place, "Source removed");
	return answer(c, tailnet_relay_source_refresh(c->db, s.id, &act),
		"reading source", s.place, "It is read in a moment");
}
