/*
 * page_logs.c: what the programs of this server logged last (spec/pages.md 14).
 */
#include <stdlib.h>
#include <string.h>

#include "fcgi/frame.h"
#include "fcgi/health_nav.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_server.h"
#include "tailnet/logs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct column columns[] = {
	{ "Time", NULL, NULL },
	{ "Level", NULL, NULL },
	{ "Process", NULL, NULL },
	{ "What", NULL, "mono" },
};

static const struct choice levels[] = {
	{ "debug", "Debug and worse" },
	{ "info", "Information and worse" },
	{ "warn", "Warnings and worse" },
	{ "error", "Errors" },
};

static const char *const level_classes[] = {
	[LOG_DEBUG] = "badge",
	[LOG_INFO] = "badge",
	[LOG_WARN] = "badge warn",
	[LOG_ERROR] = "badge bad",
};

static struct choice *
processes(struct request *r)
{
	struct choice *made =
		arena_array(r->mem, log_program_count, sizeof(*made));

	for (size_t i = 0; i < log_program_count; i++)
		made[i] = (struct choice){ log_programs[i], log_programs[i] };
	return made;
}

static void
show_line(struct request *r, struct list *l, size_t number,
	const struct log_line *line)
{
	list_row(r, l, (int64_t)number, log_level_word(line->level), NULL, "");
	html_time(r, line->at);
	list_cell(r, l);
	html_begin(r, "span", "class", level_classes[line->level]);
	html_text(r, log_level_word(line->level));
	html_end(r);
	list_cell_text(r, l, line->program);
	list_cell_text(r, l, line->text);
	list_row_end(r);
}

/* systemd has more of it than stands here. */
static void
show_journal(struct request *r, const char *process)
{
	if (!getenv("JOURNAL_STREAM"))
		return;
	html_element(r, "p",
		"The journal of the system has them too, and what is older:");
	html_command(r, "command",
		arena_printf(r->mem, "journalctl -u '%s' -n 500",
			*process ? process : "cairn-*"));
}

static void
show(struct request *r, struct list *l, const struct choice *names,
	const char *process, const struct log_line *lines, size_t count)
{
	size_t from = (size_t)list_skip(l), until = from + LIST_ROWS;

	frame_begin(r,
		&(struct page){ .name = "logs",
			.h1 = "Logs",
			.section = SECTION_HEALTH },
		NULL);
	health_nav(r, HEALTH_LOGS);
	html_element(r, "p",
		"The last 500 lines of each process, the newest first. What "
		"could be a secret is cut.");
	show_journal(r, process);
	list_begin(r, l);
	list_select(r, l, "process", "Process", names, log_program_count);
	list_select(r, l, "level", "Level", levels, COUNT(levels));
	if (list_table(r, l)) {
		for (size_t i = from; i < count && i < until; i++)
			show_line(r, l, count - i, &lines[count - 1 - i]);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		html_begin(r, "p", "id", "empty");
		html_text(r, "Nothing was logged yet.");
		html_end(r);
	}
	frame_end(r);
}

enum err
page_logs(struct request *r)
{
	struct choice *names = processes(r);
	struct list l = { .id = "logs",
		.path = "/admin/logs",
		.one = "line",
		.many = "lines",
		.columns = columns,
		.column_count = COUNT(columns) };
	struct logs_wish wish = { .least = LOG_DEBUG };
	struct log_line *lines;
	size_t count, total;
	const char *level;
	enum err e;

	list_take(r, &l);
	wish.program = list_choice(r, &l, "process", names, log_program_count);
	level = list_choice(r, &l, "level", levels, COUNT(levels));
	if (*level)
		(void)log_level_of(level, &wish.least);
	wish.q = l.q;
	e = logs_read(r->home, &wish, r->mem, &lines, &count, &total);
	if (e)
		return e;
	l.matching = (int64_t)count;
	l.total = (int64_t)total;
	show(r, &l, names, wish.program, lines, count);
	return ERR_OK;
}
