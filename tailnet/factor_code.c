#include "tailnet/factor_code.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"

/* Without 0 1 i l o. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

char *
factor_code_random(struct arena *mem)
{
	char *code = arena_alloc(mem, RECOVERY_CODE_LEN + 1);

	for (size_t i = 0; i < RECOVERY_CODE_LEN; i++)
		code[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	code[RECOVERY_CODE_LEN] = '\0';
	return code;
}

void
factor_code_hash(const struct secret *pepper, int64_t user_id, const char *code,
	uint8_t out[RECOVERY_HASH_SIZE])
{
	struct arena *mem = arena_new();

	pepper_hash(pepper,
		arena_printf(
			mem, "recovery code %" PRId64 " %s", user_id, code),
		out);
	arena_free(mem);
}

/* As it was made: without what people put between, in small letters; "" for
 * what no code could be. */
static const char *
plain(const char *typed, char out[FACTOR_CODE_MAX + 1])
{
	size_t n = 0;

	for (const char *c = typed; *c; c++) {
		if (*c == ' ' || *c == '-')
			continue;
		if (n == FACTOR_CODE_MAX)
			return "";
		out[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	}
	out[n] = '\0';
	return out;
}

/* All three are made and compared, whichever fits. */
enum err
factor_code_fits(const uint8_t secret[TOTP_SECRET_SIZE], const char *code,
	int64_t now, int64_t used, int64_t *step)
{
	char typed[FACTOR_CODE_MAX + 1], made[TOTP_CODE_SIZE];
	const char *sent = plain(code, typed);
	int64_t at = totp_step(now), found = 0;
	bool over = false;

	for (int64_t i = at - 1; i <= at + 1; i++) {
		totp_code(secret, i, made);
		if (!text_same_secret(made, sent))
			continue;
		if (i > used)
			found = i;
		else
			over = true;
	}
	sodium_memzero(made, sizeof(made));
	if (found)
		*step = found;
	return found ? ERR_OK : over ? ERR_CODE_USED : ERR_DENIED;
}

static enum err
use_recovery(
	struct db *db, const struct secret *pepper, const struct factor_try *t)
{
	char typed[FACTOR_CODE_MAX + 1];
	const char *code = plain(t->code, typed);
	uint8_t hash[RECOVERY_HASH_SIZE];
	enum err e;

	if (strlen(code) != RECOVERY_CODE_LEN)
		return ERR_DENIED;
	factor_code_hash(pepper, t->user_id, code, hash);
	e = db_recovery_use(db, t->user_id, hash);
	return e == ERR_NOT_FOUND ? ERR_DENIED : e;
}

static enum err
use_step(struct db *db, const struct factor *f, struct bytes secret,
	const struct factor_try *t, int64_t now)
{
	int64_t step = 0;
	enum err e;

	if (secret.len != TOTP_SECRET_SIZE)
		return ERR_CRYPTO;
	e = factor_code_fits(secret.at, t->code, now, f->step, &step);
	if (e)
		return e;
	e = db_factor_use(db, f->user_id, step);
	return e == ERR_NOT_FOUND ? ERR_DENIED : e;
}

enum err
factor_code_use(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t, int64_t now,
	struct arena *mem, int64_t *left)
{
	struct bytes secret;
	struct factor f;
	enum err e = db_factor_by_user(db, t->user_id, mem, &f);

	if (!e)
		e = unseal_bytes(seal, f.secret, mem, &secret);
	if (e)
		return e;
	e = use_step(db, &f, secret, t, now);
	sodium_memzero((void *)(uintptr_t)secret.at, secret.len);
	*left = -1;
	if (e != ERR_DENIED)
		return e;
	e = use_recovery(db, pepper, t);
	if (!e)
		*left = f.codes - 1;
	return e;
}
