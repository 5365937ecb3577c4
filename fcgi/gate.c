#include "fcgi/gate.h"

#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/text.h"
#include "db/audit.h"
#include "db/spent_form.h"
#include "db/web_session.h"
#include "fcgi/flash.h"
#include "fcgi/kept.h"
#include "fcgi/page.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"

enum {
	CLICKS_SECONDS = 60, /* between two clicks on one button */
};

#define FORM_TYPE "application/x-www-form-urlencoded"

static bool
has(const struct request *r, unsigned flag)
{
	return (r->route->flags & flag) != 0;
}

/* Of the setting, as browsers write it: a usual port is left out. */
static const char *
own_origin(struct request *r)
{
	const char *host, *scheme;
	int64_t port;
	bool https;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	scheme = https ? "https" : "http";
	if (strchr(host, ':'))
		host = arena_printf(r->mem, "[%s]", host);
	if (port == (https ? 443 : 80))
		return arena_printf(r->mem, "%s://%s", scheme, host);
	return arena_printf(
		r->mem, "%s://%s:%lld", scheme, host, (long long)port);
}

/* Browsers say where a request comes from only to https and to the machine they
 * run on. */
static bool
tells_site(struct request *r)
{
	const char *host;
	int64_t port;
	bool https;
	struct ip ip;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	return https || strcmp(host, "localhost") == 0 ||
	       (ip_parse(host, &ip) == ERR_OK && ip_is_loopback(&ip));
}

/* Pages whose address is a secret send no referrer, and then browsers say that
 * the origin is "null".  Whoever sends their form knows the secret. */
