/*
 * oidc.h: what is said between us and a provider (OpenID Connect Core,
 * Discovery; RFC 7636, RFC 9207), without asking anybody: documents in, texts
 * out.
 *
 * What a sign-in needs to keep (nonce, code verifier) follows from its state
 * and the pepper, so that the database holds nothing that opens anything.
 */
#ifndef TAILNET_OIDC_H
#define TAILNET_OIDC_H

#include "base/json.h"
#include "db/oidc_flow.h"
#include "db/user.h"
#include "proto/id_token.h"
#include "tailnet/provider.h"

enum {
	OIDC_STATE_LEN = 43,
	OIDC_TAG_LEN = 6,         /* of the state, in the cookie's name */
	OIDC_DOC_MAX = 64 * 1024, /* bytes of any document of theirs */
	OIDC_GROUP_MAX = 128,     /* bytes of a group's name */
	/* Asked of every sign-in, so that the answer tells when it was
	 * (auth_time); nobody is asked again for it. */
	OIDC_MAX_AGE = 30 * 86400,
};

struct discovery {
	const char *issuer, *authorization, *token, *userinfo, *keys;
	const char *end_session; /* NULL: nobody signs out there from here */
	struct json_texts auth_methods; /* at the token's address */
	bool tells_issuer;              /* RFC 9207 */
};

/* Takes what the provider says of itself; NULL, or what is wrong with it. */
const char *discovery_read(struct bytes text, const char *issuer,
	struct arena *mem, struct discovery *out);
/* As it is kept in the row, and back: ERR_NOT_FOUND when none is. */
const char *discovery_print(struct arena *mem, const struct discovery *d);
enum err discovery_kept(
	const char *text, struct arena *mem, struct discovery *out);

/* ---- a sign-in ---- */

void oidc_state_hash(
	const struct secret *pepper, const char *state, uint8_t out[32]);
const char *oidc_nonce(
	struct arena *mem, const struct secret *pepper, const char *state);
const char *oidc_verifier(
	struct arena *mem, const struct secret *pepper, const char *state);
const char *oidc_redirect(struct arena *mem, const struct settings *s);
/* Whether groups are refreshed: the scopes hold offline_access. */
bool oidc_wants_refresh(const struct provider *p);
/* Where the browser is sent. */
const char *oidc_authorize_url(struct arena *mem, const struct settings *s,
	const struct secret *pepper, const struct provider *p,
	const struct discovery *d, const char *state, enum oidc_aim aim);

/* Where who signed out here signs out there (RP-Initiated Logout 1.0), and
 * comes back to the page of signing in; NULL if it has no such place. */
const char *oidc_end_session_url(
	struct arena *mem, const struct settings *s, const struct provider *p);

struct oidc_tokens {
	const char *id, *access, *refresh; /* "" if there is none */
	const char *error;                 /* "invalid_grant"; "" if none */
};
/* ERR_BAD_INPUT: it is no answer of a token's address. */
enum err oidc_tokens_read(
	struct bytes text, struct arena *mem, struct oidc_tokens *out);

/* ---- who it is ---- */

struct oidc_person {
	const char *issuer, *sub;
	const char *email;   /* verified, or "" */
	bool email_doubtful; /* it has one that nobody verified */
	const char *name;    /* what they like to be called; "" */
	const char *display_name, *picture; /* "" */
	struct json_texts groups;           /* as the provider calls them */
	const char *synced;                 /* JSON, as policies write them */
	enum role role; /* of the claim; ROLES: roles are given here */
	int64_t until;  /* exp */
	int64_t auth_time;
};

/* `userinfo` NULL: it was not asked; what it says goes before the token. */
void oidc_person_read(const struct provider *p, const struct id_token *t,
	const char *userinfo, struct arena *mem, struct oidc_person *out);
/* Whether the token alone leaves something open. */
bool oidc_wants_userinfo(
	const struct provider *p, const struct id_token *t, struct arena *mem);

#define OIDC_REFUSAL_TABLE(X)                   \
	X(NONE, "")                             \
	X(DENIED, "denied")                     \
	X(STATE, "state")                       \
	X(EXPIRED, "expired")                   \
	X(TOKEN, "token")                       \
	X(EMAIL_UNVERIFIED, "email-unverified") \
	X(DOMAIN, "domain")                     \
	X(USER, "user")                         \
	X(GROUP, "group")

enum oidc_refusal {
#define X(name, word) OIDC_REFUSED_##name,
	OIDC_REFUSAL_TABLE(X)
#undef X
};
const char *oidc_refusal_word(enum oidc_refusal refusal);
/* Whether the lists of the provider let somebody in. */
enum oidc_refusal oidc_admit(const struct provider *p,
	const struct oidc_person *who, struct arena *mem);

#endif
