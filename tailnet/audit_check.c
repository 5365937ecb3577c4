#include "tailnet/audit_check.h"

#include <inttypes.h>

#include "db/job.h"
#include "tailnet/health_checks.h"

struct health_row
tailnet_audit_state(struct arena *mem, const struct audit_mark *mark,
	int64_t given, int64_t there)
{
	struct health_row row = { .state = HEALTH_FAIL };

	if (mark->broken) {
		row.remedy = "somebody changed or took out rows: compare with "
			     "a backup, and see who may write the folder";
		row.what = arena_printf(mem,
			"audit: row %" PRId64 " does not fit the one before "
			"it; intact to row %" PRId64,
			mark->broken, mark->id);
	} else if (given > there) {
		row.remedy = "somebody cut the log off: compare with a backup, "
			     "and see who may write the folder";
		row.what = arena_printf(mem,
			"audit: rows %" PRId64 " to %" PRId64
			" were there and are not",
			there + 1, given);
	} else {
		row.state = HEALTH_OK;
		row.remedy = "";
		row.what = arena_printf(mem,
			"audit: the log is intact to row %" PRId64, mark->id);
	}
	return row;
}

/* The page of health says it from now on. */
static enum err
tell_health(struct db *db, int64_t now)
{
	struct arena *mem = arena_new();
	struct audit_mark mark;
	int64_t given = 0, there = 0;
	struct health_row row;
	enum err e = db_audit_checked(db, &mark);

	if (!e)
		e = db_audit_cut(db, &given, &there);
	if (!e) {
		row = tailnet_audit_state(mem, &mark, given, there);
		e = tailnet_health_put(db, HEALTH_AUDIT, &row, now, mem);
	}
	arena_free(mem);
	return e;
}

/* What was known when a walk began. */
struct known {
	struct audit_mark checked, walking;
};

/* What a walk found, and what is done with it. */
struct outcome {
	struct audit_walk walk;
	bool whole; /* it came from the beginning */
	bool again; /* it is to go on */
};

/* In no transaction that lasts: what comes meanwhile is behind it. */
static enum err
go(struct db *db, struct outcome *o, int64_t rows)
{
	enum err e = db_audit_walk(db, &o->walk, rows);

	o->again = o->whole && !o->walk.ended && !o->walk.broken;
	return e;
}

/* Within a transaction. */
static enum err
note(struct db *db, const struct outcome *o, int64_t now)
{
	enum err e = db_audit_set_walking(db, o->again ? &o->walk : NULL, now);

	if (!e && !o->again)
		e = db_audit_set_checked(db, &o->walk, o->whole, now);
	return e;
}

static enum err
read_known(struct db *db, struct known *out)
{
	enum err e = db_audit_checked(db, &out->checked);

	return e ? e : db_audit_walking(db, &out->walking);
}

static bool
same(const struct audit_mark *a, const struct audit_mark *b)
{
	return a->id == b->id && a->at == b->at && a->broken == b->broken;
}

/* Where to walk from.  A finding, a walk that is under way and a row that is
 * not what it was are reasons to look at all of it. */
static enum err
begin(struct db *db, const struct known *k, int64_t now, struct outcome *o)
{
	enum err e = ERR_OK;

	o->whole = k->walking.at || k->checked.broken ||
		   now - k->checked.whole_at >= AUDIT_WHOLE_SECONDS;
	if (!o->whole) {
		e = db_audit_walk_on(db, &o->walk);
		o->whole = o->walk.id != k->checked.id;
	}
	return e || !o->whole ? e : db_audit_walk_resume(db, &o->walk);
}

/* Who began anew meanwhile knows better: then this walk was in vain, and the
 * job goes on from there. */
static enum err
note_unless_late(
	struct db *db, struct outcome *o, const struct known *k, int64_t now)
{
	struct known is;
	enum err e = read_known(db, &is);

	if (e)
		return e;
	if (!same(&is.checked, &k->checked) ||
		!same(&is.walking, &k->walking)) {
		o->again = true;
		return ERR_OK;
	}
	e = note(db, o, now);
	return e || o->again ? e : tell_health(db, now);
}

enum err
tailnet_audit_check(struct db *db, int64_t now, int64_t rows, bool *again,
	struct audit_mark *mark)
{
	struct outcome o = { .whole = false };
	struct known k;
	enum err e = read_known(db, &k);

	if (!e)
		e = begin(db, &k, now, &o);
	if (!e)
		e = go(db, &o, rows);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	e = db_end(db, note_unless_late(db, &o, &k, now));
	*again = o.again;
	return e ? e : db_audit_checked(db, mark);
}

enum err
tailnet_audit_verify(struct db *db, int64_t now, int64_t rows, int64_t found,
	bool *again, struct audit_mark *mark)
{
	struct outcome o = { .whole = true };
	/* One that is under way goes on: begun anew with each asking it would
	 * never end. */
	enum err e = found ? db_audit_walk_whole(db, &o.walk)
			   : db_audit_walk_resume(db, &o.walk);

	if (!e)
		e = go(db, &o, rows);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	e = note(db, &o, now);
	if (!e && o.again && found)
		e = db_audit_set_broken(db, found, now);
	if (!e && o.again)
		e = db_job_want(db, AUDIT_JOB, 0, now);
	if (!e)
		e = tell_health(db, now);
	e = db_end(db, e);
	*again = o.again;
	return e ? e : db_audit_checked(db, mark);
}
