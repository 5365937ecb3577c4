/*
 * page_remote.c: signing in as whom nginx vouches for (REMOTE_USER), where the
 * setting remote_user says that it does (DESIGN 1.1, docs/DEPLOY.md).
 *
 * It is a form like any other, so that a foreign page signs nobody in; and a
 * user of that name or address must be there.
 */
#include "fcgi/form.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

static const struct field remote_fields[] = {
	{ "next", "", .kind = FIELD_HIDDEN, .max = PATH_MAX_BYTES },
};

static void
make_form(struct request *r, struct form *f, const char *next)
{
	form_init(r, f, "remote", "/login/remote", remote_fields, 1);
	form_put(f, "next", next);
}

void
page_remote_form(struct request *r, const char *next)
{
	const char *name = request_remote_user(r);
	struct form f;

	if (!name)
		return;
	make_form(r, &f, next);
	form_show(&f, arena_printf(r->mem, "Continue as %s", name));
}

static enum err
no_such(struct request *r, const char *name)
{
	r->reply.error = "user";
	return reply_error(r, 403,
		arena_printf(r->mem,
			"Nobody here is called %s. Ask an admin to add you.",
			name));
}

static enum err
find(struct request *r, const char *name, struct user *out)
{
	enum err e = db_user_by_name(r->db, name, r->mem, out);

	if (e == ERR_NOT_FOUND)
		e = db_user_by_email(r->db, name, r->mem, out);
	return e;
}

static enum err
begin(struct request *r, const struct user *u, const char *next)
{
	struct browser b = prove_browser(r);
	struct session_made made;
	enum err e;

	if (u->status != USER_ACTIVE) {
		r->reply.error = "user";
		return reply_error(r, 403,
			u->status == USER_SUSPENDED
				? "Your account is suspended. Ask an admin to "
				  "restore it."
				: "An admin must approve you first.");
	}
	e = tailnet_session_begin(
		r->db, r->pepper, u->id, NULL, &b, r->now, r->mem, &made);
	if (e)
		return e;
	who_signed_in(r, made.token);
	return reply_redirect(r, 303, *next ? next : "/");
}

enum err
do_login_remote(struct request *r)
{
	const char *name = request_remote_user(r);
	struct form f;
	struct user u;
	enum err e;

	if (!name) {
		r->reply.error = "remote-user";
		return reply_error(r, 403,
			"The web server vouches for nobody here, or the "
			"setting remote_user does not let it.");
	}
	make_form(r, &f, "");
	(void)form_take(&f);
	e = find(r, name, &u);
	if (e == ERR_NOT_FOUND)
		return no_such(r, name);
	return e ? e : begin(r, &u, page_next(form_get(&f, "next")));
}
