#include "fcgi/who.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "db/factor.h"
#include "db/web_session.h"
#include "fcgi/request.h"

#define ALL_BUT_OWN                                                          \
	(CAN_READ | CAN_MACHINES | CAN_NETWORK | CAN_PEOPLE | CAN_SETTINGS | \
		CAN_SELF)

static const unsigned capabilities[ROLES] = {
	[ROLE_OWNER] = ALL_BUT_OWN | CAN_OWN,
	[ROLE_ADMIN] = ALL_BUT_OWN,
	[ROLE_NETWORK_ADMIN] = CAN_READ | CAN_NETWORK | CAN_SELF,
	[ROLE_IT_ADMIN] = CAN_READ | CAN_MACHINES | CAN_PEOPLE | CAN_SELF,
	[ROLE_AUDITOR] = CAN_READ | CAN_SELF,
	[ROLE_MEMBER] = CAN_SELF,
};

unsigned
role_can(enum role role)
{
	return role < ROLES ? capabilities[role] : 0;
}

const char *
who_may(unsigned can)
{
	if (can & CAN_OWN)
		return "an owner";
	if (can & CAN_SETTINGS)
		return "an owner or admin";
	if ((can & CAN_NETWORK) && (can & CAN_MACHINES))
		return "an owner, admin, network-admin or it-admin";
	if (can & CAN_NETWORK)
		return "an owner, admin or network-admin";
	if (can & (CAN_PEOPLE | CAN_MACHINES))
		return "an owner, admin or it-admin";
	if (can & CAN_READ)
		return "an owner, admin, network-admin, it-admin or auditor";
	return "whoever is signed in";
}

static bool
is_https(const struct request *r)
{
	return r->settings && text_starts(r->settings->url, "https://");
}

const char *
cookie_name(struct request *r, const char *name)
{
	return is_https(r) ? arena_printf(r->mem, "__Host-%s", name) : name;
}

const char *
cookie_get(struct request *r, const char *name)
{
	const char *at = request_claim(r, "HTTP_COOKIE");
	size_t name_len = strlen(name);

	while (at && *at) {
		size_t len = strcspn(at, ";");

		if (len > name_len && strncmp(at, name, name_len) == 0 &&
			at[name_len] == '=')
			return arena_printf(r->mem, "%.*s",
				(int)(len - name_len - 1), at + name_len + 1);
		at += len;
		at += strspn(at, "; ");
	}
	return NULL;
}

void
cookie_set(
	struct request *r, const char *name, const char *value, int64_t seconds)
{
	struct reply *reply = &r->reply;
	const char *text = arena_printf(r->mem,
		"%s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
		name, value, seconds, is_https(r) ? "; Secure" : "");

	if (reply->cookie_count < COOKIES_MAX)
		reply->cookies[reply->cookie_count++] = text;
}

void
who_token_hash(struct request *r, const char *token, uint8_t out[32])
{
	pepper_hash(r->pepper, token, out);
}

/* Only what this program could have made is looked up. */
static bool
is_token(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

	return s && strlen(s) == TOKEN_LEN && strspn(s, letters) == TOKEN_LEN;
}

static const char *
theme_of(struct request *r)
{
	const char *theme = cookie_get(r, "cairn-theme");

	if (theme && strcmp(theme, "light") == 0)
		return "light";
	return theme && strcmp(theme, "dark") == 0 ? "dark" : "auto";
}

/* The last use is what the twelve hours count from; a row that cannot be
 * written now is written by the next request. */
static void
note_use(struct request *r, const struct web_session *s)
{
	enum err e;

	if (r->now - s->used_at < USED_SECONDS)
		return;
	db_read_only(r->db, false);
	e = db_begin(r->db);
	if (!e)
		e = db_web_session_used(r->db, s->id, r->now);
	(void)db_end(r->db, e);
}

static void
take_user(struct who *w, const struct web_session *s, const struct user *u)
{
	w->session = s->id;
	w->user_id = u->id;
	w->name = u->name;
	w->role = u->role;
	w->can = role_can(u->role);
	w->started_at = s->started_at;
	w->fresh_at = s->fresh_at;
	memcpy(w->pre_hash, s->pre_hash, sizeof(w->pre_hash));
}

