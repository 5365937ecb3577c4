/*
 * half.h: who has shown a password and owes the code of a second factor
 * (spec/pages.md 6).
 *
 * There is no session yet, and no row: a cookie names the user and the end,
 * made with the pepper out of the hash of the password and the pre-session.  It
 * opens /login/code and nothing else, and dies with the password.
 */
#ifndef FCGI_HALF_H
#define FCGI_HALF_H

#include "fcgi/request.h"
#include "tailnet/sign_in.h"

enum {
	HALF_SECONDS = 300,
};

void half_begin(struct request *r, const struct proven *p);
/* Who it is; out->user.id 0: nobody, or too late. */
enum err half_find(struct request *r, struct proven *out);
void half_end(struct request *r);

#endif
