#include "fcgi/kept.h"

#include <string.h>

#include "base/text.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/oidc_page.h"
#include "fcgi/prove.h"
#include "fcgi/router.h"
#include "fcgi/spent.h"

enum {
	SHOWN_MAX = 4096, /* bytes of one value */
};

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

static bool
is_secret(const char *name)
{
	return text_starts(name, "password") ||
	       text_starts(name, "passphrase") || strcmp(name, "code") == 0 ||
	       ends_with(name, "secret");
}

/* What the kept form makes anew, and what it never keeps. */
static bool
is_kept(const char *name)
{
	static const char *const not_kept[] = { "csrf", "once", "confirm",
		"seen" };

	for (size_t i = 0; i < sizeof(not_kept) / sizeof(not_kept[0]); i++)
		if (strcmp(name, not_kept[i]) == 0)
			return false;
	return !is_secret(name);
}

/* Those that were sent to prove who it is are no loss. */
static void
say_what_is_not_kept(struct request *r)
{
	for (size_t i = 0; i < r->fields.count; i++) {
		const char *name = r->fields.names[i];

		if (!is_secret(name) || !*r->fields.values[i] ||
			strcmp(name, "password") == 0 ||
			strcmp(name, "code") == 0)
			continue;
		html_element(r, "p",
			"Secrets are not kept: enter them again afterwards.");
		return;
	}
}

static void
keep(struct request *r)
{
	for (size_t i = 0; i < r->fields.count; i++)
		if (is_kept(r->fields.names[i]))
			html_hidden(r, r->fields.names[i], r->fields.values[i]);
}

static void
open_form(struct request *r, const char *id)
{
	html_begin(r, "form", "method", "post", "action", r->target, "id", id,
		"novalidate", "");
	form_hidden(r);
	keep(r);
}

static void
button(struct request *r, const char *class, const char *words)
{
	html_begin(r, "button", "type", "submit", "class", class);
	html_text(r, words);
	html_end(r);
}

/* A policy is as long as a megabyte; it is sent whole all the same. */
static void
show_value(struct request *r, const char *value)
{
	size_t len = strlen(value), shown = len < SHOWN_MAX ? len : SHOWN_MAX;

	while (shown < len && ((unsigned char)value[shown] & 0xc0) == 0x80)
		shown--;
	html_text(r, arena_printf(r->mem, "%.*s", (int)shown, value));
	if (shown < len)
		html_textf(r, "… and %zu bytes more", len - shown);
}

/* What will be sent, so that nobody sends what they do not know. */
static void
list_kept(struct request *r)
{
	say_what_is_not_kept(r);
	html_begin(r, "dl", "id", "kept");
	for (size_t i = 0; i < r->fields.count; i++) {
		const char *name = r->fields.names[i];

		if (!is_kept(name) || strcmp(name, "was") == 0 ||
			strcmp(name, "next") == 0)
			continue;
		html_element(r, "dt", name);
		html_begin(r, "dd");
		show_value(r, r->fields.values[i]);
		html_end(r);
	}
	html_end(r);
}

static void
begin(struct request *r, int status, const char *name, const char *h1)
{
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = status;
	frame_begin(r, &(struct page){ .name = name, .h1 = h1 }, NULL);
}

/* In a tab of its own, so that this one keeps what was typed. */
static void
first_step(struct request *r, const char *href, const char *words)
{
	html_begin(r, "p");
	html_text(r, "1. ");
	html_begin(r, "a", "href", href, "target", "_blank", "rel", "noopener");
	html_text(r, words);
	html_end(r);
	html_text(r, " (opens a new tab)");
	html_end(r);
}

static void
second_step(struct request *r)
{
	open_form(r, "resend");
	html_begin(r, "p");
	html_text(r, "2. ");
	button(r, "primary", "Send again");
	html_end(r);
	html_end(r);
}

enum err
kept_session_ended(struct request *r)
{
	begin(r, 401, "session-ended", "Sign in again");
	html_element(r, "p",
		"Your session has ended. What you sent is kept on this page; "
		"nothing was stored yet.");
	first_step(r, "/login", "Sign in");
	second_step(r);
	list_kept(r);
	frame_end(r);
	return ERR_OK;
}

