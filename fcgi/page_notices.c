/*
 * page_notices.c: the section Notifications of the settings: where notices go
 * (spec/pages.md 13).  One of them is in page_notice.c.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/notice_form.h"
#include "fcgi/once.h"
#include "fcgi/pages_notices.h"
#include "fcgi/prove.h"
#include "fcgi/settings_sections.h"
#include "tailnet/secrets.h"

#define HERE NOTICES_HERE

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct column columns[] = {
	{ "Where", NULL, NULL },
	{ "Kind", NULL, NULL },
	{ "Events", NULL, NULL },
	{ "Waiting", NULL, "number" },
	{ "Last", NULL, NULL },
	{ "Forms", NULL, NULL },
};

/* ---- the list ---- */

static void
show_act(struct request *r, const char *name, int64_t id, const char *button)
{
	struct form f;

	form_init(r, &f, arena_printf(r->mem, "%s-%" PRId64, name, id),
		notice_path(r, id, arena_printf(r->mem, "/%s", name)), NULL, 0);
	form_open(&f);
	form_button(&f, button, NULL);
	form_close(&f);
}

static enum err
show_last(struct request *r, const struct notice_target *t)
{
	struct notice *rows;
	size_t count;
	enum err e = db_notices_of(r->db, t->id, 0, 1, r->mem, &rows, &count);

	if (e)
		return e;
	if (!count) {
		html_text(r, "nothing yet");
		return ERR_OK;
	}
	html_textf(r, "%s ", rows[0].state);
	html_time(r, rows[0].tried_at ? rows[0].tried_at : rows[0].at);
	if (strcmp(rows[0].state, "sent") != 0 && *rows[0].answer)
		html_textf(r, ": %s", rows[0].answer);
	return ERR_OK;
}

static enum err
show_target(struct request *r, struct list *l, const struct notice_target *t)
{
	int64_t waiting = 0;
	enum err e = db_notice_count(r->db, t->id, "waiting", &waiting);

	if (e)
		return e;
	list_row(r, l, t->id, NULL, notice_path(r, t->id, ""),
		notice_place(r, t));
	list_cell_text(r, l,
		*t->format ? arena_printf(r->mem, "%s, %s", t->kind, t->format)
			   : t->kind);
	list_cell_text(r, l, notice_events_words(r->mem, t->events));
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, waiting));
	list_cell(r, l);
	e = show_last(r, t);
	if (l->column_count == COUNT(columns)) {
		list_cell(r, l);
		show_act(r, "test", t->id, "plain:Test");
		show_act(r, "delete", t->id, "plain:Delete");
	}
	list_row_end(r);
	return e;
}

static enum err
show_targets(struct request *r)
{
	struct list l = { .id = "notice-targets",
		.path = HERE,
		.one = "target",
		.many = "targets",
		.row = "target",
		.columns = columns,
		.column_count = COUNT(columns) - !(r->who.can & CAN_SETTINGS) };
	struct notice_target *rows;
	size_t count;
	enum err e = db_notice_targets(r->db, r->mem, &rows, &count);

	if (!e && !count)
		html_element(r, "p", "Nobody is told of anything yet.");
	if (e || !count)
		return e;
	list_bare(r, &l);
	for (size_t i = 0; !e && i < count; i++)
		e = show_target(r, &l, &rows[i]);
	list_end(r, &l);
	return e;
}

struct forms {
	struct form webhook, mail;
};

static void
make_forms(struct request *r, struct forms *f)
{
	notice_form_init(r, &f->webhook, false, "settings-notifications", HERE);
	notice_form_init(r, &f->mail, true, "mail", HERE "/mail");
}

/* Open where it was refused, else nobody would see why. */
static void
show_adding(struct request *r, const char *id, const char *words,
	const char *button, struct form *f, const struct form *refused)
{
	html_begin(r, "details", "id", id, f == refused ? "open" : NULL, "");
	html_element(r, "summary", words);
	form_show(f, button);
	html_end(r);
}

static enum err
show(struct request *r, struct forms *f, struct form *refused)
{
	enum err e;

	settings_begin(r, settings_section_named("notifications"),
		refused ? form_refused(refused) : NULL);
	e = show_targets(r);
	if (r->who.can & CAN_SETTINGS) {
		show_adding(r, "add-webhook", "Add a webhook", "Add webhook",
			&f->webhook, refused);
		show_adding(r, "add-mail", "Add mail", "Add mail", &f->mail,
			refused);
	}
	html_element(r, "h3", "Where they may go");
	if (!e)
		e = settings_aside_show(
			r, "notifications/notice-private", refused);
	frame_end(r);
	return e;
}

enum err
page_notices(struct request *r)
{
	struct forms f;

	make_forms(r, &f);
	return show(r, &f, NULL);
}

enum err
notices_again(struct request *r, struct form *refused)
{
	struct forms f;

	make_forms(r, &f);
	return show(r, &f, refused);
}

/* ---- adding ---- */

static enum err
show_secret(struct request *r, const char *secret)
{
	form_shows_once(r, HERE);
	frame_begin(r,
		&(struct page){ .name = "webhook-made",
			.h1 = "Copy this key now",
			.section = SECTION_SETTINGS },
		NULL);
	once_secret(r, "Key", secret);
	html_element(r, "p",
		"It is not shown again. The receiver checks with it that a "
		"notice is from here: the header Cairn-Signature has the time "
		"t and v1, the HMAC-SHA256 of time, a dot and the body.");
	html_begin(r, "p");
	html_link(r, HERE, "Back to the notifications");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
store(struct form *f, const struct notice_target *t, const char *secret,
	int64_t *id, const char **text)
{
	struct request *r = f->r;
	struct secret seal;
	enum err e = secret_current(r->db, r->home, "seal", &seal);

	if (e)
		return e;
	e = tailnet_notice_target_add(r->db, &seal, t, secret,
		prove_actor_text(r), r->now, r->mem, id, text);
	secret_wipe(&seal);
	if (e == ERR_TOO_BIG && !r->repeated)
		form_complain(f, f->fields[0].name,
			arena_printf(r->mem, "There are %d targets already.",
				NOTICE_TARGETS_MAX));
	return e;
}

enum err
do_notices_webhook(struct request *r)
{
	const char *text = NULL;
	struct notice_target t;
	struct forms f;
	int64_t id = 0;
	enum err e;

	make_forms(r, &f);
	if (!notice_form_take(&f.webhook, false, &t))
		return show(r, &f, &f.webhook);
	e = store(&f.webhook, &t, NULL, &id, &text);
	if (!form_ok(&f.webhook))
		return show(r, &f, &f.webhook);
	return e ? e : show_secret(r, text);
}

enum err
do_notices_mail(struct request *r)
{
	const char *text = NULL;
	struct notice_target t;
	struct forms f;
	int64_t id = 0;
	enum err e;

	make_forms(r, &f);
	if (!notice_form_take(&f.mail, true, &t))
		return show(r, &f, &f.mail);
	e = store(&f.mail, &t, form_get(&f.mail, "password"), &id, &text);
	if (!form_ok(&f.mail))
		return show(r, &f, &f.mail);
	return e ? e : form_done(r, HERE, "notice-added", 0);
}
