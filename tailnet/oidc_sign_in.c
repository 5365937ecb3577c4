#include "tailnet/oidc_sign_in.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/factor.h"
#include "db/identity.h"
#include "db/job.h"
#include "tailnet/audit.h"
#include "tailnet/oidc_user.h"

/* One sign-in under way. */
struct work {
	struct db *db;
	struct arena *mem;
	const struct oidc_sign_in *in;
	int64_t now;
	struct user user;
	struct identity identity; /* id 0: it is not there yet */
	enum oidc_refusal refusal;
	const char *why;
};

static enum err
refuse(struct work *w, enum oidc_refusal refusal, const char *why)
{
	w->refusal = refusal;
	w->why = why;
	return ERR_DENIED;
}

static const char *
actor(struct work *w)
{
	return arena_printf(w->mem, "user:%" PRId64, w->user.id);
}

static enum err
log_row(struct work *w, const char *event, const char *detail)
{
	return audit_row(w->db, "user", w->user.id,
		&(struct audit){ .at = w->now,
			.actor = actor(w),
			.action = event,
			.via = "oidc",
			.detail = detail });
}

/* ---- whose it is ---- */

static enum err
add_identity(struct work *w)
{
	const struct oidc_person *who = w->in->who;

	w->identity = (struct identity){ .user_id = w->user.id,
		.provider_id = w->in->provider->id,
		.issuer = who->issuer,
		.sub = who->sub,
		.email = "",
		.groups = "[]",
		.refresh_error = "",
		.linked_at = w->now };
	return db_identity_add(w->db, &w->identity, &w->identity.id);
}

static enum err
link_to(struct work *w, const char *how)
{
	enum err e = add_identity(w);

	return e ? e
		 : log_row(w, "identity.linked",
			   arena_printf(w->mem, "%s, %s", w->in->provider->name,
				   how));
}

/* Somebody has that address: theirs it is only if all three say so. */
static enum err
link_by_email(struct work *w)
{
	bool factor = false;
	enum err e = db_factor_is_there(w->db, w->user.id, &factor);

	if (e)
		return e;
	if (!w->in->provider->links)
		return refuse(w, OIDC_REFUSED_USER,
			"Somebody here has your e-mail address already. If "
			"that is you, sign in with your password and link the "
			"account on the page Security.");
	if (w->user.role != ROLE_MEMBER)
		return refuse(w, OIDC_REFUSED_USER,
			"Your e-mail address belongs to an account with a "
			"role, which is not linked without being asked. Sign "
			"in with your password and link it on the page "
			"Security.");
	if (factor)
		return refuse(w, OIDC_REFUSED_USER,
			"Your e-mail address belongs to an account with a "
			"second factor, which is not linked without being "
			"asked for it. Sign in with your password and link it "
			"on the page Security.");
	return link_to(w, "by the verified e-mail address");
}

static enum err
make_user(struct work *w)
{
	enum err e = oidc_user_new(w->db, w->in->provider, w->in->who,
		w->in->approve, w->now, w->mem, &w->user);

	if (!e)
		e = add_identity(w);
	return e ? e
		 : log_row(w, "identity.linked",
			   arena_printf(w->mem, "%s, as a new user",
				   w->in->provider->name));
}

static enum err
find_by_email(struct work *w)
{
	bool taken = false;
	enum err e = *w->in->who->email
			     ? db_user_by_email(w->db, w->in->who->email,
				       w->mem, &w->user)
			     : ERR_NOT_FOUND;

	if (!e)
		return link_by_email(w);
	if (e == ERR_NOT_FOUND)
		e = db_user_word_is_anothers(
			w->db, 0, w->in->who->email, &taken);
	if (!e && taken)
		e = refuse(w, OIDC_REFUSED_USER,
			"Somebody here is called like your e-mail address. Ask "
			"an admin.");
	return e ? e : make_user(w);
}

static enum err
find(struct work *w)
{
	enum err e = db_identity_of(w->db, w->in->who->issuer, w->in->who->sub,
		w->mem, &w->identity);

	if (!e)
		return db_user_by_id(
			w->db, w->identity.user_id, w->mem, &w->user);
	w->identity = (struct identity){ .id = 0 };
	return e == ERR_NOT_FOUND ? find_by_email(w) : e;
}

/* Of who is signed in, and of nobody else. */
static enum err
find_mine(struct work *w)
{
	enum err e = db_user_by_id(w->db, w->in->user_id, w->mem, &w->user);

	if (!e)
		e = db_identity_of(w->db, w->in->who->issuer, w->in->who->sub,
			w->mem, &w->identity);
	if (e == ERR_NOT_FOUND && w->user.id && w->in->aim == OIDC_LINK)
		return link_to(w, "by who is signed in");
	if (e == ERR_NOT_FOUND || (!e && w->identity.user_id != w->user.id))
		return refuse(w, OIDC_REFUSED_USER,
			w->in->aim == OIDC_LINK
				? "That account is linked to somebody else."
				: "That is not the account that you are signed "
				  "in with.");
	return e;
}

