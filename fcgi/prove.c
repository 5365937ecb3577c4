#include "fcgi/prove.h"

#include <inttypes.h>
#include <string.h>

#include "db/login.h"
#include "fcgi/device.h"
#include "fcgi/gate.h"
#include "fcgi/spent.h"

static enum err
must_wait(struct request *r, int64_t seconds)
{
	if (seconds <= 0)
		return ERR_OK;
	r->reply.retry_after = arena_printf(r->mem, "%" PRId64, seconds);
	return ERR_RATE;
}

enum err
prove_may_try(struct request *r, const struct tries *t)
{
	enum err e = must_wait(
		r, guess_wait(r->guess, GUESS_ADDRESS, r->address, r->now));

	return e ? e
		 : must_wait(r, guess_wait(r->guess, t->of, t->whose, r->now));
}

void
prove_failed(struct request *r, const struct tries *t)
{
	guess_failed(r->guess, GUESS_ADDRESS, r->address, r->now);
	guess_failed(r->guess, t->of, t->whose, r->now);
}

struct tries
prove_own_tries(struct request *r)
{
	return (struct tries){ GUESS_DEVICE,
		arena_printf(r->mem, "session %" PRId64, r->who.session) };
}

/* A name counts as it was typed: that two words are one account is not told. */
static enum err
tries_of(struct request *r, const char *name, struct tries *out)
{
	const char *device = NULL;
	struct user u = { .id = 0 };
	enum err e = tailnet_sign_in_user(r->db, name, r->mem, &u);

	if (!e)
		device = device_known(r, u.id);
	*out = device ? (struct tries){ GUESS_DEVICE, device }
		      : (struct tries){ GUESS_ACCOUNT, name };
	return e;
}

enum err
prove_enter(struct request *r, int *place)
{
	return guess_enter(r->guess, false, place);
}

void
prove_leave(struct request *r, int place)
{
	guess_leave(r->guess, place);
}

struct browser
prove_browser(struct request *r)
{
	const char *agent = request_claim(r, "HTTP_USER_AGENT");
	struct browser b = { .address = r->address,
		.agent = agent ? agent : "" };

	if (r->who.pre)
		who_token_hash(r, who_pre_form_token(r), b.pre_hash);
	return b;
}

struct actor
prove_actor(const struct request *r)
{
	return (struct actor){ .user_id = r->who.user_id, .role = r->who.role };
}

const char *
prove_actor_text(struct request *r)
{
	return arena_printf(r->mem, "user:%" PRId64, r->who.user_id);
}

/* One child at least answers what is no sign-in. */
static enum err
let_in(struct request *r, int *seat)
{
	int64_t most = r->settings->fcgi_children - 1;
	enum err e =
		guess_let_in(r->guess, most > 1 ? most : 1, r->address, seat);

	return e == ERR_RATE ? must_wait(r, 1) : e;
}

enum err
prove_password(struct request *r, const char *name, const char *password,
	enum sign_in *outcome, struct proven *out)
{
	struct browser b = prove_browser(r);
	struct tries tries;
	bool stranger;
	int place, seat = -1;
	enum err e = tries_of(r, name, &tries);

	if (!e)
		e = prove_may_try(r, &tries);
	stranger = !e && tries.of == GUESS_ACCOUNT;
	if (stranger)
		e = let_in(r, &seat);
	if (!e)
		e = guess_enter(r->guess, stranger, &place);
	if (e) {
		guess_let_out(r->guess, seat);
		return e;
	}
	spent_aside(r);
	e = tailnet_sign_in(
		r->db, name, password, &b, r->now, r->mem, outcome, out);
	spent_arm(r);
	prove_leave(r, place);
	guess_let_out(r->guess, seat);
	if (!e && (*outcome == SIGN_IN_UNKNOWN || *outcome == SIGN_IN_WRONG ||
			  *outcome == SIGN_IN_NO_PASSWORD))
		prove_failed(r, &tries);
	return e;
}

