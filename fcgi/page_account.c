/*
 * page_account.c: what everybody has for themselves: where they are signed in,
 * password, look (spec/pages.md 8).
 */
#include <inttypes.h>
#include <string.h>

#include "db/user_list.h"
#include "fcgi/agent.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/oidc_page.h"
#include "fcgi/page.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

enum {
	THEME_SECONDS = 365 * 86400,
};

static const struct column session_columns[] = {
	{ "Browser", NULL, NULL },
	{ "Address", NULL, "mono" },
	{ "Signed in", NULL, NULL },
	{ "Last used", NULL, NULL },
	{ "End", NULL, NULL },
};

static const struct field password_fields[] = {
	{ "password_old", "Your password now", .kind = FIELD_PASSWORD,
		.max = 256, .flags = FIELD_REQUIRED,
		.autocomplete = "current-password" },
	{ "password", "New password",
		.hint = "At least 12 characters; a sentence is good.",
		.kind = FIELD_PASSWORD, .max = 256, .flags = FIELD_REQUIRED,
		.autocomplete = "new-password" },
	{ "password_again", "The same again", .kind = FIELD_PASSWORD,
		.max = 256, .flags = FIELD_REQUIRED,
		.autocomplete = "new-password" },
};

static const struct choice themes[] = {
	{ "auto", "As the system" },
	{ "light", "Light" },
	{ "dark", "Dark" },
};

static const struct field theme_fields[] = {
	{ "theme", "Look", .kind = FIELD_RADIO, .flags = FIELD_REQUIRED,
		.choices = themes, .choice_count = 3 },
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

/* The own browser ends by "Sign out", which is on every page. */
static void
show_end(struct request *r, const struct web_session *s)
{
	struct form f;

	if (s->id == r->who.session) {
		html_begin(r, "span", "data-badge", "this-one");
		html_text(r, "this one");
		html_end(r);
		return;
	}
	form_init(r, &f, arena_printf(r->mem, "session-%" PRId64, s->id),
		arena_printf(r->mem, "/me/sessions/%" PRId64 "/revoke", s->id),
		NULL, 0);
	form_show(&f, "plain:Sign out");
}

static void
show_session(struct request *r, struct list *l, const struct web_session *s)
{
	list_row(r, l, s->id, NULL, NULL, agent_words(r->mem, s->agent));
	list_cell_text(r, l, s->address);
	list_cell(r, l);
	html_time(r, s->started_at);
	list_cell(r, l);
	if (s->id == r->who.session)
		html_text(r, "now"); /* it is noted once in a while */
	else
		html_time(r, s->used_at);
	list_cell(r, l);
	show_end(r, s);
	list_row_end(r);
}

enum err
page_sessions(struct request *r)
{
	struct list l = { .id = "sessions",
		.one = "session",
		.columns = session_columns,
		.column_count = 5 };
	struct web_session *rows;
	struct form f;
	size_t count;
	enum err e = db_web_sessions(
		r->db, r->who.user_id, r->now, r->mem, &rows, &count);

	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "sessions",
			.h1 = "Where you are signed in",
			.section = SECTION_SESSIONS },
		NULL);
	list_bare(r, &l);
	for (size_t i = 0; i < count; i++)
		show_session(r, &l, &rows[i]);
	list_end(r, &l);
	if (count > 1) {
		form_init(r, &f, "revoke-others", "/me/sessions/revoke-others",
			NULL, 0);
		form_show(&f, "plain:Sign out everywhere else");
	}
	frame_end(r);
	return ERR_OK;
}

enum err
do_session_revoke(struct request *r)
{
	int64_t id = page_id(r, 0);
	enum err e =
		id ? tailnet_session_revoke(r->db, r->who.user_id, id, r->now)
		   : ERR_NOT_FOUND;

	if (e == ERR_NOT_FOUND)
		return reply_gone(
			r, &(struct gone){ .thing = "session of yours",
				   .list = "/me/sessions",
				   .list_words = "Where you are signed in" });
	if (e)
		return e;
	if (id == r->who.session)
		who_signed_out(r);
	return form_done(r, "/me/sessions", "sessions-ended", 0);
}

