/*
 * page_login.c: signing in, proving it again, signing out (spec/pages.md 6).
 */
#include <string.h>

#include "base/text.h"
#include "fcgi/code_form.h"
#include "fcgi/device.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/half.h"
#include "fcgi/html.h"
#include "fcgi/oidc_page.h"
#include "fcgi/page.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

static const struct field login_fields[] = {
	{ "name", "Name or e-mail", .max = 254,
		.flags = FIELD_REQUIRED | FIELD_FOCUS,
		.autocomplete = "username" },
	{ "password", "Password", .kind = FIELD_PASSWORD, .max = 256,
		.flags = FIELD_REQUIRED, .autocomplete = "current-password" },
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

static const struct field password_fields[] = {
	{ "password", "Your password", .kind = FIELD_PASSWORD, .max = 256,
		.flags = FIELD_REQUIRED | FIELD_FOCUS,
		.autocomplete = "current-password" },
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

/* Of events, which no browser shows. */
static bool
is_stream(const char *next)
{
	static const char end[] = "/events";
	size_t len = strcspn(next, "?#"), n = strlen(end);

	return len >= n && strncmp(next + len - n, end, n) == 0;
}

const char *
page_next(const char *next)
{
	static const char *const not_there[] = { "/login", "/logout", "/oidc" };

	if (!next || next[0] != '/' || next[1] == '/' || next[1] == '\\')
		return "";
	for (const char *c = next; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\\' || *c == 0x7f)
			return "";
	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		if (text_starts(next, not_there[i]))
			return "";
	return is_stream(next) ? "" : next;
}

const char *
page_with_next(struct request *r, const char *path, const char *next)
{
	next = page_next(next);
	return *next ? arena_printf(r->mem, "%s?next=%s", path,
			       text_url_encode(r->mem, next))
		     : path;
}

static enum err
show_login(struct request *r, struct form *f)
{
	enum err e;

	frame_begin(r, &(struct page){ .name = "login", .h1 = "Sign in" },
		form_refused(f));
	if (r->settings->password_sign_in)
		form_show(f, "Sign in");
	page_remote_form(r, page_next(form_get(f, "next")));
	e = oidc_links(r, page_next(form_get(f, "next")));
	if (!e)
		e = oidc_sign_out_link(r, flash_id(r, "signed-out"));
	html_begin(r, "p");
	html_link(r, "/connect", "How to connect a machine");
	html_end(r);
	frame_end(r);
	return e;
}

static void
login_form(struct request *r, struct form *f)
{
	form_init(r, f, "login", "/login", login_fields, 3);
	form_put(f, "next", page_next(request_query(r, "next")));
}

enum err
page_login(struct request *r)
{
	struct form f;

	login_form(r, &f);
	if (r->who.session)
		return reply_redirect(r, 303,
			*form_get(&f, "next") ? form_get(&f, "next") : "/");
	return show_login(r, &f);
}

/* The password was right, and yet. */
static enum err
show_waiting(struct request *r, enum sign_in outcome)
{
	bool suspended = outcome == SIGN_IN_SUSPENDED;

	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 403;
	frame_begin(r,
		&(struct page){ .name = "user-waiting",
			.h1 = suspended ? "Your account is suspended"
					: "An admin must approve you first" },
		NULL);
	html_element(r, "p",
		suspended ? "Ask an admin to restore it."
			  : "Ask an admin, then sign in again.");
	html_begin(r, "p");
	html_link(r, "/login", "Sign in");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

/* The password is half of it: the page of the code has the rest. */
static enum err
ask_for_code(struct request *r, const struct proven *p, const char *next)
{
	half_begin(r, p);
	return reply_redirect(r, 303, page_with_next(r, "/login/code", next));
}

enum err
page_signed_in(
	struct request *r, const struct session_made *made, const char *next)
{
	bool needs = false;
	struct user u;
	enum err e = db_user_by_id(r->db, made->user_id, r->mem, &u);

	if (!e)
		e = who_needs_factor(r, u.id, u.role, &needs);
	if (e)
		return e;
	who_signed_in(r, made->token);
	device_remember(r, made->user_id);
	if (needs)
		next = page_with_next(r, "/me/totp", next);
	return reply_redirect(r, 303, *next ? next : "/");
}

static enum err
begin(struct request *r, const struct proven *p, const char *next)
{
	struct browser b = prove_browser(r);
	struct session_made made;
	enum err e = tailnet_session_begin(r->db, r->pepper, p->user.id,
		p->hash, &b, r->now, r->mem, &made);

	if (e == ERR_FACTOR)
		return ask_for_code(r, p, next);
	return e ? e : page_signed_in(r, &made, next);
}

enum err
do_login(struct request *r)
{
	enum sign_in outcome;
	struct proven proven;
	struct form f;
	enum err e;

	if (!r->settings->password_sign_in)
		return reply_error(r, 403,
			"Nobody signs in with a password here. Go back and "
			"continue with the provider.");
	login_form(r, &f);
	if (!form_take(&f))
		return show_login(r, &f);
	e = prove_password(r, form_get(&f, "name"), form_get(&f, "password"),
		&outcome, &proven);
	if (e)
		return e;
	if (outcome == SIGN_IN_SUSPENDED || outcome == SIGN_IN_NEEDS_APPROVAL)
		return show_waiting(r, outcome);
	if (outcome == SIGN_IN_DONE)
		e = begin(r, &proven, page_next(form_get(&f, "next")));
	/* Denied: another password was set, or the user suspended, meanwhile.
	 */
	if (outcome == SIGN_IN_DONE && e != ERR_DENIED)
		return e;
	form_error(&f, "name", "login");
	return show_login(r, &f);
}

static enum err
show_confirm(struct request *r, struct form *f)
{
	bool can = false, by_code = false;
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "fresh", .h1 = "Confirm it is you" },
		form_refused(f));
	html_element(r, "p",
		"What comes next needs a sign-in of the last ten minutes.");
	e = prove_can_again(r, &can, &by_code);
	if (!e && can)
		form_show(f, "Confirm");
	page_remote_form(r, page_next(form_get(f, "next")));
	if (!e)
		e = oidc_fresh_links(r, page_next(form_get(f, "next")));
	frame_end(r);
	return e;
}

static enum err
confirm_form(struct request *r, struct form *f, bool *by_code)
{
	enum err e = prove_by_code(r, by_code);

	form_init(r, f, "fresh", "/login/confirm",
		*by_code ? code_fields : password_fields, 2);
	form_put(f, "next", page_next(request_query(r, "next")));
	return e;
}

enum err
page_login_confirm(struct request *r)
{
	bool by_code = false;
	struct form f;
	enum err e = confirm_form(r, &f, &by_code);

	return e ? e : show_confirm(r, &f);
}

enum err
do_login_confirm(struct request *r)
{
	bool by_code = false;
	const char *next;
	struct form f;
	enum err e = confirm_form(r, &f, &by_code);

	if (e)
		return e;
	if (!form_take(&f))
		return show_confirm(r, &f);
	e = prove_again(r, form_get(&f, "password"), form_get(&f, "code"));
	if (prove_was_refused(e)) {
		form_put(&f, "code", "");
		form_error(&f, by_code ? "code" : "password",
			prove_word(by_code, e));
		return show_confirm(r, &f);
	}
	next = page_next(form_get(&f, "next"));
	return e ? e : reply_redirect(r, 303, *next ? next : "/");
}

enum err
do_logout(struct request *r)
{
	int64_t provider = 0;
	enum err e = oidc_to_sign_out(r, &provider);

	if (!e)
		e = tailnet_session_end(r->db, r->who.session, r->now);
	if (e)
		return e;
	who_signed_out(r);
	return form_done(r, "/login", "signed-out", provider);
}
