/*
 * page_logs.c: what the programs of this server logged last (spec/pages.md 14),
 * as a page and as a file.
 */
#include <stdlib.h>
#include <string.h>

#include "fcgi/export.h"
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
	{ "What", NULL, NULL },
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

/* What the address asks for. */
struct asked {
	struct list l;
	struct choice *names; /* of processes */
	struct logs_wish wish;
};

static void
take(struct request *r, struct asked *a)
{
	struct list *l = &a->l;
	const char *level;

	*l = (struct list){ .id = "logs",
		.path = "/admin/logs",
		.one = "line",
		.many = "lines",
		.columns = columns,
		.column_count = COUNT(columns),
		.files = true };
	a->names = processes(r);
	list_take(r, l);
	a->wish = (struct logs_wish){ .program = list_choice(r, l, "process",
					      a->names, log_program_count),
		.least = LOG_DEBUG,
		.q = l->q };
	level = list_choice(r, l, "level", levels, COUNT(levels));
	if (*level)
		(void)log_level_of(level, &a->wish.least);
}

static void
show_line(struct request *r, struct list *l, size_t number,
	const struct log_line *line)
{
	list_row(r, l, (int64_t)number, log_level_word(line->level), NULL, "");
	html_time_exact(r, line->at);
	list_cell(r, l);
	html_begin(r, "span", "class", level_classes[line->level]);
	html_text(r, log_level_word(line->level));
	html_end(r);
	list_cell_text(r, l, line->program);
	list_cell(r, l);
	html_element(r, "code", line->text); /* may be cut anywhere */
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
show(struct request *r, struct asked *a, const struct log_line *lines,
	size_t count)
{
	struct list *l = &a->l;
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
	show_journal(r, a->wish.program);
	list_begin(r, l);
	list_select(r, l, "process", "Process", a->names, log_program_count);
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
	struct log_line *lines;
	size_t count, total;
	struct asked a;
	enum err e;

	take(r, &a);
	e = logs_read(r->home, &a.wish, r->mem, &lines, &count, &total);
	if (e)
		return e;
	a.l.matching = (int64_t)count;
	a.l.total = (int64_t)total;
	show(r, &a, lines, count);
	return ERR_OK;
}

static const char *const file_fields[] = { "time", "level", "process", "what" };

/* The newest first, as on the page. */
static enum err
write_rows(struct export *x, void *arg)
{
	const struct asked *a = arg;
	struct log_line *lines;
	size_t count, total;
	enum err e = logs_read(
		x->r->home, &a->wish, x->r->mem, &lines, &count, &total);

	while (!e && count--) {
		export_time(x, lines[count].at);
		export_text(x, log_level_word(lines[count].level));
		export_text(x, lines[count].program);
		export_text(x, lines[count].text);
		e = export_row(x);
	}
	return e;
}

enum err
file_logs(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	take(r, a);
	return export_reply(r, &(struct export_of){ .what = "logs",
				       .list = &a->l,
				       .fields = file_fields,
				       .count = COUNT(file_fields),
				       .rows = write_rows,
				       .arg = a });
}
