/*
 * page_totp.c: the own second factor: how it is added, its recovery codes, how
 * it goes (spec/pages.md 8).
 *
 * The secret that is offered hangs on the session's cookie: a page that is
 * loaded again shows the same, and nothing of it is in the form.
 */
#include <sodium.h>

#include "base/text.h"
#include "db/login.h"
#include "fcgi/code_form.h"
#include "fcgi/flash.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/once.h"
#include "fcgi/page.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/qr.h"
#include "fcgi/reply.h"

const struct field new_code_fields[] = {
	{ "code", "Code", .hint = "The 6 digits that it shows now.",
		.max = FACTOR_CODE_MAX, .flags = FIELD_REQUIRED | FIELD_MONO,
		.autocomplete = "one-time-code" },
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

#define HERE "/me/totp"
#define BACK "/me/security"

static void
begin(struct request *r, const char *name, const char *h1,
	const struct form *refused)
{
	frame_begin(r,
		&(struct page){
			.name = name, .h1 = h1, .section = SECTION_SECURITY },
		refused);
}

static void
offer(struct request *r, uint8_t secret[TOTP_SECRET_SIZE])
{
	factor_offer(r->pepper, cookie_get(r, cookie_name(r, "cairn")), secret);
}

/* As authenticators read it: issuer and account also stand before the secret,
 * where older ones look. */
static const char *
address_of(struct request *r, const char *secret)
{
	const char *org = frame_organisation(r);
	const char *issuer = text_url_encode(r->mem, org);

	return arena_printf(r->mem,
		"otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1"
		"&digits=%d&period=%d",
		issuer, text_url_encode(r->mem, r->who.name), secret, issuer,
		TOTP_DIGITS, TOTP_STEP_SECONDS);
}

/* In groups of four, which are easier to type. */
static const char *
in_groups(struct request *r, const char *secret)
{
	const char *text = "";

	for (; *secret; secret += 4)
		text = arena_printf(
			r->mem, "%s%s%.4s", text, *text ? " " : "", secret);
	return text;
}

static void
show_secret(struct request *r)
{
	uint8_t secret[TOTP_SECRET_SIZE];
	char text[TOTP_TEXT_SIZE];

	offer(r, secret);
	totp_text(secret, text);
	html_begin(r, "p");
	html_text(r, "1. Scan this with an authenticator, an app that makes "
		     "codes, or type the secret into it.");
	html_end(r);
	show_qr(r, address_of(r, text), "The secret, for an authenticator");
	once_secret(r, "Secret", in_groups(r, text));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(text, sizeof(text));
}

static enum err
show(struct request *r, struct form *f)
{
	begin(r, "totp", "Set up a second factor", form_refused(f));
	if (r->who.needs_factor)
		html_element(r, "p",
			"Admins of this network need a second factor. Until "
			"you have one, the admin pages are closed to you.");
	html_element(r, "p",
		"From then on your password needs a code of this "
		"device beside it. You are signed out in all other browsers.");
	show_secret(r);
	html_element(r, "p", "2. Enter the code that it shows.");
	form_show(f, "Switch it on");
	frame_end(r);
	return ERR_OK;
}

/* What there is to show before anybody may add one; false: it is shown. */
static enum err
may_add(struct request *r, bool *may)
{
	struct login l = { .password = "" };
	bool there = false;
	enum err e = db_factor_is_there(r->db, r->who.user_id, &there);

	*may = false;
	if (!e && there)
		return reply_redirect(r, 303, BACK);
	if (!e)
		e = db_login_by_user(r->db, r->who.user_id, r->mem, &l);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && *l.password) {
		*may = true;
		return ERR_OK;
	}
	r->reply.error = "no-password";
	return reply_error(r, 403,
		"You sign in without a password, so there is nothing that a "
		"code would be second to.");
}

static void
code_form(struct request *r, struct form *f)
{
	form_init(r, f, "totp", HERE, new_code_fields, 2);
	form_put(f, "next", page_next(request_query(r, "next")));
}

enum err
page_totp(struct request *r)
{
	struct form f;
	bool may;
	enum err e = may_add(r, &may);

	code_form(r, &f);
	return e || !may ? e : show(r, &f);
}

/* Printed whole; the line is for the clipboard.  Behind them is `next`. */
static enum err
show_codes(
	struct request *r, const struct factor_codes *codes, const char *next)
{
	const char *line = "";