static bool
is_foreign(struct request *r)
{
	const char *site = request_claim(r, "HTTP_SEC_FETCH_SITE");
	const char *origin = request_claim(r, "HTTP_ORIGIN");
	bool same = site && strcmp(site, "same-origin") == 0;

	if (site && *site && !same && strcmp(site, "none") != 0)
		return true;
	if (!origin || !*origin)
		return false;
	if (strcmp(origin, "null") == 0)
		return !(has(r, SECRET) && (same || !tells_site(r)));
	return strcasecmp(origin, own_origin(r)) != 0;
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
	if (is_foreign(r))
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
check_once(struct request *r, bool *passed)
{
	const char *once = fields_one(r, "once");

	if (once && strlen(once) == ONCE_LEN) {
		who_once_hash(r, once, r->once);
		return ERR_OK;
	}
	*passed = false;
	r->why = "the form lacks its field once";
	return ERR_BAD_INPUT;
}

/* The commit of whatever the handler does. */
static enum err
spend(struct db *db, void *arg)
{
	struct request *r = arg;
	enum err e;

	if (r->twice) /* which of the two was meant? */
		return ERR_BAD_INPUT;
	if (r->spent)
		return ERR_OK;
	e = db_spent_form_add(db, r->once, r->now);
	if (!e)
		r->spent = true;
	r->repeated = e == ERR_EXISTS;
	return e;
}

/* Who asks is who came in still: signed in, active, of the same role. */
static enum err
still_who(struct db *db, struct request *r)
{
	bool acts = true;
	enum err e = ERR_OK;

	if (r->who.session)
		e = db_web_session_acts(db, r->who.session, r->now,
			role_word(r->who.role), &acts);
	r->lost = !acts;
	return !e && !acts ? ERR_DENIED : e;
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

/* Under the writers' lock: the form is not spent, and what it was compared with
 * is still so.  The first before the second: of two equal forms at once the
 * slower one is no conflict. */
static enum err
still_so(struct db *db, void *arg)
{
	struct request *r = arg;
	struct spent_form first;
	enum err e;

	if (r->spent)
		return ERR_OK;
	e = still_who(db, r);
	if (e || !r->edits)
		return e;
	e = db_spent_form_find(db, r->once, r->now, r->mem, &first);
	r->repeated = !e;
	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	e = db_audit_since(db, r->edits, r->audit_seen, &r->changed);
	return !e && r->changed ? ERR_CHANGED : e;
}

void
gate_aside(struct request *r)
{
	db_after_begin(r->db, NULL, NULL);
	db_before_commit(r->db, NULL, NULL);
}

void
gate_again(struct request *r)
{
	db_after_begin(r->db, still_so, r);
	db_before_commit(r->db, spend, r);
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

static const char *
parent(struct request *r)
{
	size_t len = strcspn(r->target, "?");

	if (has(r, SECRET))
		return "/";
	while (len > 1 && r->target[len - 1] != '/')
		len--;
	return len > 1 ? arena_printf(r->mem, "%.*s", (int)len - 1, r->target)
		       : "/";
}

/* Who clicks twice on "Sign in" sees one answer, and its cookie with it, and
 * nobody knows which: the first may be under way for longer than the second. So
 * each gets a session of its own, and those of one form end together. */
static void
give_cookie_again(struct request *r, int64_t session)
{
	const char *token = text_random(r->mem, TOKEN_LEN);
	struct web_session s;
	int64_t id;
	enum err e;

	if (r->who.session || !session)
		return;
	gate_aside(r);
	e = db_begin(r->db);
	if (!e)
		e = db_web_session_by_id(r->db, session, r->now, r->mem, &s);
	if (!e && s.started_at <= r->now - CLICKS_SECONDS)
		e = ERR_EXPIRED;
	if (!e) {
		who_token_hash(r, token, s.hash);
		e = db_web_session_add(r->db, &s, &id);
	}
	if (db_end(r->db, e) == ERR_OK)
		who_signed_in(r, token);
}

/* The page that the form is on. */
static const char *
page_of(struct request *r)
{
	return has(r, OWN_PAGE)
		       ? arena_printf(r->mem, "%.*s",
				 (int)strcspn(r->target, "?"), r->target)
		       : parent(r);
}

/* As the first time; while that one is still under way, the page it is on. */
static enum err
answer_repeated(struct request *r)
{
	struct spent_form s = { "", "", 0 };

	(void)db_spent_form_find(r->db, r->once, r->now, r->mem, &s);
	r->reply.cookie_count = 0;
	if (*s.flash)
		flash_set_text(r, s.flash);
	else
		flash_set(r, "already-done", 0);
	give_cookie_again(r, s.session);
	return reply_redirect(r, 303, *s.location ? s.location : page_of(r));
}

static enum err
check_spent(struct request *r, bool *passed)
{
	struct spent_form s;
	enum err e = db_spent_form_find(r->db, r->once, r->now, r->mem, &s);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*passed = false;
	return answer_repeated(r);
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
		return reply_redirect(r, 303, "/me/totp");
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
		e = check_once(r, passed);
	if (!e && *passed && post && !r->stale)
		e = check_spent(r, passed);
	if (!e && *passed)
		e = check_fresh(r, passed);
	if (!e && r->twice) {
		*passed = false;
		e = ERR_BAD_INPUT;
	}
	if (!e && *passed && post && !r->stale)
		gate_again(r);
	return e;
}

/* The session whose cookie this answer carries, 0 if none has begun. */
static int64_t
session_begun(struct request *r)
{
	uint8_t hash[SESSION_HASH_SIZE];
	struct web_session s;

	if (!r->began)
		return 0;
	who_token_hash(r, r->began, hash);
	return db_web_session_by_hash(r->db, hash, r->now, r->mem, &s) ? 0
								       : s.id;
}

/* For the same form again; a crash before this leaves the parent page. */
static void
note_answer(struct request *r)
{
	struct spent_form s = { r->reply.location, r->reply.flash,
		session_begun(r) };
	enum err e;

	if (r->again_location) {
		s.location = r->again_location;
		s.flash = "already-done";
	}
	e = db_begin(r->db);
	if (!e)
		e = db_spent_form_answer(r->db, r->once, &s);
	(void)db_end(r->db, e);
}

/* What the handler missed, or found changed, may be the effect of the same
 * form: it was not spent when this one came in, and is now. */
static bool
was_spent_meanwhile(struct request *r, enum err e)
{
	struct spent_form first;

	if (r->spent || (!e && r->reply.status == 303))
		return false;
	return db_spent_form_find(r->db, r->once, r->now, r->mem, &first) ==
	       ERR_OK;
}

enum err
gate_out(struct request *r, enum err e)
{
	struct spent_form first;

	gate_aside(r);
	if (r->method != METHOD_POST)
		return e;
	db_rollback(r->db);
	if (r->lost && db_spent_form_find(r->db, r->once, r->now, r->mem,
			       &first) == ERR_NOT_FOUND)
		return answer_lost(r);
	if (r->repeated || r->lost)
		return answer_repeated(r);
	if (r->twice)
		return ERR_BAD_INPUT;
	if (was_spent_meanwhile(r, e))
		return answer_repeated(r);
	if (!e && r->spent)
		note_answer(r);
	return e;
}
