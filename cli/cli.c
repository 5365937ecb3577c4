#include "cli/cli.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/nodes.h"
#include "cli/origin.h"
#include "cli/print.h"
#include "db/stat.h"
#include "tailnet/bell.h"

enum {
	ANSWER_MAX = 64, /* of a person to a question */
};

/* What the words of the command line turned out to be. */
struct parsed {
	bool help, only_words;
	const struct group *group;
};

const char *
cli_text(const struct cli *c, const char *flag)
{
	return flags_get(&c->flags, flag)->text;
}

int64_t
cli_number(const struct cli *c, const char *flag)
{
	return flags_get(&c->flags, flag)->number;
}

bool
cli_yes(const struct cli *c, const char *flag)
{
	return flags_get(&c->flags, flag)->number != 0;
}

bool
cli_given(const struct cli *c, const char *flag)
{
	return flags_get(&c->flags, flag)->given;
}

static const char *
format_words(struct arena *mem, const char *fmt, va_list ap)
{
	char *words;
	const char *kept;

	if (vasprintf(&words, fmt, ap) < 0)
		abort();
	kept = arena_strdup(mem, words);
	free(words);
	return kept;
}

enum err
cli_refuse(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	c->words = format_words(c->mem, fmt, ap);
	va_end(ap);
	return ERR_BAD_INPUT;
}

enum err
cli_fail(struct cli *c, enum err e, const char *doing)
{
	c->words =
		e == ERR_DB && c->db
			? arena_printf(c->mem, "%s: %s (%s)", doing,
				  err_words(e), db_words(c->db))
			: arena_printf(c->mem, "%s: %s", doing, err_words(e));
	return e;
}

void
cli_print_value(struct cli *c, FILE *to, const struct value *v)
{
	struct buf b;

	buf_init(&b, c->mem, PRINT_MAX);
	if (c->format == FORMAT_YAML)
		print_yaml(&b, v);
	else
		print_json(&b, v, c->format == FORMAT_JSON_LINE);
	fwrite(b.bytes, 1, b.len, to);
}

void
cli_print_table(struct cli *c, struct table *t)
{
	struct buf b;

	buf_init(&b, c->mem, PRINT_MAX);
	table_print(&b, t);
	fwrite(b.bytes, 1, b.len, c->out);
}

void
cli_answer(struct cli *c, const struct value *v, const char *words)
{
	if (c->format == FORMAT_PLAIN)
		fprintf(c->out, "%s\n", print_clean(c->mem, words, "\n"));
	else
		cli_print_value(c, c->out, v);
}

void
cli_result(struct cli *c, const char *words)
{
	struct value *v = value_new_object(c->mem);

	v->plain = true;
	value_text(v, "Result", words);
	cli_answer(c, v, words);
}

bool
cli_confirm(struct cli *c, const char *fmt, ...)
{
	static const char *const yes[] = { "y", "yes", "sure" };
	char answer[ANSWER_MAX];
	va_list ap;

	if (c->force)
		return true;
	va_start(ap, fmt);
	fprintf(c->err, "%s [y/n] ",
		print_clean(c->mem, format_words(c->mem, fmt, ap), ""));
	va_end(ap);
	fflush(c->err);
	if (!fgets(answer, sizeof(answer), c->in))
		return false;
	answer[strcspn(answer, "\r\n")] = '\0';
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcasecmp(answer, yes[i]) == 0)
			return true;
	return false;
}

int64_t
cli_worker_age(const struct cli *c)
{
	struct stat st;

	if (stat(arena_printf(c->mem, "%s/worker.alive", c->home), &st) != 0)
		return -1;
	return c->now > st.st_mtime ? c->now - st.st_mtime : 0;
}

static enum err
take_word(struct cli *c, struct parsed *p, const char *word)
{
	if (c->command) {
		if (c->arg_count == ARGS_MAX)
			return cli_refuse(c, "too many arguments");
		c->args[c->arg_count++] = word;
		return ERR_OK;
	}
	if (!p->group && strcmp(word, "help") == 0) {
		p->help = true;
		return ERR_OK;
	}
	if (!p->group) {
		p->group = group_find(word);
		if (p->group)
			return ERR_OK;
	}
	c->command = command_find(p->group ? p->group->name : "", word);
	if (!c->command)
		return cli_refuse(c,
			"unknown command \"%s\" for \"cairn%s%s\"; "
			"'cairn help%s%s' lists them",
			word, p->group ? " " : "",
			p->group ? p->group->name : "", p->group ? " " : "",
			p->group ? p->group->name : "");
	flags_add(&c->flags, c->command->takes);
	return ERR_OK;
}

/* A flag is of a command: "cairn rotate --dry-run" has none yet. */
static void
name_verbs(struct cli *c, const struct group *g)
{
	const char *words = arena_printf(c->mem,
		"%s; say first what 'cairn %s' shall do", c->words, g->name);
	const char *before = ": ";

	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].group, g->name) == 0) {
			words = arena_printf(c->mem, "%s%s%s", words, before,
				commands[i].verb);
			before = ", ";
		}
	c->words = words;
}

