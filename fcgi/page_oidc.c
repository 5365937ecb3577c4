/*
 * page_oidc.c: to a provider and back (spec/pages.md 6).
 *
 * The way there is a link, never a form: browsers apply form-action to what a
 * POST is redirected to.  Both are GETs that write: a row for the state, which
 * goes when the browser comes back with the cookie of the same value.
 *
 * Linking an account to who is signed in is asked for with a token of the
 * session: else a foreign page could first sign the browser in at the provider
 * as somebody else, and then have that one linked.
 */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "fcgi/flash.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/oidc_ask.h"
#include "fcgi/oidc_link.h"
#include "fcgi/oidc_page.h"
#include "fcgi/page.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

/* ---- pages that say no ---- */

static void
begin_refusal(struct request *r, int status, const char *page, const char *h1)
{
	enum err e = reply_empty(r, 0); /* whatever was begun */

	(void)e;
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = status;
	frame_begin(r, &(struct page){ .name = page, .h1 = h1 }, NULL);
}

static enum err
end_refusal(struct request *r)
{
	html_begin(r, "p");
	html_link(r, "/login", "Back to signing in");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

/* What exactly went wrong is the log's, and whose who may set it right. */
static enum err
provider_away(struct request *r, const struct provider *p, const char *why)
{
	r->why = arena_printf(r->mem, "provider %s: %s", p->name, why);
	r->reply.retry_after = arena_printf(r->mem, "%d", OIDC_PAUSE_SECONDS);
	begin_refusal(r, 503, "provider-away",
		arena_printf(r->mem, "%s does not answer", p->name));
	html_element(r, "p",
		"Nobody can sign in by it now. Whoever is signed in stays so, "
		"and machines stay connected. Try again in a minute, or sign "
		"in with your password.");
	if (r->who.can & CAN_SETTINGS)
		html_element(r, "p", arena_printf(r->mem, "It said: %s.", why));
	else
		html_element(r, "p",
			"An admin finds the reason in the settings, section "
			"Sign-in.");
	return end_refusal(r);
}

static enum err
too_many_wait(struct request *r)
{
	r->why = "too many wait for a provider";
	r->reply.retry_after = "2";
	begin_refusal(r, 503, "provider-away", "Too many sign in just now");
	html_element(r, "p",
		"The provider is slow, and others are waiting for it already. "
		"Load this page again in some seconds.");
	return end_refusal(r);
}

static const char *const refusal_words[] = {
	[OIDC_REFUSED_NONE] = "",
	[OIDC_REFUSED_DENIED] = "The provider did not let you sign in.",
	[OIDC_REFUSED_STATE] =
		"This sign-in was not begun in this browser, or it came back "
		"a second time. Begin again.",
	[OIDC_REFUSED_EXPIRED] = "This sign-in took too long. Begin again.",
	[OIDC_REFUSED_TOKEN] = "What the provider said of you is not taken.",
	[OIDC_REFUSED_EMAIL_UNVERIFIED] =
		"The provider has not verified your e-mail address, and only "
		"verified ones are let in here. Verify it there, then sign in "
		"again.",
	[OIDC_REFUSED_DOMAIN] =
		"Your e-mail address is of a domain that is not let in here. "
		"Sign in by another account, or ask an admin.",
	[OIDC_REFUSED_USER] =
		"You are not on the list of those who are let in here. Ask an "
		"admin.",
	[OIDC_REFUSED_GROUP] =
		"You are in none of the groups that are let in here. Ask an "
		"admin.",
};

/* p may be NULL, and why: then the usual words are all there is. */
static enum err
refused(struct request *r, const struct provider *p, enum oidc_refusal refusal,
	const char *why)
{
	const char *word = oidc_refusal_word(refusal);
	struct browser b = prove_browser(r);

	/* Of somebody who was sent there; and a lost row is no reason to say
	 * nothing. */
	if (p)
		(void)tailnet_oidc_refused(r->db, p,
			arena_printf(r->mem, "%s%s%s", word, why ? ": " : "",
				why ? why : ""),
			&b, r->now);
	r->why = arena_printf(r->mem, "provider %s: %s%s%s", p ? p->name : "?",
		word, why ? ": " : "", why ? why : "");
	r->reply.error = word;
	begin_refusal(r, 403, "oidc-refused", "You are not signed in");
	html_element(r, "p", refusal_words[refusal]);
	if (why)
		html_element(r, "p", why);
	return end_refusal(r);
}

static enum err
failed(struct oidc_ask *a)
{
	return a->away ? provider_away(a->r, a->p, a->away)
		       : refused(a->r, a->p, a->refusal, a->why);
}

/* The password of this way in was right, so to speak, and yet. */
static enum err
show_waiting(struct request *r, enum sign_in state)
{
	bool suspended = state == SIGN_IN_SUSPENDED;

	begin_refusal(r, 403, "user-waiting",
		suspended ? "Your account is suspended"
			  : "An admin must approve you first");
	html_element(r, "p",
		suspended ? "Ask an admin to restore it."
			  : "Ask an admin, then sign in again.");
	return end_refusal(r);
}

/* ---- there ---- */

static const char *
state_cookie(struct request *r, const char *state)
{
	return cookie_name(r,
		arena_printf(r->mem, "cairn-oidc-%.*s", OIDC_TAG_LEN, state));
}

/* The one that is named, or the first. */
static enum err
find_provider(struct request *r, struct provider *out)
{
	const char *wanted = request_query(r, "provider");
	struct provider *rows;
	size_t count;
	int64_t id = 0;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	if (e)
		return e;
	if (wanted && text_int(wanted, &id))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < count; i++)
		if (!wanted || rows[i].id == id) {
			*out = rows[i];
			return ERR_OK;
		}
	return ERR_NOT_FOUND;
}

