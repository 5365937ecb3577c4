/* factor.h: what a code opens. */
#include "tailnet/factor_code.h"

#include <inttypes.h>

#include "tailnet/sign_in.h"

/* For the audit log: whoever has the paper is in without the device. */
static const char *
told(struct arena *mem, int64_t left)
{
	return left < 0 ? NULL
			: arena_printf(mem,
				  "{\"signed_in_with\":\"a recovery code\","
				  "\"recovery_codes_left\":%" PRId64 "}",
				  left);
}

enum err
tailnet_factor_sign_in(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *out)
{
	struct browser here = *b;
	struct session_made made;
	int64_t left = -1;
	enum err e = db_begin(db);

	if (!e)
		e = login_is_still(db, t->user_id, t->verified, mem);
	if (!e)
		e = factor_code_use(db, pepper, seal, t, now, mem, &left);
	here.told = told(mem, left);
	if (!e)
		e = session_begin(
			db, pepper, t->user_id, &here, now, mem, &made);
	e = db_end(db, e);
	if (!e)
		*out = made;
	return e;
}

enum err
tailnet_factor_fresh(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t, int64_t session,
	int64_t now)
{
	struct arena *mem = arena_new();
	int64_t left = -1;
	enum err e = db_begin(db);

	if (!e)
		e = factor_code_use(db, pepper, seal, t, now, mem, &left);
	if (!e)
		e = db_web_session_fresh(db, session, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
