/*
 * page_login_code.c: the second half of signing in (spec/pages.md 6).
 */
#include "fcgi/code_form.h"
#include "fcgi/frame.h"
#include "fcgi/half.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

const struct field code_fields[] = {
	{ "code", "Code",
		.hint = "The 6 digits that your authenticator shows, or a "
			"recovery code.",
		.max = FACTOR_CODE_MAX,
		.flags = FIELD_REQUIRED | FIELD_FOCUS | FIELD_MONO,
		.autocomplete = "one-time-code" },
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

static void
code_form(struct request *r, struct form *f)
{
	form_init(r, f, "login-code", "/login/code", code_fields, 2);
	form_put(f, "next", page_next(request_query(r, "next")));
}

static enum err
show(struct request *r, struct form *f, const struct proven *half)
{
	frame_begin(r,
		&(struct page){ .name = "login-code", .h1 = "Enter your code" },
		form_refused(f));
	html_element(r, "p",
		arena_printf(r->mem, "The password of %s is right.",
			half->user.name));
	form_show(f, "Sign in");
	html_begin(r, "p");
	html_text(r, "Lost the device and the recovery codes? An admin takes "
		     "the second factor away. ");
	html_link(r, "/login", "Sign in as somebody else");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

/* Nobody who has shown a password, or not lately. */
static enum err
back(struct request *r, const struct form *f)
{
	half_end(r);
	return form_done(r, page_with_next(r, "/login", form_get(f, "next")),
		r->method == METHOD_POST ? "code-late" : NULL, 0);
}

enum err
page_login_code(struct request *r)
{
	struct proven half;
	struct form f;
	enum err e = half_find(r, &half);

	code_form(r, &f);
	if (e)
		return e;
	if (r->who.session)
		return reply_redirect(r, 303,
			*form_get(&f, "next") ? form_get(&f, "next") : "/");
	return half.user.id ? show(r, &f, &half) : back(r, &f);
}

enum err
do_login_code(struct request *r)
{
	struct session_made made;
	struct proven half;
	struct form f;
	enum err e = half_find(r, &half);
	bool fine;

	code_form(r, &f);
	fine = form_take(&f);
	if (e || !half.user.id)
		return e ? e : back(r, &f);
	if (!fine)
		return show(r, &f, &half);
	e = prove_code(r, &half, form_get(&f, "code"), &made);
	if (e == ERR_NOT_FOUND)
		return back(r, &f);
	if (prove_was_refused(e)) {
		form_put(&f, "code", "");
		form_error(&f, "code", prove_word(true, e));
		return show(r, &f, &half);
	}
	if (e)
		return e;
	half_end(r);
	return page_signed_in(r, &made, page_next(form_get(&f, "next")));
}
