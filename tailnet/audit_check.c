#include "tailnet/audit_check.h"

/* Walks first, in no transaction that lasts: what comes meanwhile is behind
 * it.  Then writes what was found. */
static enum err
note(struct db *db, const struct audit_walk *w, bool whole, bool again,
	int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = db_audit_set_walking(db, again ? w : NULL, now);
	if (!e && !again)
		e = db_audit_set_checked(db, w, whole, now);
	return db_end(db, e);
}

enum err
tailnet_audit_check(struct db *db, int64_t now, int64_t rows, bool *again,
	struct audit_mark *mark)
{
	struct audit_walk w;
	enum err e = db_audit_checked(db, mark);
	bool whole = !e && now - mark->whole_at >= AUDIT_WHOLE_SECONDS;

	if (!e)
		e = whole ? db_audit_walk_resume(db, &w)
			  : db_audit_walk_on(db, &w);
	if (!e)
		e = db_audit_walk(db, &w, rows);
	if (e)
		return e;
	*again = whole && !w.ended && !w.broken;
	e = note(db, &w, whole, *again, now);
	return e ? e : db_audit_checked(db, mark);
}
