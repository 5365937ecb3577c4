/*
 * page_audit.c: who did what, newest first (spec/pages.md 14).
 *
 * A log of a million rows is paged by its ids, which have no gaps, and each
 * page checks the chain of hashes over the rows that it shows; `cairn doctor`
 * walks all of it.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/audit_words.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_people.h"

static const struct column columns[] = {
	{ "When", NULL, NULL },
	{ "Who", NULL, NULL },
	{ "Via", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Target", NULL, NULL },
	{ "Details", NULL, NULL },
	{ "From", NULL, "mono" },
};

static void
show_target(struct request *r, const struct audit *a)
{
	struct audit_thing t = audit_thing(r, a->subject);
	const char *name = *a->subject_name ? a->subject_name : t.now;

	if (!*t.kind) {
		html_text(r, a->subject);
		return;
	}
	html_text(r, t.words);
	if (name) {
		html_text(r, " ");
		audit_show_name(r, &t, name);
	} else if (t.id) {
		html_textf(r, " %" PRId64, t.id);
	}
}

static void
show_row(struct request *r, struct list *l, const struct audit *a)
{
	list_row(r, l, a->id, NULL, NULL, "");
	html_time(r, a->at);
	list_cell(r, l);
	audit_show_actor(r, a->actor, a->actor_name);
	list_cell_text(r, l, a->via);
	list_cell_text(r, l, a->action);
	list_cell(r, l);
	show_target(r, a);
	list_cell_text(r, l, audit_details(r, a));
	list_cell_text(r, l, a->address);
	list_row_end(r);
}

static enum err
show_chain(struct request *r, int64_t from, int64_t until)
{
	int64_t intact, broken;
	enum err e =
		db_audit_check_range(r->db, from - 1, until, &intact, &broken);

	if (e)
		return e;
	html_begin(r, "p", "id", "chain", "data-swap", "", "data-state",
		broken ? "broken" : "intact");
	if (broken)
		html_textf(r,
			"Row %" PRId64 " does not fit the one before it: "
			"somebody changed the log past cairn.",
			broken);
	else
		html_textf(r, "intact to row %" PRId64, until);
	html_text(r, broken ? " Run " : " (the rows of this page; ");
	html_element(r, "code", "cairn doctor");
	html_text(r, broken ? " on the server." : " checks the whole log)");
	html_end(r);
	return ERR_OK;
}

static enum err
show_rows(struct request *r, struct list *l, int64_t from, int64_t until)
{
	struct audit *rows;
	size_t count;
	enum err e = db_audit_range(r->db, from, until, r->mem, &rows, &count);

	if (!e)
		e = show_chain(r, from, until);
	if (e)
		return e;
	if (!list_counted(r, l)) {
		html_begin(r, "p", "id", "empty");
		html_text(r, "Nothing has happened yet.");
		html_end(r);
		return ERR_OK;
	}
	for (size_t i = 0; i < count; i++)
		show_row(r, l, &rows[i]);
	list_end(r, l);
	return ERR_OK;
}

enum err
page_audit(struct request *r)
{
	struct list l = { .id = "audit",
		.path = "/admin/audit",
		.one = "event",
		.many = "events",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "when" };
	int64_t first, last, until;
	enum err e = db_audit_ends(r->db, &first, &last);

	if (e)
		return e;
	list_take(r, &l);
	l.q = "";
	l.total = l.matching = last ? last - first + 1 : 0;
	until = last - list_skip(&l);
	frame_begin(r,
		&(struct page){ .name = "audit",
			.h1 = "Audit",
			.section = SECTION_AUDIT,
			.live = "audit" },
		NULL);
	e = show_rows(r, &l, until - LIST_ROWS + 1, until);
	frame_end(r);
	return e;
}
