/* Usage texts, made of the verb table. */
#include <string.h>

#include "base/text.h"
#include "cli/command.h"

enum {
	NAMES_WIDTH = 14,
	FLAGS_WIDTH = 24,
};

static void
put_names(struct buf *out, const char *name, const char *aliases)
{
	buf_putf(out, "\nAliases:\n  %s", name);
	for (; *aliases; aliases += *aliases == ' ') {
		size_t n = strcspn(aliases, " ");

		buf_putf(out, ", %.*s", (int)n, aliases);
		aliases += n;
	}
	buf_puts(out, "\n");
}

static const char *
value_word(enum flag_kind kind)
{
	switch (kind) {
	case FLAG_ID:
		return " id";
	case FLAG_COUNT:
	case FLAG_INT:
		return " number";
	case FLAG_NODE:
		return " node";
	case FLAG_TEXTS:
		return " list";
	case FLAG_TEXT:
		return " text";
	case FLAG_BOOL:
	case FLAG_NONE:
		break;
	}
	return "";
}

static void
put_flag(struct buf *out, const struct flag *f)
{
	int used = (int)(strlen(f->name) + strlen(value_word(f->kind)));

	if (f->letter)
		buf_putf(out, "  -%c, ", f->letter);
	else
		buf_puts(out, "      ");
	buf_putf(out, "--%s%s%*s %s%s\n", f->name, value_word(f->kind),
		used < FLAGS_WIDTH ? FLAGS_WIDTH - used : 0, "", f->help,
		f->required ? " (required)" : "");
}

static void
put_flags(struct buf *out, const char *head, const struct flag *table)
{
	bool any = false;

	for (; table->kind != FLAG_NONE; table++) {
		if (table->hidden)
			continue;
		if (!any)
			buf_putf(out, "\n%s:\n", head);
		any = true;
		put_flag(out, table);
	}
}

static void
put_verbs(struct buf *out, const char *group)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].group, group) == 0)
			buf_putf(out, "  %-*s %s\n", NAMES_WIDTH,
				commands[i].verb, commands[i].help);
}

void
help_program(struct buf *out)
{
	buf_puts(out, "cairn is a control server for Tailscale clients; "
		      "this is its command line.\n"
		      "\nUsage:\n  cairn [command]\n\nCommands:\n");
	for (size_t i = 0; i < group_count; i++)
		buf_putf(out, "  %-*s %s\n", NAMES_WIDTH, groups[i].name,
			groups[i].help);
	put_verbs(out, "");
	buf_putf(out, "  %-*s %s\n", NAMES_WIDTH, "help",
		"Explain a command: cairn help users create");
	put_flags(out, "Global Flags", global_flags);
	buf_puts(out, "\nExit status: 0 when it was done, 1 when not; "
		      "the reason is on standard error.\n");
}

void
help_group(struct buf *out, const struct group *g)
{
	buf_putf(out, "%s\n\nUsage:\n  cairn %s [command]\n", g->help, g->name);
	put_names(out, g->name, g->aliases);
	buf_puts(out, "\nAvailable Commands:\n");
	put_verbs(out, g->name);
	put_flags(out, "Global Flags", global_flags);
}

void
help_command(struct buf *out, const struct command *c)
{
	buf_putf(out, "%s\n\nUsage:\n  cairn %s%s%s%s%s [flags]\n", c->help,
		c->group, *c->group ? " " : "", c->verb, *c->args ? " " : "",
		c->args);
	put_names(out, c->verb, c->aliases);
	put_flags(out, "Flags", c->takes);
	put_flags(out, "Global Flags", global_flags);
}