enum err
kept_form_old(struct request *r)
{
	begin(r, 403, "form-old", "This form was out of date");
	html_element(r, "p",
		"It came from a page that was opened before you signed in, or "
		"long ago. Nothing was stored. Look at what it holds; if that "
		"is what you want, send it again.");
	list_kept(r);
	open_form(r, "resend");
	button(r, "primary", "Send again");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
kept_busy(struct request *r, const char *words)
{
	r->reply.retry_after = "5";
	begin(r, 503, "error", "Busy, try again");
	html_element(r, "p", words);
	html_element(r, "p",
		"Nothing was stored. What you sent is kept on this page.");
	open_form(r, "resend");
	button(r, "primary", "Send again");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static const struct field password_field[] = {
	{ "password", "Your password", .kind = FIELD_PASSWORD, .max = 256,
		.flags = FIELD_REQUIRED, .autocomplete = "current-password" },
};

static const struct field code_field[] = {
	{ "code", "Code", .hint = "Of your authenticator, or a recovery code.",
		.max = FACTOR_CODE_MAX, .flags = FIELD_REQUIRED | FIELD_MONO,
		.autocomplete = "one-time-code" },
};

/* A provider is reached by a link and not by a form (spec/pages.md 5.1), and
 * whom nginx vouches for by the page of confirming. */
static enum err
ask_elsewhere(struct request *r)
{
	struct provider *rows;
	size_t count;
	enum err e = oidc_mine(r, &rows, &count);
	bool remote = request_remote_user(r) != NULL;

	if (e || (!count && !remote))
		return e;
	for (size_t i = 0; i < count; i++)
		first_step(r, oidc_fresh_path(r, &rows[i]),
			arena_printf(r->mem, "Confirm by %s", rows[i].name));
	if (remote)
		first_step(r, "/login/confirm", "Confirm by the web server");
	second_step(r);
	return ERR_OK;
}

/* `can`: the form has something that this user could fill in. */
static enum err
ask_again(struct request *r, struct form *f, bool can)
{
	enum err e;

	begin(r, 403, "fresh", "Confirm it is you");
	if (f->error_count)
		form_messages(r, f);
	html_element(r, "p",
		"This needs a sign-in of the last ten minutes. What you sent "
		"is kept.");
	say_what_is_not_kept(r);
	if (can) {
		form_open(f);
		keep(r);
		form_field(f, f->fields[0].name);
		form_button(f, "Confirm", NULL);
		form_close(f);
	}
	e = ask_elsewhere(r);
	frame_end(r);
	return e;
}

enum err
kept_fresh(struct request *r, bool *passed)
{
	bool can = false, by_code = false;
	struct form f;
	enum err e = prove_can_again(r, &can, &by_code);

	*passed = false;
	if (e)
		return e;
	form_init(r, &f, "fresh", r->target,
		by_code ? code_field : password_field, 1);
	if (!can || !fields_has(r, f.fields[0].name))
		return ask_again(r, &f, can);
	e = prove_again(r, fields_one(r, "password"), fields_one(r, "code"));
	if (prove_was_refused(e)) {
		form_error(&f, f.fields[0].name, prove_word(by_code, e));
		return ask_again(r, &f, true);
	}
	*passed = !e;
	if (!e)
		spent_arm(r); /* what follows is the form's own again */
	return e;
}

bool
kept_is_confirmed(struct request *r)
{
	const char *confirm = fields_one(r, "confirm");

	return confirm && strcmp(confirm, "1") == 0;
}

enum err
kept_confirm(struct request *r, const struct confirm *c)
{
	r->reply.status = 200;
	frame_begin(r,
		&(struct page){ .name = "confirm",
			.h1 = c->question,
			.section = c->section },
		NULL);
	for (size_t i = 0; i < 4 && c->effects[i]; i++)
		html_element(r, "p", c->effects[i]);
	if (c->more)
		c->more(r, c->more_arg);
	open_form(r, "form-confirm");
	html_hidden(r, "confirm", "1");
	if (c->seen)
		html_hidden(r, "seen", c->seen);
	if (text_starts(c->button, "danger:"))
		button(r, "danger", c->button + strlen("danger:"));
	else
		button(r, "primary", c->button);
	html_text(r, " ");
	html_link(r, c->cancel, "Cancel");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}
