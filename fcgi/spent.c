#include "fcgi/spent.h"

#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/spent_form.h"
#include "db/web_session.h"
#include "fcgi/flash.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"

enum {
	CLICKS_SECONDS = 60, /* between two clicks on one button */
};

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
spent_aside(struct request *r)
{
	db_after_begin(r->db, NULL, NULL);
	db_before_commit(r->db, NULL, NULL);
}

void
spent_arm(struct request *r)
{
	db_after_begin(r->db, still_so, r);
	db_before_commit(r->db, spend, r);
}

static const char *
parent(struct request *r)
{
	size_t len = strcspn(r->target, "?");

	if (r->route->flags & SECRET)
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
	spent_aside(r);
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
	return (r->route->flags & OWN_PAGE)
		       ? arena_printf(r->mem, "%.*s",
				 (int)strcspn(r->target, "?"), r->target)
		       : parent(r);
}

enum err
spent_answer(struct request *r)
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
	return spent_answer(r);
}

enum err
spent_look(struct request *r, bool *passed)
{
	enum err e = check_once(r, passed);

	return e ? e : check_spent(r, passed);
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

/* A crash before this leaves the parent page. */
void
spent_note(struct request *r)
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
bool
spent_meanwhile(struct request *r, enum err e)
{
	struct spent_form first;

	if (r->spent || (!e && r->reply.status == 303))
		return false;
	return db_spent_form_find(r->db, r->once, r->now, r->mem, &first) ==
	       ERR_OK;
}
