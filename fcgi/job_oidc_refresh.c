/*
 * job_oidc_refresh.c: asks a provider with the refresh token what it says of
 * somebody now: groups, role, and whether they are let in still.
 *
 * A provider that is away is asked again later.  One that knows the token no
 * more, or says somebody is not one of those who are let in, has withdrawn
 * them: the token was given for just that (scope offline_access).
 */
#include <string.h>

#include "base/text.h"
#include "db/identity.h"
#include "fcgi/jobs.h"
#include "fcgi/oidc_ask.h"

/* One identity that is looked after. */
struct round {
	struct request *r;
	struct identity i;
	struct provider p;
	struct oidc_ask ask;
	struct oidc_tokens tokens;
	struct oidc_person who;
	const char *token; /* it is asked with */
	bool nothing;      /* the provider told nothing */
};

static bool
take_person(struct round *w)
{
	const struct id_token_ask want = { .issuer = w->p.issuer,
		.client_id = w->p.client_id,
		.sub = w->i.sub,
		.now = w->r->now };
	struct id_token t = {
		.iss = w->i.issuer, .sub = w->i.sub, .claims = "{}"
	};

	if (*w->tokens.id && !oidc_ask_verify(&w->ask, w->tokens.id, &want, &t))
		return false;
	w->nothing = !*w->tokens.id && !w->ask.d.userinfo;
	return w->nothing ||
	       oidc_ask_person(&w->ask, &t, w->tokens.access, &w->who);
}

static bool
ask(struct round *w)
{
	const char *form = arena_printf(w->r->mem,
		"grant_type=refresh_token&refresh_token=%s",
		text_url_encode(w->r->mem, w->token));

	return (oidc_ask_kept(&w->ask) || oidc_ask_discovery(&w->ask)) &&
	       oidc_ask_tokens(&w->ask, form, &w->tokens) && take_person(w);
}

static struct oidc_round
outcome(const struct round *w)
{
	return (struct oidc_round){ .home = w->r->home,
		.identity_id = w->i.id,
		.asked = w->token,
		.next = oidc_refresh_of(&w->p, &w->tokens) };
}

static enum err
store(struct round *w)
{
	enum oidc_refusal refusal = oidc_admit(&w->p, &w->who, w->r->mem);
	const struct oidc_round o = outcome(w);

	if (refusal)
		return tailnet_oidc_withdrawn(w->r->db, &o,
			arena_printf(w->r->mem, "not let in any more: %s",
				oidc_refusal_word(refusal)),
			w->r->now);
	return tailnet_oidc_refreshed(w->r->db, &w->p, &o, &w->who, w->r->now);
}

static enum err
finish(struct round *w, bool good, struct job_end *end)
{
	const struct oidc_round o = outcome(w);

	end->next = OIDC_REFRESH_SECONDS;
	if (good && !w->nothing)
		return store(w);
	if (good)
		return ERR_OK;
	if (!w->ask.away && strcmp(w->tokens.error, "invalid_grant") == 0) {
		end->next = 0;
		return tailnet_oidc_withdrawn(w->r->db, &o,
			"the provider takes the refresh token no more",
			w->r->now);
	}
	end->failed = arena_printf(w->r->mem, "%s: %s", w->p.name,
		w->ask.away ? w->ask.away : w->ask.why);
	return ERR_OK;
}

enum err
job_oidc_refresh(struct request *r, const struct job *j, struct job_end *end)
{
	struct round w = { .r = r, .tokens = { "", "", "", "" } };
	bool good;
	enum err e = db_identity_by_id(r->db, j->subject, r->mem, &w.i);

	if (e == ERR_NOT_FOUND ||
		(!e && (!w.i.refresh.len || !w.i.provider_id)))
		return ERR_OK; /* it went meanwhile */
	if (!e)
		e = db_provider_by_id(r->db, w.i.provider_id, r->mem, &w.p);
	if (!e && strcmp(w.i.issuer, w.p.issuer) != 0)
		return ERR_OK; /* it is another's token from now on */
	if (!e)
		e = oidc_token_open(
			r->db, r->home, w.i.refresh, r->mem, &w.token);
	if (!e)
		e = oidc_ask_begin(r, &w.p, &w.ask);
	if (e)
		return e;
	good = ask(&w);
	oidc_ask_end(&w.ask);
	return finish(&w, good, end);
}
