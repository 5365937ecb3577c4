/* cairn policy rules: entries of the policy one by one, in and out at their
 * place in the text (policy/edit.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/diff.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/texts.h"
#include "policy/edit.h"
#include "tailnet/policy_store.h"

#define DOING "changing the policy"

struct change {
	struct policy_text now; /* "" if there is none */
	struct policy_edit edit;
	const char *what; /* "Added to grants" */
	const char *text;
};

static enum err
read_now(struct cli *c, struct policy_text *out)
{
	enum err e = db_policy_current(c->db, c->mem, out);

	if (e != ERR_NOT_FOUND)
		return e ? cli_fail(c, e, DOING) : ERR_OK;
	*out = (struct policy_text){ .text = "", .hash = "" };
	return ERR_OK;
}

static enum err
refuse_text(struct cli *c, enum err e, const struct policy_error *error)
{
	if (e != ERR_POLICY && e != ERR_TOO_BIG)
		return cli_fail(c, e, DOING);
	(void)cli_refuse(c, "%s: %s", DOING, policy_error_words(c->mem, error));
	return e;
}

/* ---- list ---- */

static void
show_entries(struct cli *c, const struct policy_entry *at, size_t count)
{
	static const char *const heads[] = { "Place", "Line", "Entry", NULL };
	struct table t;

	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_cell(&t, at[i].place);
		table_int(&t, at[i].line);
		table_cell(&t, at[i].json);
	}
	cli_print_table(c, &t);
}

static enum err
list(struct cli *c)
{
	struct value *all = value_new_list(c->mem);
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy_entry *at;
	struct policy_text now;
	size_t count;
	enum err e = read_now(c, &now);

	if (e)
		return e;
	e = policy_entries(now.text, c->mem, &at, &count, &error);
	if (e)
		return refuse_text(c, e, &error);
	if (c->format == FORMAT_PLAIN) {
		show_entries(c, at, count);
		return ERR_OK;
	}
	all->keep = true;
	for (size_t i = 0; i < count; i++) {
		struct value *v = value_object(all, NULL);

		value_text(v, "place", at[i].place);
		value_int(v, "line", at[i].line);
		value_text(v, "entry", at[i].json);
	}
	cli_print_value(c, c->out, all);
	return ERR_OK;
}

/* ---- what is asked ---- */

/* What goes into a section by flags, and those without which it says nothing;
 * "a|b": one of them. */
static const struct {
	const char *section;
	enum policy_edit_kind kind;
	const char *needs[4];
} sections[] = {
	{ "grants", EDIT_RULE_IN, { "src", "dst", "ports" } },
	{ "ssh", EDIT_SSH_IN, { "src", "dst", "users" } },
	{ "tests", EDIT_TEST_IN, { "src" } },
	{ "sshTests", EDIT_SSH_TEST_IN, { "src", "dst" } },
};

static void
take_flags(struct cli *c, struct policy_edit *e)
{
	for (size_t i = 0; i < POLICY_EDIT_LISTS; i++) {
		struct json_texts l;

		l.count = texts_of_commas(
			c->mem, cli_text(c, policy_edit_lists[i]), &l.at);
		*policy_edit_list(e, i) = l;
	}
	e->from = cli_text(c, "src");
	e->action = cli_given(c, "action") ? cli_text(c, "action") : "accept";
	e->period = cli_text(c, "period");
	e->proto = cli_text(c, "proto");
}

/* "groups" of "group:dev", "tagOwners" of "tag:web"; NULL: neither. */
static const char *
section_of_name(const char *name)
{
	return text_starts(name, "group:") ? "groups"
	       : text_starts(name, "tag:") ? "tagOwners"
					   : NULL;
}

static enum err
take_entry(struct cli *c, const char *section, struct change *ch)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const char *const *need = sections[i].needs;

		if (strcmp(section, sections[i].section) != 0)
			continue;
		for (; *need; need++)
			if (!*cli_text(c, *need))
				return cli_refuse(c, "%s: %s needs --%s", DOING,
					section, *need);
		ch->edit.kind = sections[i].kind;
		take_flags(c, &ch->edit);
		ch->what = arena_printf(c->mem, "Added to %s", section);
		return ERR_OK;
	}
	return cli_refuse(c,
		"%s: \"%s\" is neither grants, ssh, tests, sshTests, nor a "
		"group:NAME or tag:NAME with a value",
		DOING, section);
}

static enum err
take_add(struct cli *c, const char *place, const char *value, struct change *ch)
{
	const char *section = section_of_name(place);

	if (!section)
		return take_entry(c, place, ch);
	if (!*value)
		return cli_refuse(c, "%s: missing parameters: %s", DOING,
			strcmp(section, "groups") == 0 ? "the member"
						       : "the owner");
	ch->edit = (struct policy_edit){ .kind = EDIT_LISTED_IN,
		.section = section,
		.name = place,
		.value = value };
	ch->what = arena_printf(c->mem, "Added %s to %s", value, place);
	return ERR_OK;
}

/* Which of those that the name lists. */
static enum err
number_of_value(struct cli *c, struct change *ch, const char *value)
{
	struct policy_error error = { NULL, { 0, 0 } };
	size_t n;
	enum err e = policy_listed(
		ch->now.text, &ch->edit, value, c->mem, &n, &error);

	if (e == ERR_NOT_FOUND)
		return cli_refuse(c, "%s: %s does not list %s", DOING,
			ch->edit.name, value);
	if (e)
		return refuse_text(c, e, &error);
	ch->edit.number = n;
	return ERR_OK;
}

