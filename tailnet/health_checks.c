#include "tailnet/health_checks.h"

#include <string.h>

#include "base/text.h"
#include "db/job.h"
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
evidence(const struct summary *s, enum health_name n)
{
	const char *words = s->worst[n], *name = health_name_word(n);
	size_t len = strlen(name);

	return text_starts(words, name) && words[len] == ':'
		       ? words + len + 1 + strspn(words + len + 1, " ")
		       : words;
}

/* Those who want to hear of it do when a check begins to fail, and when it
 * works again; one that could not be looked at does neither, however long that
 * lasts. */
static enum err
tell_turns(struct db *db, const struct summary *s, int64_t now)
{
	struct health_row *before;
	enum err e = db_health(db, s->mem, &before);

	for (enum health_name n = 0; !e && n < HEALTH_NAMES; n++) {
		int64_t failed = before[n].fails_since;
		enum health_state is =
			s->seen[n] ? s->rows[n].state : HEALTH_UNKNOWN;

		if (is == HEALTH_FAIL && !failed)
			e = notice_health(db, s->mem, health_name_word(n),
				evidence(s, n), now, now);
		if (failed && is != HEALTH_FAIL && is != HEALTH_UNKNOWN)
			e = notice_health_mended(
				db, s->mem, health_name_word(n), failed, now);
	}
	return e;
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
	int64_t at = 0;
	enum err e = db_health_at(db, &at);

	if (e || now - at < HEALTH_ASK_SECONDS)
		return e;
	e = db_begin(db);
	if (!e)
		e = db_job_want(db, HEALTH_JOB, 0, now);
	return db_end(db, e);
}