static enum err
send_there(struct request *r, const struct oidc_ask *a, struct oidc_flow *flow)
{
	const char *state = text_random(r->mem, OIDC_STATE_LEN);
	enum err e = db_begin(r->db);

	oidc_state_hash(r->pepper, state, flow->hash);
	if (!e)
		e = db_oidc_flow_add(r->db, flow);
	e = db_end(r->db, e);
	if (e)
		return e;
	cookie_set(r, state_cookie(r, state), state, OIDC_FLOW_SECONDS);
	return reply_redirect(r, 302,
		oidc_authorize_url(r->mem, r->settings, r->pepper, a->p, &a->d,
			state, flow->aim));
}

static enum err
start(struct request *r, struct provider *p, struct oidc_flow *flow)
{
	struct oidc_ask a;
	enum err e = oidc_ask_begin(r, p, &a);
	bool good;

	if (e == ERR_BUSY)
		return too_many_wait(r);
	if (e)
		return e;
	good = oidc_ask_discovery(&a);
	oidc_ask_end(&a);
	return good ? send_there(r, &a, flow) : failed(&a);
}

/* Which of the three it is; *sent: the answer is made. */
static enum err
take_aim(struct request *r, struct oidc_flow *flow, bool *sent)
{
	const char *fresh = request_query(r, "fresh");
	const char *link = request_query(r, "link");

	*sent = false;
	if (!fresh && !link)
		return ERR_OK;
	*sent = true;
	if (!r->who.session)
		return reply_redirect(r, 303, "/login");
	if (link && !who_is_fresh(r))
		return reply_redirect(
			r, 303, "/login/confirm?next=/me/security");
	if (link && !text_same_secret(link, oidc_link_token(r)))
		return refused(r, NULL, OIDC_REFUSED_STATE, NULL);
	*sent = false;
	flow->aim = link ? OIDC_LINK : OIDC_FRESH;
	flow->session = r->who.session;
	if (link)
		flow->next = "/me/security";
	return ERR_OK;
}

