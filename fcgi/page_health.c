/*
 * page_health.c: each check of the server with its evidence and what helps, as
 * the job found them last (spec/pages.md 14).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/health_nav.h"
#include "fcgi/html.h"
#include "fcgi/pages_server.h"
#include "fcgi/reply.h"
#include "tailnet/health_checks.h"

#define HEALTH_PATH "/admin/health"

static const char *const heads[] = { "Check", "State", "Evidence", "Since",
	"Fix" };

static const char *const state_words[HEALTH_STATES] = {
	[HEALTH_OK] = "OK",
	[HEALTH_UNKNOWN] = "Unknown",
	[HEALTH_WARN] = "Look at it",
	[HEALTH_FAIL] = "Fails",
};

static void
begin_cell(struct request *r, const char *col, const char *label)
{
	html_begin(r, "td", "data-col", col, "data-label", label);
}

/* What a table has grown to is for whom looks for it. */
static bool
is_size(const char *line, size_t len)
{
	const char *rows = strstr(line, " rows, ");

	return text_starts(line, "growth: ") && rows && rows < line + len;
}

/* A line each finding; of sizes, or of the others: how many there are. */
static int
show_lines(struct request *r, const char *text, bool sizes, bool shown)
{
	int count = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (is_size(text, len) == sizes && shown) {
			html_begin(r, "p");
			html_textf(r, "%.*s", (int)len, text);
			html_end(r);
		}
		count += is_size(text, len) == sizes;
		text += len + (text[len] == '\n');
	}
	return count;
}

static void
show_evidence(struct request *r, const char *text)
{
	int sizes = show_lines(r, text, true, false);

	(void)show_lines(r, text, false, true);
	if (!sizes)
		return;
	html_begin(r, "details");
	html_begin(r, "summary");
	html_textf(r, "What %d tables have grown to", sizes);
	html_end(r);
	(void)show_lines(r, text, true, true);
	html_end(r);
}

/* What helps; a page that it names is a link. */
static void
show_remedy(struct request *r, const char *text)
{
	static const struct {
		const char *words, *href;
	} pages[] = {
		{ "page Policy", "/admin/policy" },
		{ "page DNS", "/admin/dns" },
		{ "page Settings, Backup", "/admin/settings/backup" },
	};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const char *at = strstr(text, pages[i].words);

		if (!at)
			continue;
		html_textf(r, "%.*s", (int)(at - text), text);
		html_link(r, pages[i].href, pages[i].words);
		text = at + strlen(pages[i].words);
	}
	html_text(r, text);
}

static void
show_check(
	struct request *r, enum health_name name, const struct health_row *row)
{
	html_begin(r, "tr", "id",
		arena_printf(r->mem, "check-%s", health_name_word(name)),
		"data-state", health_state_word(row->state));
	html_begin(r, "th", "scope", "row", "data-col", "check", "data-label",
		heads[0]);
	html_text(r, health_name_words(name));
	html_end(r);
	begin_cell(r, "state", heads[1]);
	html_begin(r, "span", "data-badge", health_state_word(row->state));
	html_text(r, state_words[row->state]);
	html_end(r);
	html_end(r);
	begin_cell(r, "evidence", heads[2]);
	show_evidence(r, row->since ? row->what : "not looked at yet");
	html_end(r);
	begin_cell(r, "since", heads[3]);
	if (row->since)
		html_time(r, row->since);
	html_end(r);
	begin_cell(r, "fix", heads[4]);
	show_remedy(r, row->remedy);
	html_end(r);
	html_end(r);
}

static void
show_table(struct request *r, const struct health_row *rows)
{
	html_begin(r, "table", "id", "health", "class", "list");
	html_heads(r, heads, sizeof(heads) / sizeof(heads[0]));
	html_begin(r, "tbody", "id", "health-rows", "data-swap", "rows");
	/* What is worst first. */
	for (int state = HEALTH_STATES - 1; state >= 0; state--)
		for (enum health_name n = 0; n < HEALTH_NAMES; n++)
			if ((int)rows[n].state == state)
				show_check(r, n, &rows[n]);
	html_end(r);
	html_end(r);
}

static void
show_summary(struct request *r, const struct health_row *rows, int64_t at)
{
	int counts[HEALTH_STATES] = { 0 };

	for (enum health_name n = 0; n < HEALTH_NAMES; n++)
		counts[rows[n].state]++;
	html_begin(r, "p", "id", "summary", "data-swap", "");
	html_textf(r, "%d fail, %d to look at, %d unknown, %d well.",
		counts[HEALTH_FAIL], counts[HEALTH_WARN],
		counts[HEALTH_UNKNOWN], counts[HEALTH_OK]);
	if (at) {
		html_text(r, " Looked at ");
		html_time(r, at);
		html_text(r, ".");
	}
	html_end(r);
}

static void
show_forms(struct request *r)
{
	html_begin(r, "form", "method", "post", "action", HEALTH_PATH "/run",
		"id", "form-run");
	form_hidden(r);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Look again");
	html_end(r);
	html_end(r);
	html_begin(r, "p");
	html_text(r, "On the server: ");
	html_element(r, "code", "cairn doctor");
	html_text(r, " looks at the same, and longer. ");
	html_link(r, HEALTH_PATH "/bundle", "A report without secrets");
	html_text(r, " to hand to whoever helps.");
	html_end(r);
}

enum err
page_health(struct request *r)
{
	struct health_row *rows;
	int64_t at;
	enum err e = db_health(r->db, r->mem, &rows);

	if (!e)
		e = db_health_at(r->db, &at);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "health",
			.h1 = "Health",
			.section = SECTION_HEALTH,
			.live = "health" },
		NULL);
	health_nav(r, HEALTH_CHECKS);
	show_summary(r, rows, at);
	show_table(r, rows);
	show_forms(r);
	frame_end(r);
	return ERR_OK;
}

enum err
do_health_run(struct request *r)
{
	enum err e = tailnet_health_ask(r->db, r->now);

	if (e)
		return e;
	flash_set(r, "health-asked", 0);
	return reply_redirect(r, 303, HEALTH_PATH);
}