	form_shows_once(r, next);
	begin(r, "recovery-codes", "Copy these codes now", NULL);
	html_element(r, "p",
		"Each opens your account once in place of a code, when the "
		"device is lost. Print them, or keep them where you keep what "
		"you must not lose; whoever has them and your password is "
		"you.");
	html_begin(r, "ol", "id", "recovery-codes", "class", "mono");
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		html_element(r, "li", codes->at[i]);
		line = arena_printf(
			r->mem, "%s%s%s", line, i ? " " : "", codes->at[i]);
	}
	html_end(r);
	once_secret(r, "All of them", line);
	html_element(r, "p", "They are not shown again.");
	html_begin(r, "p");
	html_link(r, next, "I have them");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
add(struct request *r, const char *code, struct factor_made *made)
{
	uint8_t secret[TOTP_SECRET_SIZE];
	struct factor_add in = { r->who.user_id, r->who.session, secret, code };
	struct tries tries = prove_own_tries(r);
	enum err e = prove_may_try(r, &tries);

	if (e)
		return e;
	offer(r, secret);
	e = tailnet_factor_add(
		r->db, r->pepper, r->seal, &in, r->now, r->mem, made);
	sodium_memzero(secret, sizeof(secret));
	if (e == ERR_DENIED)
		prove_failed(r, &tries);
	return e;
}

enum err
do_totp(struct request *r)
{
	struct factor_made made;
	const char *next;
	struct form f;
	bool may;
	enum err e = may_add(r, &may);

	if (e || !may)
		return e;
	code_form(r, &f);
	if (!form_take(&f))
		return show(r, &f);
	e = add(r, form_get(&f, "code"), &made);
	if (e == ERR_DENIED) {
		form_put(&f, "code", "");
		form_error(&f, "code", "code");
		return show(r, &f);
	}
	if (e)
		return e;
	who_signed_in(r, made.token);
	next = page_next(form_get(&f, "next"));
	return show_codes(r, &made.codes, *next ? next : BACK);
}

enum err
do_totp_codes(struct request *r)
{
	struct factor_codes codes;
	enum err e = tailnet_factor_codes(
		r->db, r->pepper, r->who.user_id, r->now, r->mem, &codes);

	if (e == ERR_NOT_FOUND)
		return reply_redirect(r, 303, BACK);
	return e ? e : show_codes(r, &codes, BACK);
}

static const struct confirm ask_delete = {
	.question = "Switch the second factor off?",
	.effects = { "Your password alone opens your account then.",
		"The recovery codes end, and you are signed out in all other "
		"browsers." },
	.section = SECTION_SECURITY,
	.button = "danger:Switch it off",
	.cancel = BACK,
};

enum err
do_totp_delete(struct request *r)
{
	const char *token;
	enum err e;

	if (!kept_is_confirmed(r))
		return kept_confirm(r, &ask_delete);
	e = tailnet_factor_drop(r->db, r->pepper, r->who.user_id,
		r->who.session, r->now, r->mem, &token);
	if (e == ERR_NOT_FOUND)
		return reply_redirect(r, 303, BACK);
	if (e)
		return e;
	who_signed_in(r, token);
	return form_done(r, BACK, "factor-removed", 0);
}

enum err
totp_section(struct request *r)
{
	struct factor row;
	struct form f;
	enum err e = db_factor_by_user(r->db, r->who.user_id, r->mem, &row);

	if (e && e != ERR_NOT_FOUND)
		return e;
	html_element(r, "h2", "Second factor");
	if (e) {
		html_element(r, "p",
			"None. With one, whoever learns your password still "
			"needs a code of your device.");
		html_begin(r, "p");
		html_link(r, HERE, "Set up a second factor");
		html_end(r);
		return ERR_OK;
	}
	html_begin(r, "dl", "id", "factor");
	html_element(r, "dt", "On since");
	html_begin(r, "dd", "data-fact", "since");
	html_time(r, row.added_at);
	html_end(r);
	html_fact(r, "codes", "Recovery codes left",
		arena_printf(r->mem, "%lld of %d", (long long)row.codes,
			RECOVERY_CODES));
	html_end(r);
	form_init(r, &f, "codes", HERE "/codes", NULL, 0);
	form_show(&f, "plain:Make new recovery codes");
	form_init(r, &f, "totp-delete", HERE "/delete", NULL, 0);
	form_show(&f, "plain:Switch it off");
	return ERR_OK;
}
