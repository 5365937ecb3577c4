#include "tailnet/health_checks.h"

#include "db/job.h"
#include "tailnet/doctor.h"

/* The findings of each check, run together: the worst says its state. */
struct summary {
	struct arena *mem;
	struct health_row rows[HEALTH_NAMES];
	bool seen[HEALTH_NAMES];
};

static void
take(void *arg, const struct doctor_finding *f)
{
	struct summary *s = arg;
	struct health_row *row = &s->rows[f->check];

	if (!s->seen[f->check] || f->state > row->state) {
		row->state = f->state;
		row->remedy = f->remedy ? f->remedy : "";
	}
	row->what = s->seen[f->check]
			    ? arena_printf(s->mem, "%s\n%s", row->what, f->what)
			    : f->what;
	s->seen[f->check] = true;
}

static enum err
write_all(struct db *db, const struct summary *s, int64_t now)
{
	static const struct health_row none = { .state = HEALTH_UNKNOWN,
		.what = "it could not be looked at",
		.remedy = "" };
	enum err e = db_begin(db);

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
