#include "tailnet/sign_in.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/factor.h"
#include "db/login.h"
#include "tailnet/audit.h"
#include "tailnet/password.h"

void
session_hash(const struct secret *pepper, const char *token,
	uint8_t out[SESSION_HASH_SIZE])
{
	pepper_hash(pepper, token, out);
}

/* ---- who is it ---- */

/* *out with id 0 when nobody is called so; a name goes before an e-mail. */
enum err
tailnet_sign_in_user(
	struct db *db, const char *name, struct arena *mem, struct user *out)
{
	struct user u = { .id = 0 };
	enum err e = db_user_by_name(db, name, mem, &u);

	if (e == ERR_NOT_FOUND)
		e = db_user_by_email(db, name, mem, &u);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (!e)
		*out = u;
	return e;
}

/* "" for who has none. */
static enum err
find_hash(struct db *db, int64_t user_id, struct arena *mem, const char **hash)
{
	struct login l = { .password = "" };
	enum err e = db_login_by_user(db, user_id, mem, &l);

	if (e && e != ERR_NOT_FOUND)
		return e;
	*hash = e ? "" : l.password;
	return ERR_OK;
}

static enum sign_in
judge(const struct user *u, const char *hash, bool right)
{
	if (!u->id)
		return SIGN_IN_UNKNOWN;
	if (!*hash)
		return SIGN_IN_NO_PASSWORD;
	if (!right)
		return SIGN_IN_WRONG;
	if (u->status == USER_SUSPENDED)
		return SIGN_IN_SUSPENDED;
	return u->status == USER_NEEDS_APPROVAL ? SIGN_IN_NEEDS_APPROVAL
						: SIGN_IN_DONE;
}

static const char *const reasons[] = {
	[SIGN_IN_DONE] = "",
	[SIGN_IN_UNKNOWN] = "unknown name",
	[SIGN_IN_WRONG] = "wrong password",
	[SIGN_IN_NO_PASSWORD] = "no password is set",
	[SIGN_IN_SUSPENDED] = "suspended",
	[SIGN_IN_NEEDS_APPROVAL] = "needs approval",
	[SIGN_IN_WRONG_CODE] = "wrong code",
};

/* What was typed as an unknown name is not kept: it may be a password. */
static enum err
add_refusal(struct db *db, const struct user *u, enum sign_in why,
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
	return audit_row(db, "user", u->id,
		&(struct audit){ .at = now,
			.actor = "server",
			.action = "session.refused",
			.detail = reasons[why],
			.via = "page",
			.address = b->address });
}

enum err
tailnet_sign_in_refused(struct db *db, const struct user *u, enum sign_in why,
	const struct browser *b, int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = add_refusal(db, u, why, b, now);
	return db_end(db, e);
}

enum err
login_is_still(
	struct db *db, int64_t user_id, const char *hash, struct arena *mem)
{
	const char *now = "";
	enum err e = find_hash(db, user_id, mem, &now);

	return e ? e : text_same_secret(now, hash) ? ERR_OK : ERR_DENIED;
}

/* Costs have risen since it was made: nobody else has the word for it.  *hash
 * becomes the new one. */
static enum err
refresh_hash(struct db *db, const struct user *u, const char *password,
	int64_t now, struct arena *mem, const char **hash)
{
	const char *made = "";
	enum err e = password_hash(mem, password, &made);

	if (!e)
		e = db_begin(db);
	if (!e)
		e = login_is_still(db, u->id, *hash, mem);
	if (!e)
		e = db_login_set_password(db, u->id, made, now);
	e = db_end(db, e);
	if (!e)
		*hash = made;
	/* What is begun with the old one is refused then. */
	return e == ERR_DENIED ? ERR_OK : e;
}

enum err
tailnet_sign_in(struct db *db, const char *name, const char *password,
	const struct browser *b, int64_t now, struct arena *mem,
	enum sign_in *outcome, struct proven *out)
{
	struct user u = { .id = 0 };
	const char *hash = "";
	enum sign_in made;
	bool right;
	enum err e = tailnet_sign_in_user(db, name, mem, &u);

	if (!e && u.id)
		e = find_hash(db, u.id, mem, &hash);
	if (e)
		return e;
	right = password_is(hash, password);
	made = judge(&u, hash, right);
	if (made != SIGN_IN_DONE)
		e = tailnet_sign_in_refused(db, &u, made, b, now);
	else if (password_is_stale(hash))
		e = refresh_hash(db, &u, password, now, mem, &hash);
	if (e)
		return e;
	*outcome = made;
	*out = (struct proven){ u, hash };
	return ERR_OK;
}

enum err
password_of_user_is(struct db *db, int64_t user_id, const char *password,
	struct arena *mem, const char **verified)
{
	const char *hash;
	enum err e = find_hash(db, user_id, mem, &hash);

	if (!e)
		*verified = password_is(hash, password) ? hash : NULL;
	return e;
}

/* ---- sessions ---- */