static enum err
parse(struct cli *c, struct parsed *p, int argc, char **argv)
{
	enum err e = ERR_OK;

	flags_add(&c->flags, global_flags);
	for (int at = 1; !e && at < argc; at++) {
		if (p->only_words || argv[at][0] != '-' || !argv[at][1])
			e = take_word(c, p, argv[at]);
		else if (strcmp(argv[at], "--") == 0)
			p->only_words = true;
		else
			e = flags_take(
				&c->flags, c->mem, argv, argc, &at, &c->words);
	}
	if (e && p->group && !c->command && c->words &&
		text_starts(c->words, "unknown flag"))
		name_verbs(c, p->group);
	return e;
}

static enum err
take_globals(struct cli *c)
{
	static const char *const formats[] = {
		[FORMAT_PLAIN] = "",
		[FORMAT_JSON] = "json",
		[FORMAT_JSON_LINE] = "json-line",
		[FORMAT_YAML] = "yaml",
	};
	const char *wanted = cli_text(c, "output");

	c->force = cli_yes(c, "force");
	if (cli_given(c, "home"))
		c->home = cli_text(c, "home");
	if (!*c->home)
		return cli_refuse(c, "--home needs the name of a folder");
	for (enum format f = FORMAT_PLAIN; f <= FORMAT_YAML; f++)
		if (strcmp(formats[f], wanted) == 0) {
			c->format = f;
			return ERR_OK;
		}
	return cli_refuse(c,
		"unknown output format \"%s\": json, json-line or yaml",
		wanted);
}

static enum err
open_instance(struct cli *c)
{
	enum err e = db_open(c->home, &c->db);

	if (e == ERR_NOT_FOUND && access(c->home, X_OK) != 0 && errno == EACCES)
		cli_refuse(c,
			"this user may not enter \"%s\": run as the user "
			"that owns it",
			c->home);
	else if (e == ERR_NOT_FOUND)
		cli_refuse(c,
			"there is no instance in \"%s\": 'cairn init' makes "
			"one, --home names another folder",
			c->home);
	else if (e)
		cli_fail(c, e,
			arena_printf(c->mem, "opening %s/cairn.db", c->home));
	else
		c->now = db_time(c->db, c->now);
	if (!e)
		db_set_origin(c->db, origin_of_process(c->mem));
	return e;
}

static void
explain(struct cli *c, const struct parsed *p)
{
	struct buf b;

	buf_init(&b, c->mem, PRINT_MAX);
	if (c->command)
		help_command(&b, c->command);
	else if (p->group)
		help_group(&b, p->group);
	else
		help_program(&b);
	fwrite(b.bytes, 1, b.len, c->out);
}

static enum err
check_words(struct cli *c)
{
	const char *missing = flags_missing(&c->flags, c->mem);

	if (c->arg_count > c->command->most_args)
		return cli_refuse(c, "unexpected argument \"%s\"",
			c->args[c->command->most_args]);
	if (missing)
		return cli_refuse(c, "required flag(s) %s not set", missing);
	return ERR_OK;
}

static enum err
run_command(struct cli *c)
{
	enum err e = check_words(c);

	if (!e && (c->command->flags & OPENS))
		e = open_instance(c);
	if (!e && c->db)
		e = nodes_named(c);
	if (!e)
		e = c->command->run(c);
	if (!e && (c->command->flags & WRITES) == WRITES)
		bell_ring(c->home);
	return e;
}

static enum err
run(struct cli *c, int argc, char **argv)
{
	struct parsed p = { .help = false };
	enum err e = parse(c, &p, argc, argv);
	const char *words = c->words;
	enum err format_error = take_globals(c);

	if (e) {
		c->words = words; /* the first of two errors */
		return e;
	}
	if (format_error)
		return format_error;
	if (cli_yes(c, "version"))
		c->command = command_find("", "version");
	if (c->command && !p.help && !cli_yes(c, "help"))
		return run_command(c);
	explain(c, &p);
	return ERR_OK;
}

static void
tell_error(struct cli *c, enum err e)
{
	const char *words = c->words ? c->words : err_words(e);
	struct value *v = value_new_object(c->mem);

	if (c->quiet_error)
		return;
	if (c->format == FORMAT_PLAIN) {
		fprintf(c->err, "Error: %s\n",
			print_clean(c->mem, words, "\n"));
		return;
	}
	v->plain = true;
	value_text(v, "error", words);
	cli_print_value(c, c->err, v);
}

int
cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
	const char *home = getenv("CAIRN_HOME");
	const char *no_colour = getenv("NO_COLOR");
	struct cli c = {
		.mem = arena_new(),
		.in = in,
		.out = out,
		.err = err,
		.now = clock_now(),
		.home = home && *home ? home : "run",
		.colour = isatty(fileno(out)) && !(no_colour && *no_colour),
	};
	enum err e = run(&c, argc, argv);

	if (e)
		tell_error(&c, e);
	/* An answer that did not arrive is no success. */
	if (fflush(out) != 0 && !e) {
		e = ERR_IO;
		fprintf(err, "Error: the answer could not be written\n");
	}
	db_close(c.db);
	arena_free(c.mem);
	return e ? 1 : 0;
}