/* ---- what is kept of it ---- */

static enum err
keep_identity(struct work *w)
{
	struct identity *i = &w->identity;
	enum err e = ERR_OK;

	i->provider_id = w->in->provider->id;
	i->email = w->in->who->email;
	i->groups = w->in->who->synced;
	i->refresh_error = "";
	i->token_until = w->in->who->until;
	i->signed_in_at = w->now;
	if (*w->in->refresh)
		i->refreshed_at = w->now;
	if (*w->in->refresh)
		e = oidc_token_close(w->db, w->in->home, w->in->refresh, w->mem,
			&i->refresh);
	if (!e)
		e = db_identity_update(w->db, i);
	if (!e && i->refresh.len)
		e = db_job_want(w->db, OIDC_JOB_REFRESH, i->id,
			w->now + OIDC_REFRESH_SECONDS);
	if (!e)
		e = provider_groups_settle(w->db, w->user.id, w->mem);
	return e;
}

static enum err
keep(struct work *w)
{
	enum err e = keep_identity(w);

	if (!e)
		e = oidc_user_update(w->db, w->in->provider, w->in->who, w->now,
			w->mem, &w->user);
	return e;
}

/* ---- the session ---- */

static enum err
begin(struct work *w, const struct secret *pepper, const struct browser *b,
	struct oidc_outcome *out)
{
	const struct vouched vouched = { w->identity.id,
		w->in->who->auth_time };
	struct browser browser = *b;

	browser.vouched = &vouched;
	out->state = w->user.status == USER_SUSPENDED ? SIGN_IN_SUSPENDED
		     : w->user.status == USER_NEEDS_APPROVAL
			     ? SIGN_IN_NEEDS_APPROVAL
			     : SIGN_IN_DONE;
	if (out->state != SIGN_IN_DONE)
		return ERR_OK;
	return session_begin(w->db, pepper, w->user.id, &browser, w->now,
		w->mem, &out->made);
}

/* The session there is.  ERR_NOT_FOUND: it is over, since another role was told
 * of. */
static enum err
go_on(struct work *w)
{
	struct web_session s;

	return w->in->aim == OIDC_FRESH
		       ? db_web_session_fresh(w->db, w->in->session, w->now)
		       : db_web_session_by_id(
				 w->db, w->in->session, w->now, w->mem, &s);
}

static enum err
run(struct work *w, const struct secret *pepper, const struct browser *b,
	struct oidc_outcome *out)
{
	const bool here = w->in->aim != OIDC_SIGN_IN;
	enum err e = here ? find_mine(w) : find(w);

	if (!e)
		e = keep(w);
	if (e)
		return e;
	if (here)
		e = go_on(w);
	return here && e != ERR_NOT_FOUND ? e : begin(w, pepper, b, out);
}

enum err
tailnet_oidc_sign_in(struct db *db, const struct secret *pepper,
	const struct oidc_sign_in *in, const struct browser *b, int64_t now,
	struct arena *mem, struct oidc_outcome *out)
{
	struct work w = { .db = db, .mem = mem, .in = in, .now = now };
	struct oidc_outcome made = { .refusal = OIDC_REFUSED_NONE };
	enum err e;

	w.refusal = oidc_admit(in->provider, in->who, mem);
	if (!w.refusal) {
		e = db_begin(db);
		if (!e)
			e = run(&w, pepper, b, &made);
		e = db_end(db, e);
		if (e && !w.refusal)
			return e;
	}
	made.refusal = w.refusal;
	made.why = w.why;
	*out = made;
	return ERR_OK;
}

static enum err
add_refusal(struct db *db, const struct provider *p, const char *why,
	const struct browser *b, int64_t now)
{
	int64_t here = 0, all = 0;
	enum err e = db_audit_recent(
		db, "session.refused", b->address, now - 60, &here);

	if (!e)
		e = db_audit_recent(
			db, "session.refused", NULL, now - 60, &all);
	if (e || here >= REFUSED_LOGGED || all >= REFUSED_LOGGED_ALL)
		return e;
	return audit_row(db, "provider", p ? p->id : 0,
		&(struct audit){ .at = now,
			.actor = "server",
			.action = "session.refused",
			.subject_name = p ? p->name : "",
			.detail = why,
			.via = "oidc",
			.address = b->address });
}

enum err
tailnet_oidc_refused(struct db *db, const struct provider *p, const char *why,
	const struct browser *b, int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = add_refusal(db, p, why, b, now);
	return db_end(db, e);
}
