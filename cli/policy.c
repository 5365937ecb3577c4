/* cairn policy …: the text, and its history. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diff.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/print.h"
#include "tailnet/policy_store.h"

enum {
	DIFF_LINES_MAX = 100 * 1000, /* shown */
	HISTORY_MAX = POLICY_VERSIONS_KEPT,
};

static enum err
no_policy(struct cli *c, enum err e, const char *doing)
{
	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "%s: none was ever set, so everything is allowed",
			doing);
		return e;
	}
	return e ? cli_fail(c, e, doing) : ERR_OK;
}

/* "12", as `policy history` lists it; "" is the newest. */
static enum err
find_version(struct cli *c, const char *word, const char *doing,
	struct policy_text *out)
{
	int64_t id = 0;
	enum err e;

	if (!*word)
		return no_policy(
			c, db_policy_current(c->db, c->mem, out), doing);
	if (text_int(word, &id))
		return cli_refuse(c,
			"%s: \"%s\" is no version; 'cairn policy history' "
			"lists them",
			doing, word);
	e = db_policy_version(c->db, id, c->mem, out);
	if (e == ERR_NOT_FOUND) {
		cli_refuse(c,
			"%s: there is no version %" PRId64
			"; 'cairn policy history' lists them",
			doing, id);
		return e;
	}
	return e ? cli_fail(c, e, doing) : ERR_OK;
}

static const char *
argument(const struct cli *c, int at)
{
	return at < c->arg_count ? c->args[at] : "";
}

enum err
cmd_policy_get(struct cli *c)
{
	struct policy_text p;
	enum err e = find_version(c, argument(c, 0), "loading policy", &p);
	size_t len;

	if (e)
		return e;
	len = strlen(p.text);
	/* As it was stored, whatever --output says: it is a file. */
	fputs(p.text, c->out);
	if (isatty(fileno(c->out)) && len && p.text[len - 1] != '\n')
		fputc('\n', c->out);
	return ERR_OK;
}

static enum err
read_stream(struct cli *c, FILE *f, const char **text)
{
	char *bytes = arena_alloc(c->mem, POLICY_TEXT_MAX + 2);
	size_t len = fread(bytes, 1, POLICY_TEXT_MAX + 1, f);

	if (ferror(f))
		return cli_refuse(
			c, "reading policy file: %s", strerror(errno));
	if (len > POLICY_TEXT_MAX)
		return cli_refuse(c,
			"reading policy file: larger than %d bytes",
			POLICY_TEXT_MAX);
	if (strlen(bytes) != len)
		return cli_refuse(
			c, "reading policy file: it holds a NUL byte");
	*text = bytes;
	return ERR_OK;
}

static enum err
read_policy(struct cli *c, const char **text)
{
	const char *name = cli_text(c, "file");
	FILE *f;
	enum err e;

	if (strcmp(name, "-") == 0)
		return read_stream(c, c->in, text);
	f = fopen(name, "re");
	if (!f)
		return cli_refuse(c, "reading policy file: %s: %s", name,
			strerror(errno));
	e = read_stream(c, f, text);
	fclose(f);
	return e;
}

/* With everything that is wrong with the text. */
static enum err
refused(struct cli *c, enum err e, const char *doing,
	const struct policy_trial *t)
{
	if (t->error.text && (e == ERR_POLICY || e == ERR_TOO_BIG)) {
		cli_refuse(c, "%s: %s", doing, policy_trial_words(c->mem, t));
		return e;
	}
	return cli_fail(c, e, doing);
}

static enum err
answer_saved(struct cli *c, const struct policy_saved *s, const char *words)
{
	struct value *v = value_new_object(c->mem);

	v->plain = true;
	value_text(v, "Result", words);
	value_int(v, "version", s->version);
	value_bool(v, "unchanged", s->unchanged);
	cli_answer(c, v, words);
	return ERR_OK;
}

enum err
cmd_policy_set(struct cli *c)
{
	struct policy_save in = { .note = cli_text(c, "note"),
		.actor = CLI_ACTOR };
	struct policy_saved out;
	enum err e = read_policy(c, &in.text);

	if (e)
		return e;
	if (text_length(in.note) > POLICY_NOTE_MAX)
		return cli_refuse(c,
			"setting policy: a note is one line of at most %d "
			"characters",
			POLICY_NOTE_MAX);
	/* Whatever should have written it may have failed. */
	if (!*in.text && !c->force)
		return cli_refuse(c,
			"setting policy: the file is empty, which lets every "
			"machine reach every other; --force if that is meant");
	e = tailnet_policy_save(c->db, &in, c->now, c->mem, &out);
	if (e)
		return refused(c, e, "setting policy", &out.trial);
	fprintf(c->out, "Policy updated.\n");
	return ERR_OK;
}

enum err
cmd_policy_check(struct cli *c)
{
	struct policy_trial trial;
	const char *text;
	enum err e = read_policy(c, &text);

	if (e)
		return e;
	e = db_read_begin(c->db);
	if (e)
		return cli_fail(c, e, "checking policy");
	e = policy_try(c->db, text, 0, c->mem, &trial);
	db_read_end(c->db);
	if (e)
		return refused(c, e, "checking policy", &trial);
	fprintf(c->out, "Policy is valid\n");
	return ERR_OK;
}

