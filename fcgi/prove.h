/*
 * prove.h: proofs of who somebody is, with their limits (spec/pages.md 3.2,
 * 5.4): how often one may fail, and how many passwords are checked at once.
 */
#ifndef FCGI_PROVE_H
#define FCGI_PROVE_H

#include "fcgi/request.h"
#include "tailnet/sign_in.h"

/* Name or e-mail and password; nothing here spends the form.  ERR_RATE with
 * Retry-After set: too many failures from this address or for this account.
 * ERR_BUSY: two passwords are being checked, and neither ended in time. */
enum err prove_password(struct request *r, const char *name,
	const char *password, enum sign_in *outcome, struct proven *out);
/* The signed-in user's own password, and the session is fresh.  ERR_DENIED,
 * ERR_RATE, ERR_BUSY. */
enum err prove_again(struct request *r, const char *password);

/* For whatever hashes or checks a password by itself.  Left once entered. */
enum err prove_enter(struct request *r, int *place);
void prove_leave(struct request *r, int place);

/* ERR_RATE with Retry-After set while the address, or the account if one is
 * named, must wait; and a failure that counts against both. */
enum err prove_may_try(struct request *r, const char *account);
void prove_failed(struct request *r, const char *account);

/* This browser, for sessions that begin. */
struct browser prove_browser(struct request *r);
/* Who acts, for the rules of people. */
struct actor prove_actor(const struct request *r);
/* "user:3", for audit rows. */
const char *prove_actor_text(struct request *r);

#endif
