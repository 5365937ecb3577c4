/*
 * prove.h: proofs of who somebody is, with their limits (spec/pages.md 3.2,
 * 5.4): how often one may fail, and how many passwords are checked at once.
 */
#ifndef FCGI_PROVE_H
#define FCGI_PROVE_H

#include "fcgi/request.h"
#include "tailnet/factor.h"
#include "tailnet/sign_in.h"

/* Name or e-mail and password; nothing here spends the form.  ERR_RATE with
 * Retry-After set: too many failures from this address, or for this account,
 * or, of a browser that has signed in to it before, from that.  ERR_BUSY: two
 * passwords are being checked, and neither ended in time. */
enum err prove_password(struct request *r, const char *name,
	const char *password, enum sign_in *outcome, struct proven *out);
/* The code that `half` owes; a session has begun.  ERR_DENIED: it is not right.
 * ERR_CODE_USED: it has opened already.  ERR_NOT_FOUND: the factor has gone.
 * ERR_RATE. */
enum err prove_code(struct request *r, const struct proven *half,
	const char *code, struct session_made *made);
/* The signed-in user's own password or, with a second factor, a code, and the
 * session is fresh.  ERR_DENIED, ERR_CODE_USED, ERR_RATE, ERR_BUSY. */
enum err prove_again(struct request *r, const char *password, const char *code);
/* Whether it was one of the two, and the word of its message (fcgi/form.h). */
bool prove_was_refused(enum err e);
const char *prove_word(bool by_code, enum err e);
/* Which of both it must be. */
enum err prove_by_code(struct request *r, bool *by_code);
/* Whether there is either: who came by a provider may have no password. */
enum err prove_can_again(struct request *r, bool *can, bool *by_code);

/* For whatever hashes or checks a password by itself.  Left once entered. */
enum err prove_enter(struct request *r, int *place);
void prove_leave(struct request *r, int place);

/* Whose tries a failure uses up, beside those of the address. */
struct tries {
	enum guess_of of;
	const char *whose;
};
/* Of who is signed in: nobody else can use them up. */
struct tries prove_own_tries(struct request *r);
/* ERR_RATE with Retry-After set while one of both must wait; and a failure that
 * counts against both. */
enum err prove_may_try(struct request *r, const struct tries *t);
void prove_failed(struct request *r, const struct tries *t);

/* This browser, for sessions that begin. */
struct browser prove_browser(struct request *r);
/* Who acts, for the rules of people. */
struct actor prove_actor(const struct request *r);
/* "user:3", for audit rows. */
const char *prove_actor_text(struct request *r);

#endif