enum err
do_sessions_revoke_others(struct request *r)
{
	int64_t gone;
	enum err e = tailnet_session_revoke_others(
		r->db, r->who.user_id, r->who.session, r->now, &gone);

	return e ? e : form_done(r, "/me/sessions", "sessions-ended", 0);
}

static void
password_form(struct request *r, struct form *f)
{
	form_init(r, f, "password", "/me/password", password_fields, 3);
}

static void
theme_form(struct request *r, struct form *f)
{
	form_init(r, f, "theme", "/me/theme", theme_fields, 2);
	form_put(f, "theme", r->who.theme);
	form_put(f, "next", "/me/security");
}

/* Who came by a provider may have none, and cannot say it. */
static enum err
password_section(struct request *r, struct form *f)
{
	struct user_row row;
	enum err e = db_user_row(r->db, r->who.user_id, r->mem, &row);

	if (e)
		return e;
	html_element(r, "h2", "Password");
	if (!row.has_password) {
		html_begin(r, "p", "id", "no-password");
		html_text(r,
			"You have none: you sign in by a provider. A link to "
			"set one is made by an admin, on your page of ");
		if (r->who.can & CAN_SETTINGS)
			html_link(r,
				arena_printf(r->mem, "/admin/users/%" PRId64,
					r->who.user_id),
				"Users");
		else
			html_text(r, "Users");
		html_text(r, ".");
		html_end(r);
		return ERR_OK;
	}
	html_element(
		r, "p", "A new password signs you out in all other browsers.");
	form_show(f, "Set the new password");
	return ERR_OK;
}

/* One of both may have been refused. */
static enum err
show_security(struct request *r, struct form *password, struct form *theme)
{
	const struct form *refused = form_refused(password);
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "security",
			.h1 = "Security",
			.section = SECTION_SECURITY },
		refused ? refused : form_refused(theme));
	e = password_section(r, password);
	if (!e)
		e = totp_section(r);
	if (!e)
		e = oidc_security(r);
	if (e)
		return e;
	html_element(r, "h2", "Look");
	form_show(theme, "Set the look");
	frame_end(r);
	return e;
}

enum err
page_security(struct request *r)
{
	struct form password, theme;

	password_form(r, &password);
	theme_form(r, &theme);
	return show_security(r, &password, &theme);
}

static enum err
set_password(struct request *r, struct form *f, const char **token)
{
	struct password_change c = { .user_id = r->who.user_id,
		.session = r->who.session,
		.old = form_get(f, "password_old"),
		.fresh = form_get(f, "password") };
	struct tries tries = prove_own_tries(r);
	int place;
	enum err e = prove_may_try(r, &tries);

	if (!e)
		e = prove_enter(r, &place);
	if (e)
		return e;
	e = tailnet_password_change(
		r->db, r->pepper, &c, r->now, r->mem, token);
	prove_leave(r, place);
	if (e == ERR_DENIED)
		prove_failed(r, &tries);
	return e;
}

enum err
do_password(struct request *r)
{
	struct form password, theme;
	const char *token;
	enum err e;

	password_form(r, &password);
	theme_form(r, &theme);
	form_take(&password);
	if (!page_passwords_fit(&password))
		return show_security(r, &password, &theme);
	e = set_password(r, &password, &token);
	if (e == ERR_DENIED) {
		form_error(&password, "password_old", "password-wrong");
		return show_security(r, &password, &theme);
	}
	if (e)
		return e;
	who_signed_in(r, token);
	return form_done(r, "/me/security", "password-changed", 0);
}

enum err
do_theme(struct request *r)
{
	struct form password, theme;
	const char *next;

	password_form(r, &password);
	theme_form(r, &theme);
	if (!form_take(&theme))
		return show_security(r, &password, &theme);
	cookie_set(r, "cairn-theme", form_get(&theme, "theme"), THEME_SECONDS);
	next = page_next(form_get(&theme, "next"));
	return form_done(r, *next ? next : "/me/security", "theme-set", 0);
}
