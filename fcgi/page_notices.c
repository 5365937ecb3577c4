/*
 * page_notices.c: the section Notifications of the settings: where notices go,
 * and what became of each (spec/pages.md 13).
 *
 * The address of a webhook often is a secret in itself: who may not change it
 * sees its host alone.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/list.h"
#include "fcgi/once.h"
#include "fcgi/pages_notices.h"
#include "fcgi/prove.h"
#include "fcgi/settings_sections.h"
#include "tailnet/notice.h"

#define HERE "/admin/settings/notifications"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct choice events[] = {
#define X(name, word, words) { word, words },
	NOTICE_TABLE(X)
#undef X
};

static const struct choice formats[] = {
	{ "json", "JSON, signed" },
	{ "slack", "Slack, Mattermost, Google Chat" },
	{ "discord", "Discord" },
	{ "text", "Plain text (ntfy)" },
};

static const struct choice securities[] = {
	{ "starttls", "STARTTLS" },
	{ "tls", "TLS from the start (SMTPS)" },
	{ "none", "None: in the own network alone" },
};

static const struct field webhook_fields[] = {
	{ "url", "Address of the webhook",
		.hint = "An https:// address. Addresses in private networks "
			"need the setting notice_private.",
		.max = NOTICE_URL_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "format", "Format", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = formats, .choice_count = COUNT(formats) },
	{ "event", "What it hears of", .kind = FIELD_MANY, .choices = events,
		.choice_count = COUNT(events) },
};

static const struct field mail_fields[] = {
	{ "to", "To", .hint = "Addresses, a blank between.", .max = 2048,
		.flags = FIELD_REQUIRED },
	{ "server", "Mail server", .hint = "Like mail.example.org:587.",
		.max = 260, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "security", "Security", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = securities, .choice_count = COUNT(securities) },
	{ "sender", "Sender", .max = 254, .flags = FIELD_REQUIRED },
	{ "account", "Account (optional)", .max = 254 },
	{ "password", "Its password", .kind = FIELD_PASSWORD, .max = 256,
		.autocomplete = "off" },
	{ "event", "What they hear of", .kind = FIELD_MANY, .choices = events,
		.choice_count = COUNT(events) },
};

static const struct column columns[] = {
	{ "Where", NULL, NULL },
	{ "Kind", NULL, NULL },
	{ "Events", NULL, NULL },
	{ "Waiting", NULL, "number" },
	{ "Last", NULL, NULL },
	{ "Forms", NULL, NULL },
};

static const struct column log_columns[] = {
	{ "When", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Message", NULL, NULL },
	{ "State", NULL, NULL },
	{ "Tries", NULL, "number" },
	{ "Answer", NULL, NULL },
};

static const struct settings_section *
section(void)
{
	size_t i = 0;

	while (strcmp(settings_sections[i].name, "notifications") != 0)
		i++;
	return &settings_sections[i];
}

static const char *
path_of(struct request *r, int64_t id, const char *behind)
{
	return arena_printf(r->mem, HERE "/%" PRId64 "%s", id, behind);
}

static const char *
place_of(struct request *r, const struct notice_target *t)
{
	const char *host = strstr(t->place, "://");

	if (!host || (r->who.can & CAN_SETTINGS))
		return t->place;
	host += 3;
	return arena_printf(r->mem, "%.*s", (int)strcspn(host, "/?#"), host);
}

/* ---- the list ---- */

static void
show_act(struct request *r, const char *name, int64_t id, const char *button)
{
	struct form f;

	form_init(r, &f, arena_printf(r->mem, "%s-%" PRId64, name, id),
		path_of(r, id, arena_printf(r->mem, "/%s", name)), NULL, 0);
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
	list_row(r, l, t->id, NULL, path_of(r, t->id, ""), place_of(r, t));
	list_cell_text(r, l,
		*t->format ? arena_printf(r->mem, "%s, %s", t->kind, t->format)
			   : t->kind);
	list_cell_text(r, l, fields_trim(r, t->events));
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
	form_init(r, &f->webhook, "settings-notifications", HERE,
		webhook_fields, COUNT(webhook_fields));
	form_put(&f->webhook, "format", "json");
	form_init(r, &f->mail, "mail", HERE "/mail", mail_fields,
		COUNT(mail_fields));
	form_put(&f->mail, "security", "starttls");
}