/* At most `max` bytes, cut between characters; what is no text is "". */
static const char *
cut(struct arena *mem, const char *s, size_t max)
{
	size_t len = s ? strlen(s) : 0;

	if (!len || !text_is_utf8(s, len))
		return "";
	if (len <= max)
		return s;
	while (max && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return arena_printf(mem, "%.*s", (int)max, s);
}

static enum err
log_session(struct db *db, struct arena *mem, const char *event,
	const struct web_session *s, const char *told, int64_t now)
{
	bool vouched = s->identity_id && strcmp(event, "session.started") == 0;

	return audit_row(db, "user", s->user_id,
		&(struct audit){ .at = now,
			.actor = arena_printf(mem, "user:%" PRId64, s->user_id),
			.action = event,
			.via = vouched ? "oidc" : "page",
			.detail = s->agent,
			.after = told,
			.session = s->id });
}

enum err
session_begin(struct db *db, const struct secret *pepper, int64_t user_id,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *out)
{
	const char *token = text_random(mem, SESSION_TOKEN_LEN);
	struct web_session s = { .user_id = user_id,
		.address = b->address ? b->address : "",
		.agent = cut(mem, b->agent, SESSION_AGENT_MAX),
		.started_at = now,
		.used_at = now,
		.fresh_at = now };
	struct user u;
	const struct vouched *v = b->vouched;
	enum err e = db_user_by_id(db, user_id, mem, &u);

	if (!e && u.status != USER_ACTIVE)
		e = ERR_DENIED;
	session_hash(pepper, token, s.hash);
	memcpy(s.pre_hash, b->pre_hash, sizeof(s.pre_hash));
	if (v) {
		s.identity_id = v->identity_id;
		s.fresh_at = v->since < now ? v->since : now;
	}
	if (!e)
		e = db_web_session_add(db, &s, &s.id);
	if (!e)
		e = db_login_signed_in(db, user_id, now);
	if (!e)
		e = log_session(db, mem, "session.started", &s, b->told, now);
	if (!e)
		*out = (struct session_made){ s.id, user_id, token };
	return e;
}

/* A password that was right is half of it for who has a second factor, from the
 * moment that it is there. */
static enum err
password_opens(
	struct db *db, int64_t user_id, const char *verified, struct arena *mem)
{
	bool factor = false;
	enum err e = login_is_still(db, user_id, verified, mem);

	if (!e)
		e = db_factor_is_there(db, user_id, &factor);
	return !e && factor ? ERR_FACTOR : e;
}

enum err
tailnet_session_begin(struct db *db, const struct secret *pepper,
	int64_t user_id, const char *verified, const struct browser *b,
	int64_t now, struct arena *mem, struct session_made *out)
{
	struct session_made made;
	enum err e = db_begin(db);

	if (!e && verified)
		e = password_opens(db, user_id, verified, mem);
	if (!e)
		e = session_begin(db, pepper, user_id, b, now, mem, &made);
	e = db_end(db, e);
	if (!e)
		*out = made;
	return e;
}

enum err
tailnet_session_fresh(struct db *db, int64_t session, int64_t user_id,
	const char *verified, int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);

	if (!e)
		e = password_opens(db, user_id, verified, mem);
	if (!e)
		e = db_web_session_fresh(db, session, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

/* user_id 0: whoever's it is. */
static enum err
end_session(struct db *db, int64_t user_id, int64_t id, const char *event,
	int64_t now)
{
	struct arena *mem = arena_new();
	struct web_session s;
	enum err e = db_begin(db);

	if (!e)
		e = db_web_session_by_id(db, id, now, mem, &s);
	if (!e && user_id && s.user_id != user_id)
		e = ERR_NOT_FOUND;
	if (!e)
		e = db_web_session_end(db, id);
	if (!e)
		e = log_session(db, mem, event, &s, NULL, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_session_end(struct db *db, int64_t id, int64_t now)
{
	return end_session(db, 0, id, "session.ended", now);
}

enum err
tailnet_session_revoke(struct db *db, int64_t user_id, int64_t id, int64_t now)
{
	return end_session(db, user_id, id, "session.revoked", now);
}

enum err
tailnet_session_revoke_others(
	struct db *db, int64_t user_id, int64_t but, int64_t now, int64_t *gone)
{
	struct arena *mem = arena_new();
	const char *actor = arena_printf(mem, "user:%" PRId64, user_id);
	int64_t ended = 0;
	enum err e = db_begin(db);

	if (!e)
		e = db_web_sessions_end(db, user_id, but, &ended);
	if (!e && ended)
		e = audit(db, now, actor, "session.revoked", "user", user_id,
			arena_printf(mem, "%" PRId64 " sessions", ended));
	e = db_end(db, e);
	arena_free(mem);
	if (!e)
		*gone = ended;
	return e;
}

/* ---- the own password ---- */

static enum err
store_change(struct db *db, const struct secret *pepper,
	const struct password_change *c, const char *hash, const char *token,
	int64_t now)
{
	uint8_t cookie[SESSION_HASH_SIZE];
	enum err e = db_login_set_password(db, c->user_id, hash, now);

	session_hash(pepper, token, cookie);
	if (!e)
		e = db_web_session_rehash(db, c->session, cookie);
	if (!e)
		e = db_web_sessions_end(db, c->user_id, c->session, NULL);
	return e;
}

enum err
tailnet_password_change(struct db *db, const struct secret *pepper,
	const struct password_change *c, int64_t now, struct arena *mem,
	const char **token)
{
	const char *made = text_random(mem, SESSION_TOKEN_LEN);
	const char *actor = arena_printf(mem, "user:%" PRId64, c->user_id);
	const char *hash = "", *old = NULL;
	enum err e = password_of_user_is(db, c->user_id, c->old, mem, &old);

	if (!e && !old)
		e = ERR_DENIED;
	if (!e)
		e = password_hash(mem, c->fresh, &hash);
	if (!e)
		e = db_begin(db);
	if (!e)
		e = login_is_still(db, c->user_id, old, mem);
	if (!e)
		e = store_change(db, pepper, c, hash, made, now);
	if (!e)
		e = audit(db, now, actor, "user.password_set", "user",
			c->user_id, NULL);
	e = db_end(db, e);
	if (!e)
		*token = made;
	return e;
}
