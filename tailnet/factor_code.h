/*
 * factor_code.h: whether a code is right; inside the rules of factor.h.
 */
#ifndef TAILNET_FACTOR_CODE_H
#define TAILNET_FACTOR_CODE_H

#include "tailnet/factor.h"

/* RECOVERY_CODE_LEN characters that nobody mistakes for each other. */
char *factor_code_random(struct arena *mem);
void factor_code_hash(const struct secret *pepper, int64_t user_id,
	const char *code, uint8_t out[RECOVERY_HASH_SIZE]);

/* Whether it is the code of a step next to `now` and behind `used`: which.
 * ERR_DENIED; ERR_CODE_USED: of one next to `now`, and not behind. */
enum err factor_code_fits(const uint8_t secret[TOTP_SECRET_SIZE],
	const char *code, int64_t now, int64_t used, int64_t *step);

/* Takes the code, of either kind, as used; in the caller's transaction.  *left:
 * recovery codes that are there behind one that was taken; -1: it was none.
 * ERR_DENIED: it is not right.  ERR_CODE_USED.  ERR_NOT_FOUND: there is no
 * factor. */
enum err factor_code_use(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t, int64_t now,
	struct arena *mem, int64_t *left);

#endif
