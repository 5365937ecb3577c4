#include "fcgi/gate.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/spent_form.h"
#include "fcgi/kept.h"
#include "fcgi/origin.h"
#include "fcgi/page.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"
#include "fcgi/spent.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

static bool
has(const struct request *r, unsigned flag)
{
	return (r->route->flags & flag) != 0;
}

static bool
is_form(const struct request *r)
{
	const char *type = request_type(r);
	size_t len = strcspn(type, ";");

	while (len && type[len - 1] == ' ')
		len--;
	return len == strlen(FORM_TYPE) &&
	       strncasecmp(type, FORM_TYPE, len) == 0;
}

/* The login page for who looks, the kept form for who sends. */
static enum err
ask_to_sign_in(struct request *r)
{
	if (has(r, OUT)) /* it has ended already */
		return reply_redirect(r, 303, "/login");
	if (r->method == METHOD_POST)
		return kept_session_ended(r);
	return reply_redirect(r, 303,
		arena_printf(r->mem, "/login?next=%s",
			text_url_encode(r->mem, r->target)));
}

enum err
gate_refuse(struct request *r, unsigned can)
{
	const char *role = role_word(r->who.role);

	r->reply.error = "role";
	return reply_error(r, 403,
		arena_printf(r->mem, "This is for %s; you are %s %s.",
			who_may(can), strchr("aio", *role) ? "an" : "a", role));
}

static enum err
say_no(struct request *r, int status, const char *error, const char *words)
{
	r->reply.error = error;
	return reply_error(r, status, words);
}

/* Nothing of the form was looked at before these. */
static enum err
take_form(struct request *r, bool *passed)
{
	enum err e;

	*passed = false;
	if (!is_form(r))
		return say_no(r, 415, NULL,
			"A form is sent as " FORM_TYPE ", not otherwise.");
	e = fields_take(r, has(r, BOXES) ? FIELDS_BOXES_MAX : FIELDS_MAX);
	if (e)
		return e;
	if (origin_is_foreign(r))
		return say_no(r, 403, "origin",
			arena_printf(r->mem,
				"This was sent from a page of another site "
				"than %s, so nothing was done. Open that "
				"address and try again there.",
				r->settings->url));
	*passed = true;
	return ERR_OK;
}

static enum err
check_token(struct request *r, bool *passed)
{
	if (who_form_token_is(r, fields_one(r, "csrf")))
		return ERR_OK;
	if (has(r, STALE)) { /* the handler shows its page again */
		r->stale = true;
		return ERR_OK;
	}
	*passed = false;
	return kept_form_old(r);
}

static enum err
check_rate(struct request *r, bool *passed)
{
	const char *whose =
		arena_printf(r->mem, "%lld", (long long)r->who.session);

	if (!r->who.session || rate_take_word(r->rate, RATE_FORM, whose, r->now,
				       FORMS_PER_MINUTE))
		return ERR_OK;
	*passed = false;
	r->reply.retry_after = "60";
	return ERR_RATE;
}

/* Its role may, and the setting wants more of it first. */
static enum err
ask_for_factor(struct request *r)
{
	if (r->method != METHOD_POST)
		return reply_redirect(
			r, 303, page_with_next(r, "/me/totp", r->target));
	return say_no(r, 403, "factor",
		"Admins of this network need a second factor. Set it up on "
		"/me/totp, then do this again.");
}

static enum err
check_role(struct request *r, bool *passed)
{
	if (!r->route->can || (r->who.can & r->route->can))
		return ERR_OK;
	*passed = false;
	if (r->who.needs_factor && (role_can(r->who.role) & r->route->can))
		return ask_for_factor(r);
	return r->who.session ? gate_refuse(r, r->route->can)
			      : ask_to_sign_in(r);
}

static bool
must_be_fresh(const struct request *r)
{
	return has(r, FRESH) ||
	       (has(r, FRESH_FORM) && (r->who.can & CAN_SETTINGS));
}

static enum err
check_fresh(struct request *r, bool *passed)
{
	if (!must_be_fresh(r) || who_is_fresh(r))
		return ERR_OK;
	if (r->method != METHOD_POST) {
		*passed = false;
		return reply_redirect(r, 303,
			arena_printf(r->mem, "/login/confirm?next=%s",
				text_url_encode(r->mem, r->target)));
	}
	return kept_fresh(r, passed);
}

enum err
gate_in(struct request *r, bool *passed)
{
	bool post = r->method == METHOD_POST;
	enum err e = ERR_OK;

	*passed = true;
	if (post)
		e = db_audit_newest_id(r->db, &r->audit_seen);
	if (!e && post)
		e = take_form(r, passed);
	if (!e && *passed && !r->who.session)
		e = check_role(r, passed);
	if (!e && *passed && post)
		e = check_rate(r, passed);
	if (!e && *passed && post)
		e = check_token(r, passed);
	if (!e && *passed)
		e = check_role(r, passed);
	if (!e && *passed && post && !r->stale)
		e = spent_look(r, passed);
	if (!e && *passed)
		e = check_fresh(r, passed);
	if (!e && r->twice) {
		*passed = false;
		e = ERR_BAD_INPUT;
	}
	if (!e && *passed && post && !r->stale)
		spent_arm(r);
	return e;
}

bool
gate_must_look_again(struct request *r)
{
	bool again = r->changed;

	if (!again)
		return false;
	r->changed = false;
	r->edits = NULL;
	r->reply.status = 0;
	r->reply.class = REPLY_DATA;
	return db_audit_newest_id(r->db, &r->audit_seen) == ERR_OK;
}

/* Nothing was done.  Whatever page the handler made of it is thrown away. */
static enum err
answer_lost(struct request *r)
{
	enum err e = who_load(r);

	r->reply.cookie_count = 0;
	if (!e)
		e = reply_empty(r, 0);
	if (e)
		return e;
	return r->who.session ? gate_refuse(r, r->route->can)
			      : ask_to_sign_in(r);
}

enum err
gate_out(struct request *r, enum err e)
{
	struct spent_form first;

	spent_aside(r);
	if (r->method != METHOD_POST)
		return e;
	db_rollback(r->db);
	if (r->lost && db_spent_form_find(r->db, r->once, r->now, r->mem,
			       &first) == ERR_NOT_FOUND)
		return answer_lost(r);
	if (r->repeated || r->lost)
		return spent_answer(r);
	if (r->twice)
		return ERR_BAD_INPUT;
	if (spent_meanwhile(r, e))
		return spent_answer(r);
	if (!e && r->spent)
		spent_note(r);
	return e;
}
