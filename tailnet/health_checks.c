#include "tailnet/health_checks.h"

#include <string.h>

#include "base/text.h"
#include "db/job.h"
#include "tailnet/audit_check.h"
#include "tailnet/doctor.h"
#include "tailnet/notice.h"

/* The findings of each check, run together: the worst says its state. */
struct summary {
	struct arena *mem;
	struct health_row rows[HEALTH_NAMES];
	bool seen[HEALTH_NAMES];
	const char *worst[HEALTH_NAMES]; /* the words of the worst */
};

static void
take(void *arg, const struct doctor_finding *f)
{
	struct summary *s = arg;
	struct health_row *row = &s->rows[f->check];

	if (!s->seen[f->check] || f->state > row->state) {
		row->state = f->state;
		row->remedy = f->remedy ? f->remedy : "";
		s->worst[f->check] = f->what;
	}
	row->what = s->seen[f->check]
			    ? arena_printf(s->mem, "%s\n%s", row->what, f->what)
			    : f->what;
	s->seen[f->check] = true;
}

/* "disk: it is full" of the check disk says its name once. */
static const char *
evidence(const char *words, enum health_name n)
{
	const char *name = health_name_word(n);
	size_t len = strlen(name);

	return text_starts(words, name) && words[len] == ':'
		       ? words + len + 1 + strspn(words + len + 1, " ")
		       : words;
}

/* Those who want to hear of it do when a check begins to fail, and when it
 * works again; one that could not be looked at does neither, however long that
 * lasts.  `worst`: its words. */
static enum err
tell_turn(struct db *db, struct arena *mem, enum health_name n, int64_t failed,
	enum health_state is, const char *worst, int64_t now)
{
	if (is == HEALTH_FAIL && !failed)
		return notice_health(db, mem, health_name_word(n),
			evidence(worst, n), now, now);
	if (failed && is != HEALTH_FAIL && is != HEALTH_UNKNOWN)
		return notice_health_mended(
			db, mem, health_name_word(n), failed, now);
	return ERR_OK;
}

static enum err
tell_turns(struct db *db, const struct summary *s, int64_t now)
{
	struct health_row *before;
	enum err e = db_health(db, s->mem, &before);

	for (enum health_name n = 0; !e && n < HEALTH_NAMES; n++)
		e = tell_turn(db, s->mem, n, before[n].fails_since,
			s->seen[n] ? s->rows[n].state : HEALTH_UNKNOWN,
			s->worst[n], now);
	return e;
}

/* Pages that are open hear that a check is another, though not all of them were
 * looked at. */
static enum err
ring(struct db *db)
{
	int64_t at = 0;
	enum err e = db_health_at(db, &at);

	return e || !at ? e : db_health_set_at(db, at);
}

enum err
tailnet_health_put(struct db *db, enum health_name name,
	const struct health_row *row, int64_t now, struct arena *mem)
{
	struct health_row *before;
	enum err e = db_health(db, mem, &before);

	if (!e)
		e = tell_turn(db, mem, name, before[name].fails_since,
			row->state, row->what, now);
	if (!e)
		e = db_health_put(db, name, row, now);
	return e || before[name].state == row->state ? e : ring(db);
}

static enum err
write_all(struct db *db, const struct summary *s, int64_t now)
{
	static const struct health_row none = { .state = HEALTH_UNKNOWN,
		.what = "it could not be looked at",
		.remedy = "" };
	enum err e = db_begin(db);

	if (!e)
		e = tell_turns(db, s, now);
	for (enum health_name n = 0; !e && n < HEALTH_NAMES; n++)
		e = db_health_put(db, n, s->seen[n] ? &s->rows[n] : &none, now);
	if (!e)
		e = db_health_set_at(db, now);
	return db_end(db, e);
}

enum err
tailnet_health_look(
	struct db *db, const char *home, int64_t now, struct arena *mem)
{
	struct summary s = { .mem = mem };
	struct doctor d = { .mem = mem,
		.home = home,
		.now = now,
		.db = db,
		.quick = true,
		.tell = take,
		.arg = &s };

	doctor_run(&d, "", false);
	return write_all(db, &s, now);
}

enum err
tailnet_health_ask(struct db *db, int64_t now)
{
	struct audit_mark mark;
	int64_t at = 0;
	bool again;
	enum err e = tailnet_audit_verify(
		db, now, AUDIT_VERIFY_ROWS, 0, &again, &mark);

	if (!e)
		e = db_health_at(db, &at);
	if (e || now - at < HEALTH_ASK_SECONDS)
		return e;
	e = db_begin(db);
	if (!e)
		e = db_job_want(db, HEALTH_JOB, 0, now);
	return db_end(db, e);
}