enum err
who_needs_factor(
	struct request *r, int64_t user_id, enum role role, bool *needs)
{
	*needs = false;
	return r->settings->require_second_factor &&
			       (role_can(role) & ~(unsigned)CAN_SELF)
		       ? db_factor_is_lacking(r->db, user_id, needs)
		       : ERR_OK;
}

static enum err
take_session(struct request *r, const char *token)
{
	struct web_session s;
	struct user u;
	uint8_t hash[SESSION_HASH_SIZE];
	enum err e;

	who_token_hash(r, token, hash);
	e = db_web_session_by_hash(r->db, hash, r->now, r->mem, &s);
	if (!e)
		e = db_user_by_id(r->db, s.user_id, r->mem, &u);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (u.status != USER_ACTIVE)
		return ERR_OK;
	take_user(&r->who, &s, &u);
	note_use(r, &s);
	/* A provider has asked for what it wants by itself. */
	return s.identity_id ? ERR_OK
			     : who_needs_factor(
				       r, u.id, u.role, &r->who.needs_factor);
}

enum err
who_load(struct request *r)
{
	const char *token = cookie_get(r, cookie_name(r, "cairn"));
	const char *pre = cookie_get(r, cookie_name(r, "cairn-pre"));
	enum err e = ERR_OK;

	r->who = (struct who){ .theme = theme_of(r) };
	if (is_token(pre))
		r->who.pre = pre;
	if (is_token(token))
		e = take_session(r, token);
	if (r->who.needs_factor)
		r->who.can &= CAN_SELF;
	return e;
}

bool
who_is_fresh(const struct request *r)
{
	return r->who.session && r->now - r->who.fresh_at < FRESH_SECONDS;
}

/* Without padding. */
const char *
who_hash_text(struct request *r, const char *about)
{
	uint8_t hash[32];
	char *text;

	pepper_hash(r->pepper, about, hash);
	text = text_base64(r->mem, hash, sizeof(hash));
	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	return text;
}

const char *
who_pre_form_token(struct request *r)
{
	return who_hash_text(
		r, arena_printf(r->mem, "form pre %s", r->who.pre));
}

/* A page that answers with another cookie is read with that one. */
static const char *
session_token(struct request *r)
{
	const char *cookie =
		r->began ? r->began : cookie_get(r, cookie_name(r, "cairn"));

	return who_hash_text(
		r, arena_printf(r->mem, "form session %" PRId64 " %s",
			   r->who.session, cookie));
}

static void
begin_pre(struct request *r)
{
	if (r->who.pre)
		return;
	r->who.pre = text_random(r->mem, TOKEN_LEN);
	cookie_set(r, cookie_name(r, "cairn-pre"), r->who.pre, 3600);
}

const char *
who_form_token(struct request *r)
{
	if (r->who.session)
		return session_token(r);
	begin_pre(r);
	return who_pre_form_token(r);
}

/* What was typed before the session ended carries the token of the pre-session
 * that the new one began from. */
static bool
is_token_before(struct request *r, const char *token)
{
	static const uint8_t none[32];
	uint8_t hash[32];

	if (r->now - r->who.started_at >= PRE_TOKEN_SECONDS ||
		memcmp(r->who.pre_hash, none, sizeof(none)) == 0)
		return false;
	who_token_hash(r, token, hash);
	return CRYPTO_memcmp(hash, r->who.pre_hash, sizeof(hash)) == 0;
}

bool
who_form_token_is(struct request *r, const char *token)
{
	if (!token)
		return false;
	if (r->who.session)
		return text_same_secret(session_token(r), token) ||
		       is_token_before(r, token);
	return r->who.pre && text_same_secret(who_pre_form_token(r), token);
}

void
who_once_hash(struct request *r, const char *once, uint8_t out[32])
{
	const char *scope = r->who.session
				    ? arena_printf(r->mem, "session %" PRId64,
					      r->who.session)
				    : r->who.pre;

	pepper_hash(r->pepper,
		arena_printf(r->mem, "once %s %s", scope ? scope : "", once),
		out);
}

void
who_signed_in(struct request *r, const char *token)
{
	r->began = token;
	cookie_set(r, cookie_name(r, "cairn"), token, SESSION_LIFE_SECONDS);
	cookie_set(r, cookie_name(r, "cairn-pre"), "", 0);
}

void
who_signed_out(struct request *r)
{
	cookie_set(r, cookie_name(r, "cairn"), "", 0);
	cookie_set(r, cookie_name(r, "cairn-pre"), "", 0);
}