static enum err
code_was_wrong(struct request *r, const struct user *u, enum err how)
{
	struct browser b = prove_browser(r);
	enum err e;

	spent_aside(r);
	e = tailnet_sign_in_refused(r->db, u, SIGN_IN_WRONG_CODE, &b, r->now);
	spent_arm(r);
	return e ? e : how;
}

bool
prove_was_refused(enum err e)
{
	return e == ERR_DENIED || e == ERR_CODE_USED;
}

const char *
prove_word(bool by_code, enum err e)
{
	if (e == ERR_CODE_USED)
		return "code-used";
	return by_code ? "code" : "login";
}

/* One more code of `whose`, which counts before it is looked at. */
static enum err
begin_code(struct request *r, const char *whose)
{
	enum err e = must_wait(
		r, guess_wait(r->guess, GUESS_ADDRESS, r->address, r->now));

	return e ? e
		 : must_wait(r, guess_try(r->guess, GUESS_CODE, whose, r->now));
}

/* What came of it. */
static void
end_code(struct request *r, const char *whose, enum err e)
{
	if (prove_was_refused(e))
		guess_failed(r->guess, GUESS_ADDRESS, r->address, r->now);
	else if (e)
		guess_take_back(r->guess, GUESS_CODE, whose);
	else
		guess_forget(r->guess, GUESS_CODE, whose);
}

enum err
prove_code(struct request *r, const struct proven *half, const char *code,
	struct session_made *made)
{
	const char *whose = arena_printf(r->mem, "%" PRId64, half->user.id);
	struct factor_try t = { half->user.id, half->hash, code };
	struct browser b = prove_browser(r);
	enum err e = begin_code(r, whose);

	if (e)
		return e;
	e = tailnet_factor_sign_in(
		r->db, r->pepper, r->seal, &t, &b, r->now, r->mem, made);
	end_code(r, whose, e);
	return prove_was_refused(e) ? code_was_wrong(r, &half->user, e) : e;
}

enum err
prove_by_code(struct request *r, bool *by_code)
{
	return db_factor_is_there(r->db, r->who.user_id, by_code);
}

enum err
prove_can_again(struct request *r, bool *can, bool *by_code)
{
	struct login l;
	enum err e = prove_by_code(r, by_code);

	*can = *by_code;
	if (e || *by_code)
		return e;
	e = db_login_by_user(r->db, r->who.user_id, r->mem, &l);
	*can = !e && *l.password;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What makes it fresh is no effect of the form that it stands in. */
static void
stand_aside(struct request *r)
{
	spent_aside(r);
	db_read_only(r->db, false);
}

static enum err
again_by_password(
	struct request *r, const struct tries *tries, const char *password)
{
	const char *verified = NULL;
	int place;
	enum err e = prove_may_try(r, tries);

	if (!e)
		e = prove_enter(r, &place);
	if (e)
		return e;
	e = password_of_user_is(
		r->db, r->who.user_id, password, r->mem, &verified);
	prove_leave(r, place);
	if (!e && !verified)
		prove_failed(r, tries);
	if (e || !verified)
		return e ? e : ERR_DENIED;
	stand_aside(r);
	return tailnet_session_fresh(
		r->db, r->who.session, r->who.user_id, verified, r->now);
}

static enum err
again_by_code(struct request *r, const char *whose, const char *code)
{
	struct factor_try t = { .user_id = r->who.user_id, .code = code };
	enum err e = begin_code(r, whose);

	if (e)
		return e;
	stand_aside(r);
	e = tailnet_factor_fresh(
		r->db, r->pepper, r->seal, &t, r->who.session, r->now);
	end_code(r, whose, e);
	return e;
}

/* With a factor there a password is not enough: whichever came meanwhile. */
enum err
prove_again(struct request *r, const char *password, const char *code)
{
	struct tries tries = prove_own_tries(r);
	bool by_code = false;
	enum err e = prove_by_code(r, &by_code);

	if (e)
		return e;
	e = by_code ? again_by_code(r, tries.whose, code)
		    : again_by_password(r, &tries, password);
	if (!e)
		r->who.fresh_at = r->now;
	return e == ERR_FACTOR ? ERR_DENIED : e;
}