static enum err
show(struct request *r, struct forms *f, struct form *refused)
{
	enum err e;

	settings_begin(r, section(), refused ? form_refused(refused) : NULL);
	e = show_targets(r);
	if (r->who.can & CAN_SETTINGS) {
		html_element(r, "h3", "Add a webhook");
		form_show(&f->webhook, "Add webhook");
		html_element(r, "h3", "Add mail");
		form_show(&f->mail, "Add mail");
	}
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

static void
take_events(struct form *f, struct notice_target *t)
{
	t->events = arena_printf(f->r->mem, " %s ", form_get(f, "event"));
	if (!*form_get(f, "event"))
		form_complain(f, "event", "Tick at least one.");
}

static enum err
store(struct form *f, const struct notice_target *t, const char *secret,
	int64_t *id, const char **text)
{
	struct request *r = f->r;
	struct secret seal;
	enum err e = secret_read(r->home, "seal", &seal);

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
	struct notice_target t = { .kind = "webhook",
		.server = "",
		.security = "",
		.sender = "",
		.account = "" };
	const char *trouble, *text = NULL;
	struct forms f;
	int64_t id = 0;
	enum err e;

	make_forms(r, &f);
	if (!form_take(&f.webhook))
		return show(r, &f, &f.webhook);
	t.place = form_get(&f.webhook, "url");
	t.format = form_get(&f.webhook, "format");
	take_events(&f.webhook, &t);
	trouble = notice_place_trouble(r->mem, &t, r->settings->notice_private);
	if (trouble)
		form_complain(&f.webhook, "url", trouble);
	if (!form_ok(&f.webhook))
		return show(r, &f, &f.webhook);
	e = store(&f.webhook, &t, NULL, &id, &text);
	if (!form_ok(&f.webhook))
		return show(r, &f, &f.webhook);
	return e ? e : show_secret(r, text);
}

/* Commas, semicolons and lines as blanks, one between two. */
static const char *
one_blank(struct request *r, const char *s)
{
	char *out = arena_strdup(r->mem, s), *to = out;

	for (; *s; s++) {
		bool gap = strchr(" ,;\t\r\n", *s) != NULL;

		if (!gap)
			*to++ = *s;
		else if (to > out && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > out && to[-1] == ' ')
		to--;
	*to = '\0';
	return out;
}

static const char *
field_of(const char *trouble)
{
	return strstr(trouble, "mail server") ? "server"
	       : strstr(trouble, "sender")    ? "sender"
	       : strstr(trouble, "TLS")       ? "security"
					      : "to";
}

enum err
do_notices_mail(struct request *r)
{
	struct notice_target t = { .kind = "mail", .format = "" };
	const char *trouble, *text = NULL;
	struct forms f;
	int64_t id = 0;
	enum err e;

	make_forms(r, &f);
	if (!form_take(&f.mail))
		return show(r, &f, &f.mail);
	t.place = one_blank(r, form_get(&f.mail, "to"));
	t.server = form_get(&f.mail, "server");
	t.security = form_get(&f.mail, "security");
	t.sender = form_get(&f.mail, "sender");
	t.account = form_get(&f.mail, "account");
	take_events(&f.mail, &t);
	trouble = notice_place_trouble(r->mem, &t, r->settings->notice_private);
	if (trouble)
		form_complain(&f.mail, field_of(trouble), trouble);
	if (!form_ok(&f.mail))
		return show(r, &f, &f.mail);
	e = store(&f.mail, &t, form_get(&f.mail, "password"), &id, &text);
	if (!form_ok(&f.mail))
		return show(r, &f, &f.mail);
	return e ? e : form_done(r, HERE, "notice-added", 0);
}

/* ---- one target ---- */

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
	list_cell_text(r, l, n->event);
	list_cell_text(r, l, n->message);
	list_cell_text(r, l, n->state);
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, n->tries));
	list_cell_text(r, l, n->answer);
	list_row_end(r);
}

enum err
page_notice_log(struct request *r)
{
	struct list l = { .id = "deliveries",
		.one = "delivery",
		.many = "deliveries",
		.columns = log_columns,
		.column_count = COUNT(log_columns),
		.sort = "" };
	struct notice_target t;
	struct notice *rows;
	size_t count = 0;
	enum err e = find(r, &t);

	if (e)
		return e;
	l.path = path_of(r, t.id, "");
	list_take(r, &l);
	e = db_notice_count(r->db, t.id, "", &l.total);
	l.matching = l.total;
	if (!e)
		e = db_notices_of(r->db, t.id, list_skip(&l), LIST_ROWS, r->mem,
			&rows, &count);
	if (e)
		return e;
	settings_begin(r, section(), NULL);
	html_element(r, "h3", place_of(r, &t));
	if (list_counted(r, &l)) {
		for (size_t i = 0; i < count; i++)
			show_notice(r, &l, &rows[i]);
		list_end(r, &l);
	}
	html_begin(r, "p");
	html_link(r, HERE, "Back to the notifications");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
do_notice_test(struct request *r)
{
	struct notice_target t;
	enum err e = find(r, &t);

	if (!e)
		e = tailnet_notice_test(
			r->db, t.id, prove_actor_text(r), r->now);
	return e ? e : form_done(r, path_of(r, t.id, ""), "notice-tested", 0);
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
				.question = arena_printf(
					r->mem, "Delete %s?", place_of(r, &t)),
				.effects = { arena_printf(r->mem,
					"%" PRId64 " notices wait for it and "
					"are not sent; its log goes too.",
					waiting) },
				.button = "Delete",
				.cancel = HERE });
	e = tailnet_notice_target_delete(
		r->db, t.id, prove_actor_text(r), r->now);
	return e ? e : form_done(r, HERE, "notice-deleted", 0);
}