enum err
page_oidc_start(struct request *r)
{
	struct oidc_flow flow = { .aim = OIDC_SIGN_IN,
		.next = page_next(request_query(r, "next")),
		.began_at = r->now };
	struct provider p;
	bool sent;
	enum err e = find_provider(r, &p);

	if (e == ERR_NOT_FOUND)
		return reply_error(r, 404,
			"There is no such provider (any more). Sign in with "
			"your password.");
	if (e || r->method == METHOD_HEAD)
		return e ? e : reply_empty(r, 204);
	if (!rate_take(r->rate, RATE_OIDC, r->address, r->now,
		    OIDC_STARTS_PER_MINUTE)) {
		r->reply.retry_after = "60";
		return ERR_RATE;
	}
	flow.provider_id = p.id;
	e = take_aim(r, &flow, &sent);
	return e || sent ? e : start(r, &p, &flow);
}

/* ---- and back ---- */

/* One browser that comes back. */
struct back {
	struct request *r;
	struct oidc_ask ask;
	struct provider p;
	struct oidc_flow flow;
	const char *state;
};

/* The state of this browser; the row goes, whatever comes of it.
 * ERR_NOT_FOUND: another browser's, or a second time. */
static enum err
take_flow(struct back *b)
{
	struct request *r = b->r;
	const char *kept;
	uint8_t hash[32];
	enum err e;

	b->state = request_query(r, "state");
	if (!b->state || strlen(b->state) != OIDC_STATE_LEN)
		return ERR_NOT_FOUND;
	kept = cookie_get(r, state_cookie(r, b->state));
	if (!kept || !text_same_secret(kept, b->state))
		return ERR_NOT_FOUND;
	cookie_set(r, state_cookie(r, b->state), "", 0);
	oidc_state_hash(r->pepper, b->state, hash);
	e = db_begin(r->db);
	if (!e)
		e = db_oidc_flow_take(r->db, hash, r->mem, &b->flow);
	e = db_end(r->db, e);
	if (!e)
		e = db_provider_by_id(
			r->db, b->flow.provider_id, r->mem, &b->p);
	if (!e && b->flow.aim != OIDC_SIGN_IN &&
		b->flow.session != r->who.session)
		e = ERR_NOT_FOUND; /* of a session that is over */
	return e;
}

/* RFC 9207: the answer of one provider must not be taken to another. */
static bool
is_of_provider(struct back *b)
{
	const char *iss = request_query(b->r, "iss");

	if (iss)
		return strcmp(iss, b->p.issuer) == 0;
	return !b->ask.d.tells_issuer;
}

static bool
refuse(struct back *b, enum oidc_refusal refusal, const char *why)
{
	b->ask.refusal = refusal;
	b->ask.why = why;
	return false;
}

/* What came in the address. */
static bool
take_code(struct back *b, const char **code)
{
	const char *error = request_query(b->r, "error");

	if (b->flow.began_at + OIDC_FLOW_SECONDS <= b->r->now)
		return refuse(b, OIDC_REFUSED_EXPIRED, NULL);
	if (!is_of_provider(b))
		return refuse(b, OIDC_REFUSED_TOKEN,
			"The answer is not of the provider that was asked "
			"(iss).");
	if (error)
		return refuse(b, OIDC_REFUSED_DENIED,
			strcmp(error, "access_denied") == 0
				? NULL
				: "It gave an error instead of a code: an "
				  "admin finds it in the provider's log.");
	*code = request_query(b->r, "code");
	if (!*code || !**code)
		return refuse(b, OIDC_REFUSED_TOKEN, "It gave no code.");
	return true;
}

static const char *
grant(struct back *b, const char *code)
{
	struct request *r = b->r;

	return arena_printf(r->mem,
		"grant_type=authorization_code&code=%s&redirect_uri=%s"
		"&code_verifier=%s",
		text_url_encode(r->mem, code),
		text_url_encode(r->mem, oidc_redirect(r->mem, r->settings)),
		oidc_verifier(r->mem, r->pepper, b->state));
}

