#include "tailnet/setting_ask.h"

#include <string.h>

#include "tailnet/audit_ask.h"
#include "tailnet/stale_ask.h"

/* Each is handed the settings before and after. */
static enum err (*const asks[])(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out) = {
	stale_ask,
	audit_ask,
};

static enum err
first_question(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out)
{
	enum err e = ERR_OK;

	*out = (struct setting_asked){ .seen = "" };
	for (size_t i = 0;
		!e && !out->question && i < sizeof(asks) / sizeof(asks[0]); i++)
		e = asks[i](db, in_force, wanted, now, mem, out);
	return e;
}

/* Inside the caller's transaction: stores, and says what is to be asked. */
static enum err
put_and_ask(struct db *db, const struct setting_value *values, size_t count,
	const char *actor, int64_t now, struct arena *mem,
	struct setting_asked *out, const char **field, const char **why)
{
	struct settings before, after;
	enum err e = settings_load_stored(db, mem, &before);

	if (!e)
		e = settings_put_in(
			db, values, count, actor, now, mem, field, why);
	if (!e)
		e = settings_load_stored(db, mem, &after);
	return e ? e : first_question(db, &before, &after, now, mem, out);
}

enum err
settings_ask(struct db *db, const struct setting_value *values, size_t count,
	int64_t now, struct arena *mem, struct setting_asked *out,
	const char **field, const char **why)
{
	enum err e = db_begin(db);

	*field = NULL;
	*why = err_words(e);
	if (!e)
		e = put_and_ask(
			db, values, count, "nobody", now, mem, out, field, why);
	/* Taken back in any case. */
	e = db_end(db, e ? e : ERR_CHANGED);
	return e == ERR_CHANGED ? ERR_OK : e;
}

enum err
settings_agree(struct db *db, const struct setting_value *values, size_t count,
	const char *seen, const char *actor, int64_t now, struct arena *mem,
	const char **field, const char **why)
{
	struct setting_asked q;
	enum err e = db_begin(db);

	*field = NULL;
	*why = err_words(e);
	if (!e)
		e = put_and_ask(
			db, values, count, actor, now, mem, &q, field, why);
	if (!e && seen && strcmp(seen, q.seen) != 0) {
		*why = "what it does has changed since you were asked: nothing "
		       "was stored";
		e = ERR_CHANGED;
	}
	return db_end(db, e);
}
