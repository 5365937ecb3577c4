/* cairn logs: what the programs logged last (tailnet/logs.h), the newest last.
 */
#include <string.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/print.h"
#include "tailnet/logs.h"

enum {
	LINES = 100, /* where nobody says how many */
};

static enum err
take_wish(struct cli *c, struct logs_wish *w)
{
	const char *level = cli_text(c, "level");
	size_t i = 0;

	w->program = cli_text(c, "process");
	w->q = "";
	w->least = LOG_DEBUG;
	while (*w->program && i < log_program_count &&
		strcmp(w->program, log_programs[i]) != 0)
		i++;
	if (i == log_program_count)
		return cli_refuse(c,
			"no process is called \"%s\": write cairn-fcgi, "
			"cairn-worker, cairn-relay or cairn-keeper",
			w->program);
	if (*level && !log_level_of(level, &w->least))
		return cli_refuse(c,
			"no level is called \"%s\": write debug, info, warn "
			"or error",
			level);
	return ERR_OK;
}

static void
print_line(struct cli *c, struct value *list, const struct log_line *l)
{
	struct value *v = value_object(list, NULL);

	value_text(v, "at", clock_print(c->mem, l->at));
	value_text(v, "level", log_level_word(l->level));
	value_text(v, "process", l->program);
	value_text(v, "text", l->text);
	if (c->format == FORMAT_PLAIN)
		fprintf(c->out, "%s\n", print_clean(c->mem, l->whole, ""));
}

enum err
cmd_logs(struct cli *c)
{
	int64_t most = cli_given(c, "lines") ? cli_number(c, "lines") : LINES;
	struct value *list = value_new_list(c->mem);
	struct logs_wish wish;
	struct log_line *lines;
	size_t count, total;
	enum err e = take_wish(c, &wish);

	if (e)
		return e;
	e = logs_read(c->home, &wish, c->mem, &lines, &count, &total);
	if (e)
		return cli_fail(c, e,
			arena_printf(
				c->mem, "reading the logs in %s/log", c->home));
	for (size_t i = 0; i < count; i++)
		if (most < 0 || count - i <= (uint64_t)most)
			print_line(c, list, &lines[i]);
	if (c->format != FORMAT_PLAIN)
		cli_print_value(c, c->out, list);
	return ERR_OK;
}
