/*
 * oidc_sign_in.h: somebody whom a provider vouches for becomes a user, or is
 * one already.
 *
 * A user is found by the identity alone: issuer and sub.  Who comes for the
 * first time becomes a new user, a member, whatever name or address they bring.
 * One with the same address is taken instead only if the provider verified it,
 * the provider is told to (links), and that user is a plain member without a
 * second factor: who has one, or a role, links the account by hand, signed in
 * (OIDC_LINK).  A sign-in by a provider asks for no code of here: its second
 * factor is the provider's.
 */
#ifndef TAILNET_OIDC_SIGN_IN_H
#define TAILNET_OIDC_SIGN_IN_H

#include "tailnet/oidc.h"
#include "tailnet/sign_in.h"

#define OIDC_JOB_REFRESH "oidc-refresh" /* its subject is an identity */

enum {
	OIDC_REFRESH_SECONDS = 3600,
};

struct oidc_sign_in {
	const struct provider *provider;
	const struct oidc_person *who;
	const char *home;
	const char *refresh; /* token; "": none */
	bool approve;        /* the setting user_approval */
	enum oidc_aim aim;
	/* Of fresh and link: who is signed in. */
	int64_t session, user_id;
};

struct oidc_outcome {
	enum oidc_refusal refusal;
	const char *why;    /* of a refusal, in words */
	enum sign_in state; /* DONE, SUSPENDED, NEEDS_APPROVAL */
	/* When done, of SIGN_IN; of the others only if theirs is over, else
	 * without a token: a change of role ends all of them. */
	struct session_made made;
};

/* One transaction; a refusal is one too, and writes its audit row alone. */
enum err tailnet_oidc_sign_in(struct db *db, const struct secret *pepper,
	const struct oidc_sign_in *in, const struct browser *b, int64_t now,
	struct arena *mem, struct oidc_outcome *out);
/* The audit row of a refusal, as many as of wrong passwords. */
enum err tailnet_oidc_refused(struct db *db, const struct provider *p,
	const char *why, const struct browser *b, int64_t now);

/* Of that user's own; ERR_LAST_PROVIDER: there would be no other way in.
 * Sessions go on. */
enum err tailnet_identity_unlink(struct db *db, const struct settings *s,
	int64_t id, int64_t user_id, const char *actor, int64_t now);

/* A provider was asked about somebody who is not there.  What it said of a
 * token that is not the one that is kept any more counts for nothing: they
 * signed in anew meanwhile. */
struct oidc_round {
	const char *home;
	int64_t identity_id;
	const char *asked; /* with this token; */
	const char *next;  /* to be used from now on; "": the same */
};
/* Groups and role, as they are told. */
enum err tailnet_oidc_refreshed(struct db *db, const struct provider *p,
	const struct oidc_round *round, const struct oidc_person *who,
	int64_t now);
/* The provider knows them no more, or lets them in no more: groups that came
 * from it go, and the sessions that it vouched for end. */
enum err tailnet_oidc_withdrawn(struct db *db, const struct oidc_round *round,
	const char *why, int64_t now);
/* As the row keeps it: closed in the transaction that stores it, so that no
 * other seal takes the place of this one in between. */
enum err oidc_token_close(struct db *db, const char *home, const char *token,
	struct arena *mem, struct bytes *sealed);
enum err oidc_token_open(struct db *db, const char *home, struct bytes sealed,
	struct arena *mem, const char **token);

#endif
