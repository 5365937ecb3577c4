/*
 * page_notice.c: one target of notices: what became of each, its form, a test,
 * its end (spec/pages.md 13).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/list.h"
#include "fcgi/notice_form.h"
#include "fcgi/pages_notices.h"
#include "fcgi/prove.h"
#include "fcgi/settings_sections.h"
#include "tailnet/secrets.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct column log_columns[] = {
	{ "When", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Message", NULL, NULL },
	{ "State", NULL, NULL },
	{ "Tries", NULL, "number" },
	{ "Answer", NULL, NULL },
};

static enum err
find(struct request *r, struct notice_target *t)
{
	int64_t id = 0;

	if (text_int(r->parts[0], &id))
		return ERR_NOT_FOUND;
	return db_notice_target(r->db, id, r->mem, t);
}

static void
show_notice(struct request *r, struct list *l, const struct notice *n)
{
	list_row(r, l, n->id, n->state, NULL,
		arena_printf(r->mem, "%" PRId64, n->id));
	html_text(r, " ");
	html_time(r, n->at);
	list_cell(r, l);
	html_attribute(r, "data-event", n->event);
	html_text(r, notice_event_words(n->event));
	list_cell_text(r, l, n->message);
	list_cell_text(r, l, n->state);
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, n->tries));
	list_cell_text(r, l, n->answer);
	list_row_end(r);
}

static enum err
show_log(struct request *r, const struct notice_target *t)
{
	struct list l = { .id = "deliveries",
		.one = "delivery",
		.many = "deliveries",
		.path = notice_path(r, t->id, ""),
		.columns = log_columns,
		.column_count = COUNT(log_columns),
		.sort = "" };
	struct notice *rows;
	size_t count = 0;
	enum err e;

	list_take(r, &l);
	e = db_notice_count(r->db, t->id, "", &l.total);
	l.matching = l.total;
	if (!e)
		e = db_notices_of(r->db, t->id, list_skip(&l), LIST_ROWS,
			r->mem, &rows, &count);
	if (e || !list_counted(r, &l))
		return e;
	for (size_t i = 0; i < count; i++)
		show_notice(r, &l, &rows[i]);
	list_end(r, &l);
	return ERR_OK;
}

/* `f` is the form that changes it, as it was sent or as it is stored. */
static enum err
show(struct request *r, const struct notice_target *t, struct form *f)
{
	enum err e;

	settings_begin(
		r, settings_section_named("notifications"), form_refused(f));
	html_element(r, "h3", notice_place(r, t));
	e = show_log(r, t);
	if (r->who.can & CAN_SETTINGS) {
		html_element(r, "h3", "Change it");
		form_show(f, "Save");
	}
	html_begin(r, "p");
	html_link(r, NOTICES_HERE, "Back to the notifications");
	html_end(r);
	frame_end(r);
	return e;
}

enum err
page_notice_log(struct request *r)
{
	struct notice_target t;
	struct form f;
	enum err e = find(r, &t);

	if (e)
		return e;
	notice_form_edit(r, &f, &t, notice_path(r, t.id, ""));
	return show(r, &t, &f);
}

static enum err
change(struct form *f, const struct notice_target *before,
	struct notice_target *t)
{
	const char *password = form_get(f, "password");
	struct request *r = f->r;
	struct secret seal;
	enum err e;

	if (!*password && !notice_keeps_password(before, t)) {
		form_complain(f, "password",
			"Enter it again: it was for another server or "
			"account.");
		return ERR_OK;
	}
	e = secret_current(r->db, r->home, "seal", &seal);
	if (!e)
		e = tailnet_notice_target_set(r->db, &seal, t,
			*password ? password : NULL, prove_actor_text(r),
			r->now);
	secret_wipe(&seal);
	return e;
}

enum err
do_notice_change(struct request *r)
{
	struct notice_target before, t;
	struct form f;
	enum err e = find(r, &before);

	if (e)
		return e;
	notice_form_edit(r, &f, &before, notice_path(r, before.id, ""));
	if (!notice_form_take(&f, strcmp(before.kind, "mail") == 0, &t))
		return show(r, &before, &f);
	t.id = before.id;
	e = change(&f, &before, &t);
	if (!form_ok(&f))
		return show(r, &before, &f);
	return e ? e
		 : form_done(r, notice_path(r, t.id, ""), "notice-saved", 0);
}

enum err
do_notice_test(struct request *r)
{
	struct notice_target t;
	enum err e = find(r, &t);

	if (!e)
		e = tailnet_notice_test(
			r->db, t.id, prove_actor_text(r), r->now);
	return e ? e
		 : form_done(r, notice_path(r, t.id, ""), "notice-tested", 0);
}

enum err
do_notice_delete(struct request *r)
{
	struct notice_target t;
	enum err e = find(r, &t);
	int64_t waiting = 0;

	if (!e)
		e = db_notice_count(r->db, t.id, "waiting", &waiting);
	if (e)
		return e;
	if (!kept_is_confirmed(r))
		return kept_confirm(r,
			&(struct confirm){
				.question = arena_printf(r->mem, "Delete %s?",
					notice_place(r, &t)),
				.effects = { arena_printf(r->mem,
					"%" PRId64 " notices wait for it and "
					"are not sent; its log goes too.",
					waiting) },
				.section = SECTION_SETTINGS,
				.button = "danger:Delete",
				.cancel = NOTICES_HERE });
	e = tailnet_notice_target_delete(
		r->db, t.id, prove_actor_text(r), r->now);
	return e ? e : form_done(r, NOTICES_HERE, "notice-deleted", 0);
}
