#include "fcgi/prove.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/gate.h"

static enum err
must_wait(struct request *r, int64_t seconds)
{
	if (seconds <= 0)
		return ERR_OK;
	r->reply.retry_after = arena_printf(r->mem, "%" PRId64, seconds);
	return ERR_RATE;
}

enum err
prove_may_try(struct request *r, const char *account)
{
	enum err e = must_wait(
		r, guess_wait(r->guess, GUESS_ADDRESS, r->address, r->now));

	if (!e && account && *account)
		e = must_wait(r,
			guess_wait(r->guess, GUESS_ACCOUNT, account, r->now));
	return e;
}

void
prove_failed(struct request *r, const char *account)
{
	guess_failed(r->guess, GUESS_ADDRESS, r->address, r->now);
	if (account && *account)
		guess_failed(r->guess, GUESS_ACCOUNT, account, r->now);
}

enum err
prove_enter(struct request *r, int *place)
{
	return guess_enter(r->guess, place);
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

enum err
prove_password(struct request *r, const char *name, const char *password,
	enum sign_in *outcome, struct proven *out)
{
	struct browser b = prove_browser(r);
	int place;
	enum err e = prove_may_try(r, name);

	if (!e)
		e = prove_enter(r, &place);
	if (e)
		return e;
	gate_aside(r);
	e = tailnet_sign_in(
		r->db, name, password, &b, r->now, r->mem, outcome, out);
	gate_again(r);
	prove_leave(r, place);
	if (!e && (*outcome == SIGN_IN_UNKNOWN || *outcome == SIGN_IN_WRONG ||
			  *outcome == SIGN_IN_NO_PASSWORD))
		prove_failed(r, name);
	return e;
}

static enum err
note_fresh(struct request *r, const char *verified)
{
	enum err e;

	gate_aside(r);
	db_read_only(r->db, false);
	e = tailnet_session_fresh(
		r->db, r->who.session, r->who.user_id, verified, r->now);
	if (!e)
		r->who.fresh_at = r->now;
	return e;
}

enum err
prove_again(struct request *r, const char *password)
{
	const char *verified = NULL;
	int place;
	enum err e = prove_may_try(r, r->who.name);

	if (!e)
		e = prove_enter(r, &place);
	if (e)
		return e;
	e = password_of_user_is(
		r->db, r->who.user_id, password, r->mem, &verified);
	prove_leave(r, place);
	if (!e && !verified)
		prove_failed(r, r->who.name);
	if (!e && !verified)
		return ERR_DENIED;
	return e ? e : note_fresh(r, verified);
}
