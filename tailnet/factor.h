/*
 * factor.h: the second factor of who signs in with a password: codes of an
 * authenticator (proto/totp.h), and recovery codes for who lost it
 * (spec/pages.md 5.4, 6, 8).
 *
 * Each rule is one transaction with its audit row.  A code opens once: a step
 * of 30 seconds that was used, and all before it, are over for that user, and a
 * recovery code goes.  Clocks may differ by one step either way.  What is
 * compared is compared in constant time, or by its keyed hash.
 *
 * A factor that comes or goes ends the user's other sessions; the one that it
 * was done in gets another cookie.
 */
#ifndef TAILNET_FACTOR_H
#define TAILNET_FACTOR_H

#include "db/factor.h"
#include "proto/totp.h"
#include "tailnet/people.h"
#include "tailnet/sign_in.h"

enum {
	RECOVERY_CODES = 8,
	RECOVERY_CODE_LEN = 10, /* of 31 letters and digits: 49 bits */
	FACTOR_CODE_MAX = 16,   /* characters people may type, with blanks */
};

/* The secret that is offered to that session; the same until its cookie
 * changes, so that a page may be loaded again after the code was scanned. */
void factor_offer(const struct secret *pepper, const char *session_token,
	uint8_t out[TOTP_SECRET_SIZE]);

/* "abcde-fghjk", this once in the clear. */
struct factor_codes {
	const char *at[RECOVERY_CODES];
};

struct factor_add {
	int64_t user_id, session;
	const uint8_t *secret; /* TOTP_SECRET_SIZE */
	const char *code;      /* of it, now */
};
struct factor_made {
	struct factor_codes codes;
	const char *token; /* the session's cookie from now on */
};
/* ERR_DENIED: the code is not right, or there is no password that the factor
 * would be second to.  ERR_EXISTS: there is one. */
enum err tailnet_factor_add(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_add *add, int64_t now,
	struct arena *mem, struct factor_made *out);
/* New recovery codes, and the ones before open nothing.  ERR_NOT_FOUND: there
 * is no factor. */
enum err tailnet_factor_codes(struct db *db, const struct secret *pepper,
	int64_t user_id, int64_t now, struct arena *mem,
	struct factor_codes *out);
/* The own one.  ERR_NOT_FOUND. */
enum err tailnet_factor_drop(struct db *db, const struct secret *pepper,
	int64_t user_id, int64_t session, int64_t now, struct arena *mem,
	const char **token);
/* Somebody else's, who lost it: all sessions of that user end.  ERR_NOT_FOUND,
 * ERR_DENIED. */
enum err tailnet_factor_reset(
	struct db *db, const struct actor *a, int64_t id, int64_t now);

/* ---- what a code opens ---- */

/* A code as it was typed, blanks and hyphens and all. */
struct factor_try {
	int64_t user_id;
	const char *verified; /* the hash that the password fitted before */
	const char *code;
};

/* As tailnet_session_begin for who has a factor.  ERR_DENIED: the code is not
 * right; or as there.  ERR_CODE_USED: it was, and has opened already.
 * ERR_NOT_FOUND: the factor has gone. */
enum err tailnet_factor_sign_in(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *out);
/* As tailnet_session_fresh; `verified` is not looked at. */
enum err tailnet_factor_fresh(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t, int64_t session,
	int64_t now);

#endif