enum err
cmd_policy_revert(struct cli *c)
{
	struct policy_saved out;
	struct policy_text p;
	enum err e;

	if (!c->arg_count)
		return cli_refuse(c,
			"reverting policy: missing parameters: the version, "
			"as 'cairn policy history' lists it");
	e = find_version(c, argument(c, 0), "reverting policy", &p);
	if (e)
		return e;
	e = tailnet_policy_restore(
		c->db, p.id, NULL, CLI_ACTOR, c->now, c->mem, &out);
	if (e)
		return refused(c, e, "reverting policy", &out.trial);
	return answer_saved(c, &out,
		out.unchanged ? "The policy reads so already."
			      : arena_printf(c->mem,
					"Version %" PRId64 " has the text of "
					"version %" PRId64 ".",
					out.version, p.id));
}

/* ---- history ---- */

static const char *
change_words(struct cli *c, const struct policy_text *p)
{
	if (p->added < 0)
		return "";
	return arena_printf(
		c->mem, "+%" PRId64 " -%" PRId64, p->added, p->removed);
}

static const char *
note_words(struct cli *c, const struct policy_text *p)
{
	if (!p->restored)
		return p->note;
	return arena_printf(c->mem, "%s%sas version %" PRId64, p->note,
		*p->note ? "; " : "", p->restored);
}

static const char *
author_words(const struct policy_text *p)
{
	return *p->author_name ? p->author_name : p->author;
}

static void
put_version(struct value *v, const struct policy_text *p)
{
	value_int(v, "version", p->id);
	value_time(v, "saved_at", p->created_at);
	value_text(v, "author", author_words(p));
	value_text(v, "via", p->via);
	value_text(v, "note", p->note);
	value_int(v, "restored", p->restored);
	if (p->added >= 0) {
		value_int(v, "lines_added", p->added)->keep = true;
		value_int(v, "lines_removed", p->removed)->keep = true;
	}
	value_text(v, "hash", p->hash);
}

static void
show_history(struct cli *c, const struct policy_text *rows, size_t count)
{
	static const char *const heads[] = { "Version", "Saved", "By", "Via",
		"Lines", "Note", NULL };
	struct table t;

	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_int(&t, rows[i].id);
		table_time(&t, rows[i].created_at);
		table_cell(&t, author_words(&rows[i]));
		table_cell(&t, rows[i].via);
		table_cell(&t, change_words(c, &rows[i]));
		table_cell(&t, note_words(c, &rows[i]));
	}
	cli_print_table(c, &t);
}

enum err
cmd_policy_history(struct cli *c)
{
	struct value *list = value_new_list(c->mem);
	struct policy_text *rows;
	size_t count;
	enum err e = db_policy_versions(
		c->db, 0, HISTORY_MAX, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "listing policies");
	if (c->format == FORMAT_PLAIN) {
		show_history(c, rows, count);
		return ERR_OK;
	}
	list->keep = true;
	for (size_t i = 0; i < count; i++)
		put_version(value_object(list, NULL), &rows[i]);
	cli_print_value(c, c->out, list);
	return ERR_OK;
}

/* ---- diff ---- */

static void
print_line(void *arg, enum diff_mark mark, struct bytes line, bool ends)
{
	struct cli *c = arg;
	const char *text = print_clean(c->mem,
		arena_printf(
			c->mem, "%.*s", (int)line.len, (const char *)line.at),
		"\t");

	if (mark != DIFF_HUNK)
		fputc((char)mark, c->out);
	fprintf(c->out, "%s\n", text);
	if (!ends)
		fprintf(c->out, "\\ No newline at end of file\n");
}

static enum err
print_diff(struct cli *c, const char *old_name, const char *old_text,
	const char *new_name, const char *new_text)
{
	struct diff d;
	size_t left;

	diff_texts(c->mem, old_text, new_text, &d);
	if (!d.count)
		return ERR_OK;
	fprintf(c->out, "--- %s\n+++ %s\n", print_clean(c->mem, old_name, ""),
		print_clean(c->mem, new_name, ""));
	left = diff_unified(&d, c->mem, DIFF_LINES_MAX, print_line, c);
	if (left)
		fprintf(c->out, "and %zu lines more\n", left);
	return ERR_OK;
}

static const char *
version_name(struct cli *c, const struct policy_text *p)
{
	return arena_printf(c->mem, "version %" PRId64, p->id);
}

/* No policy at all reads as an empty text here. */
static enum err
newest_or_none(struct cli *c, struct policy_text *out)
{
	enum err e = db_policy_current(c->db, c->mem, out);

	if (e == ERR_NOT_FOUND) {
		*out = (struct policy_text){ .text = "" };
		return ERR_OK;
	}
	return e ? cli_fail(c, e, "comparing policies") : ERR_OK;
}

/* With --file: it to the newest version.  Else two versions, the second by
 * default the newest. */
enum err
cmd_policy_diff(struct cli *c)
{
	struct policy_text a, b;
	const char *text;
	enum err e;

	if (cli_given(c, "file") == (c->arg_count > 0))
		return cli_refuse(c,
			"comparing policies: give either --file or one or two "
			"versions");
	if (cli_given(c, "file")) {
		e = read_policy(c, &text);
		if (!e)
			e = newest_or_none(c, &a);
		return e ? e
			 : print_diff(c, version_name(c, &a), a.text,
				   cli_text(c, "file"), text);
	}
	e = find_version(c, argument(c, 0), "comparing policies", &a);
	if (!e)
		e = find_version(c, argument(c, 1), "comparing policies", &b);
	return e ? e
		 : print_diff(c, version_name(c, &a), a.text,
			   version_name(c, &b), b.text);
}
