/* factor.h: what a code opens. */
#include "tailnet/factor_code.h"

#include "tailnet/sign_in.h"

enum err
tailnet_factor_sign_in(struct db *db, const struct secret *pepper,
	const struct secret *seal, const struct factor_try *t,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *out)
{
	struct session_made made;
	enum err e = db_begin(db);

	if (!e)
		e = login_is_still(db, t->user_id, t->verified, mem);
	if (!e)
		e = factor_code_use(db, pepper, seal, t, now, mem);
	if (!e)
		e = session_begin(db, pepper, t->user_id, b, now, mem, &made);
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
	enum err e = db_begin(db);

	if (!e)
		e = factor_code_use(db, pepper, seal, t, now, mem);
	if (!e)
		e = db_web_session_fresh(db, session, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
