#include "tailnet/factor.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "db/login.h"
#include "db/web_session.h"
#include "tailnet/audit.h"
#include "tailnet/factor_code.h"
#include "tailnet/secrets.h"

void
factor_offer(const struct secret *pepper, const char *session_token,
	uint8_t out[TOTP_SECRET_SIZE])
{
	uint8_t hash[32];
	struct arena *mem = arena_new();

	pepper_hash(pepper,
		arena_printf(mem, "second factor %s", session_token), hash);
	memcpy(out, hash, TOTP_SECRET_SIZE);
	sodium_memzero(hash, sizeof(hash));
	arena_free(mem);
}

/* ---- recovery codes ---- */

/* The ones before go.  Two equal ones of eight are as likely as eight right
 * guesses: then all are made again by whoever asks again. */
static enum err
make_codes(struct db *db, const struct secret *pepper, int64_t user_id,
	struct arena *mem, struct factor_codes *out)
{
	enum err e = db_recovery_delete(db, user_id);

	for (size_t i = 0; !e && i < RECOVERY_CODES; i++) {
		uint8_t hash[RECOVERY_HASH_SIZE];
		const char *code = factor_code_random(mem);

		factor_code_hash(pepper, user_id, code, hash);
		e = db_recovery_add(db, user_id, hash);
		out->at[i] = arena_printf(mem, "%.*s-%s", RECOVERY_CODE_LEN / 2,
			code, code + RECOVERY_CODE_LEN / 2);
	}
	return e;
}

static enum err
log_own(struct db *db, struct arena *mem, int64_t user_id, const char *event,
	int64_t now)
{
	return audit(db, now, arena_printf(mem, "user:%" PRId64, user_id),
		event, "user", user_id, NULL);
}

enum err
tailnet_factor_codes(struct db *db, const struct secret *pepper,
	int64_t user_id, int64_t now, struct arena *mem,
	struct factor_codes *out)
{
	struct factor_codes made;
	bool there = false;
	enum err e = db_begin(db);

	if (!e)
		e = db_factor_is_there(db, user_id, &there);
	if (!e && !there)
		e = ERR_NOT_FOUND;
	if (!e)
		e = make_codes(db, pepper, user_id, mem, &made);
	if (!e)
		e = log_own(db, mem, user_id, "user.recovery_codes_made", now);
	e = db_end(db, e);
	if (!e)
		*out = made;
	return e;
}

/* ---- the factor comes and goes ---- */

/* Another cookie for this session, and the end of the user's others. */
static enum err
turn_over(struct db *db, const struct secret *pepper, int64_t user_id,
	int64_t session, const char *token)
{
	uint8_t cookie[SESSION_HASH_SIZE];
	enum err e;

	session_hash(pepper, token, cookie);
	e = db_web_session_rehash(db, session, cookie);
	return e ? e : db_web_sessions_end(db, user_id, session, NULL);
}

static enum err
has_password(struct db *db, int64_t user_id, struct arena *mem)
{
	struct login l = { .password = "" };
	enum err e = db_login_by_user(db, user_id, mem, &l);

	if (e == ERR_NOT_FOUND || (!e && !*l.password))
		return ERR_DENIED;
	return e;
}

static enum err
add_row(struct db *db, const struct secret *seal, const struct factor_add *add,
	int64_t step, int64_t now, struct arena *mem)
{
	struct factor row = { .user_id = add->user_id,
		.secret = seal_bytes(mem, seal,
			(struct bytes){ add->secret, TOTP_SECRET_SIZE }),
		.step = step,
		.added_at = now };

	return db_factor_add(db, &row);
}

enum err
tailnet_factor_add(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_add *add, int64_t now,
	struct arena *mem, struct factor_made *out)
{
	struct factor_made made = { .token = text_random(
					    mem, SESSION_TOKEN_LEN) };
	int64_t step = 0;
	enum err e = ERR_OK;

	if (factor_code_fits(add->secret, add->code, now, 0, &step))
		return ERR_DENIED;
	e = db_begin(db);
	if (!e)
		e = has_password(db, add->user_id, mem);
	if (!e)
		e = secret_check(db, "pages", seal);
	if (!e)
		e = add_row(db, seal, add, step, now, mem);
	if (!e)
		e = make_codes(db, pepper, add->user_id, mem, &made.codes);
	if (!e)
		e = turn_over(
			db, pepper, add->user_id, add->session, made.token);
	if (!e)
		e = log_own(db, mem, add->user_id, "user.factor_added", now);
	e = db_end(db, e);
	if (!e)
		*out = made;
	return e;
}

enum err
tailnet_factor_drop(struct db *db, const struct secret *pepper, int64_t user_id,
	int64_t session, int64_t now, struct arena *mem, const char **token)
{
	const char *made = text_random(mem, SESSION_TOKEN_LEN);
	enum err e = db_begin(db);

	if (!e)
		e = db_factor_delete(db, user_id);
	if (!e)
		e = turn_over(db, pepper, user_id, session, made);
	if (!e)
		e = log_own(db, mem, user_id, "user.factor_removed", now);
	e = db_end(db, e);
	if (!e)
		*token = made;
	return e;
}

enum err
tailnet_factor_reset(
	struct db *db, const struct actor *a, int64_t id, int64_t now)
{
	struct arena *mem = arena_new();
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = person_to_touch(db, a, id, mem, &u);
	if (!e)
		e = db_factor_delete(db, id);
	if (!e)
		e = db_web_sessions_end(db, id, 0, NULL);
	if (!e)
		e = audit(db, now, actor_text(mem, a), "user.factor_removed",
			"user", id, NULL);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