/* "grants[2]" */
static enum err
take_number(struct cli *c, const char *place, struct change *ch)
{
	size_t len = strcspn(place, "[");
	const char *end = strchr(place, ']');
	int64_t n = -1;

	if (place[len] && end && !end[1])
		(void)text_int(arena_printf(c->mem, "%.*s",
				       (int)(end - place - (ptrdiff_t)len - 1),
				       place + len + 1),
			&n);
	if (n < 0)
		return cli_refuse(c,
			"%s: \"%s\" is no place; 'cairn policy rules' lists "
			"them",
			DOING, place);
	ch->edit = (struct policy_edit){ .kind = EDIT_RULE_OUT,
		.section = arena_printf(c->mem, "%.*s", (int)len, place),
		.number = (size_t)n };
	return ERR_OK;
}

static enum err
take_remove(
	struct cli *c, const char *place, const char *value, struct change *ch)
{
	const char *section = section_of_name(place);

	ch->what = *value ? arena_printf(
				    c->mem, "Removed %s from %s", value, place)
			  : arena_printf(c->mem, "Removed %s", place);
	if (!section)
		return take_number(c, place, ch);
	ch->edit = (struct policy_edit){ .kind = *value ? EDIT_LISTED_OUT
							: EDIT_NAME_OUT,
		.section = section,
		.name = place };
	return *value ? number_of_value(c, ch, value) : ERR_OK;
}

/* ---- what is done ---- */

static enum err
apply(struct cli *c, struct change *ch)
{
	struct policy_error error = { NULL, { 0, 0 } };
	enum err e =
		policy_edit(ch->now.text, &ch->edit, c->mem, &ch->text, &error);

	switch (e) {
	case ERR_OK:
		return ERR_OK;
	case ERR_EXISTS:
		return cli_refuse(c, "%s: it is listed there already", DOING);
	case ERR_NOT_FOUND:
		return cli_refuse(c,
			"%s: it is not there; 'cairn policy rules' lists what "
			"is",
			DOING);
	case ERR_BAD_INPUT:
		return cli_refuse(c,
			"%s: this policy has acls, which take ports of one "
			"protocol each: add a rule for each",
			DOING);
	default:
		return refuse_text(c, e, &error);
	}
}

static void
print_line(void *arg, enum diff_mark mark, struct bytes line, bool ends)
{
	struct cli *c = arg;

	(void)ends;
	if (mark != DIFF_HUNK)
		fputc((char)mark, c->out);
	fprintf(c->out, "%s\n",
		print_clean(c->mem,
			arena_printf(c->mem, "%.*s", (int)line.len,
				(const char *)line.at),
			"\t"));
}

static enum err
show_diff(struct cli *c, const struct change *ch)
{
	struct diff d;

	diff_texts(c->mem, ch->now.text, ch->text, &d);
	(void)diff_unified(&d, c->mem, SIZE_MAX, print_line, c);
	return ERR_OK;
}

static enum err
try_out(struct cli *c, const struct change *ch)
{
	struct policy_trial trial;
	enum err e = db_read_begin(c->db);

	if (e)
		return cli_fail(c, e, DOING);
	e = policy_try(c->db, ch->text, 0, c->mem, &trial);
	db_read_end(c->db);
	if (e && trial.error.text)
		return cli_refuse(
			c, "%s: %s", DOING, policy_trial_words(c->mem, &trial));
	return e ? cli_fail(c, e, DOING) : show_diff(c, ch);
}

static enum err
save(struct cli *c, const struct change *ch)
{
	struct policy_save in = { .text = ch->text,
		.was = ch->now.hash,
		.note = cli_given(c, "note") ? cli_text(c, "note") : ch->what,
		.actor = CLI_ACTOR };
	struct policy_saved out;
	struct value *v = value_new_object(c->mem);
	const char *words;
	enum err e;

	if (text_length(in.note) > POLICY_NOTE_MAX)
		return cli_refuse(c,
			"%s: a note is one line of at most %d characters",
			DOING, POLICY_NOTE_MAX);
	e = tailnet_policy_save(c->db, &in, c->now, c->mem, &out);
	if (e == ERR_CHANGED)
		return cli_refuse(
			c, "%s: another version was saved meanwhile", DOING);
	if (e && out.trial.error.text)
		return cli_refuse(c, "%s: %s", DOING,
			policy_trial_words(c->mem, &out.trial));
	if (e)
		return cli_fail(c, e, DOING);
	words = arena_printf(
		c->mem, "%s: version %" PRId64 ".", ch->what, out.version);
	v->plain = true;
	value_text(v, "Result", words);
	value_int(v, "version", out.version);
	cli_answer(c, v, words);
	return ERR_OK;
}

static const char *
argument(const struct cli *c, int at)
{
	return at < c->arg_count ? c->args[at] : "";
}

enum err
cmd_policy_rules(struct cli *c)
{
	const char *verb = argument(c, 0), *place = argument(c, 1);
	bool add = strcmp(verb, "add") == 0;
	struct change ch = { .text = NULL };
	enum err e;

	if (!*verb || strcmp(verb, "list") == 0)
		return list(c);
	if (!add && strcmp(verb, "remove") != 0)
		return cli_refuse(c,
			"%s: \"%s\" is neither list, add nor remove", DOING,
			verb);
	if (!*place)
		return cli_refuse(
			c, "%s: missing parameters: the place", DOING);
	e = read_now(c, &ch.now);
	if (!e)
		e = add ? take_add(c, place, argument(c, 2), &ch)
			: take_remove(c, place, argument(c, 2), &ch);
	if (!e)
		e = apply(c, &ch);
	if (e)
		return e;
	return cli_yes(c, "dry-run") ? try_out(c, &ch) : save(c, &ch);
}
