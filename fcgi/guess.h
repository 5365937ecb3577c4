/*
 * guess.h: what failed sign-ins cost, and how many passwords are checked at
 * once; shared by all children of the program.
 *
 * GUESS_FREE failures a minute are free, for an address (IPv6: its /64), for an
 * account, and for each browser that has signed in to it; each further one
 * doubles the wait, up to GUESS_WAIT_MAX.  The table has a fixed number of
 * places; when they are full, whoever failed least is forgotten, so that nobody
 * waits for what another did.  Only failures count (spec/pages.md 5.4).
 *
 * A count ends a window after its last wait, but that of codes a day after it
 * or with a right one: there are a million, of which three are right, and five
 * every other minute would find one in some weeks.
 */
#ifndef FCGI_GUESS_H
#define FCGI_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct guess;

enum {
	GUESS_FREE = 5,
	GUESS_WINDOW = 60,       /* seconds */
	GUESS_WAIT_MAX = 900,    /* seconds */
	GUESS_CHECKS = 2,        /* passwords checked at once */
	GUESS_CHECK_MS = 2000,   /* a third waits so long */
	GUESS_OUTSIDE = 8,       /* most that may wait for others at once */
	GUESS_STRANGERS = 8,     /* most whose password is looked at at once */
	GUESS_CODE_KEPT = 86400, /* seconds that wrong codes are remembered */
};

enum guess_of {
	GUESS_ADDRESS,
	GUESS_ACCOUNT, /* by what was typed as its name */
	/* A browser that an account has signed in with before, or a session:
	 * nobody else can use its tries up. */
	GUESS_DEVICE,
	/* Second factors, behind a password: by account, or by session. */
	GUESS_CODE,
	GUESS_KINDS,
};

/* In memory shared from before the fork; NULL when the system has none: then
 * nothing is limited. */
struct guess *guess_new(void);
void guess_free(struct guess *g);

/* Seconds until `who` may try again; 0: now. */
int64_t guess_wait(
	struct guess *g, enum guess_of what, const char *who, int64_t now);
void guess_failed(
	struct guess *g, enum guess_of what, const char *who, int64_t now);

/* A try that counts as a failure before it is known to be one, so that many at
 * once are no more than one after the other.  0: it may be made; else as
 * guess_wait, and nothing is counted.  Who was right is forgotten, and what
 * came to no end is taken back. */
int64_t guess_try(
	struct guess *g, enum guess_of what, const char *who, int64_t now);
void guess_take_back(struct guess *g, enum guess_of what, const char *who);

/* Whoever set a new password by a link may try it at once. */
void guess_forget(struct guess *g, enum guess_of what, const char *who);

/* A place to wait for somebody else's server in, of the first `places`: who
 * waits so answers nobody, so that some children never may.  ERR_BUSY at once.
 */
enum err guess_go_outside(struct guess *g, int64_t places, int *place);
void guess_come_back(struct guess *g, int place);

/* The same for who signs in by a browser that nobody knows: however many come
 * at once, and from wherever, some children are left to the pages.  ERR_RATE:
 * one address has all of the places but one, if there are several. */
enum err guess_let_in(
	struct guess *g, int64_t places, const char *address, int *place);
void guess_let_out(struct guess *g, int place);

/* A place to check a password in: its number, to be given back.  ERR_BUSY after
 * GUESS_CHECK_MS.  A child that dies in it leaves it free.  Strangers have one
 * of them among them, and nobody who is known waits for that. */
enum err guess_enter(struct guess *g, bool stranger, int *place);
void guess_leave(struct guess *g, int place);

#endif