/* All that is asked of the provider. */
static bool
ask(struct back *b, const char *code, struct oidc_tokens *tokens,
	struct oidc_person *who)
{
	const struct id_token_ask want = { .issuer = b->p.issuer,
		.client_id = b->p.client_id,
		.nonce = oidc_nonce(b->r->mem, b->r->pepper, b->state),
		.since = b->flow.aim == OIDC_FRESH ? b->flow.began_at : 0,
		.now = b->r->now };
	struct id_token token;

	return oidc_ask_tokens(&b->ask, grant(b, code), tokens) &&
	       oidc_ask_verify(&b->ask, tokens->id, &want, &token) &&
	       oidc_ask_person(&b->ask, &token, tokens->access, who);
}

static enum err
arrive(struct back *b, const struct oidc_outcome *o)
{
	struct request *r = b->r;
	int64_t before = r->who.session;

	if (o->refusal)
		return refused(r, &b->p, o->refusal, o->why);
	if (b->flow.aim == OIDC_LINK)
		flash_set(r, "identity-linked", 0);
	if (b->flow.aim == OIDC_FRESH && !*b->flow.next) {
		flash_set(r, "confirmed", 0);
		b->flow.next = "/me";
	}
	if (b->flow.aim != OIDC_SIGN_IN && o->made.token)
		who_signed_in(r, o->made.token);
	if (b->flow.aim != OIDC_SIGN_IN)
		return reply_redirect(
			r, 303, *b->flow.next ? b->flow.next : "/");
	if (o->state != SIGN_IN_DONE)
		return show_waiting(r, o->state);
	if (before) /* this browser has another cookie from here on */
		(void)tailnet_session_end(r->db, before, r->now);
	who_signed_in(r, o->made.token);
	return reply_redirect(r, 303, *b->flow.next ? b->flow.next : "/");
}

static enum err
sign_in(struct back *b, const struct oidc_tokens *tokens,
	const struct oidc_person *who)
{
	struct request *r = b->r;
	struct oidc_sign_in in = { .provider = &b->p,
		.who = who,
		.approve = r->settings->user_approval,
		.aim = b->flow.aim,
		.session = r->who.session,
		.user_id = r->who.user_id,
		.home = r->home,
		.refresh = oidc_refresh_of(&b->p, tokens) };
	const struct audit_origin origin = {
		.via = "oidc", .actor_name = "", .address = r->address
	};
	struct browser browser = prove_browser(r);
	struct oidc_outcome o;
	enum err e;

	db_set_origin(r->db, &origin);
	e = tailnet_oidc_sign_in(
		r->db, r->pepper, &in, &browser, r->now, r->mem, &o);
	return e ? e : arrive(b, &o);
}

static enum err
come_back(struct back *b)
{
	struct oidc_tokens tokens;
	struct oidc_person who;
	const char *code;
	enum err e = take_flow(b);
	bool good;

	if (e == ERR_NOT_FOUND) {
		oidc_ask_end(&b->ask);
		return refused(b->r, NULL, OIDC_REFUSED_STATE, NULL);
	}
	if (e) {
		oidc_ask_end(&b->ask);
		return e;
	}
	good = oidc_ask_kept(&b->ask) && take_code(b, &code) &&
	       ask(b, code, &tokens, &who);
	oidc_ask_end(&b->ask);
	return good ? sign_in(b, &tokens, &who) : failed(&b->ask);
}

enum err
page_oidc_callback(struct request *r)
{
	struct back b = { .r = r };
	enum err e;

	if (r->method == METHOD_HEAD)
		return reply_empty(r, 204);
	/* First the place: who finds none may load the page again. */
	e = oidc_ask_begin(r, &b.p, &b.ask);
	if (e == ERR_BUSY)
		return too_many_wait(r);
	return e ? e : come_back(&b);
}
