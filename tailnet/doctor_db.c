/* The database, what grows in it, and the worker that follows it. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "db/audit.h"
#include "db/audit_chain.h"
#include "db/change.h"
#include "db/check.h"
#include "db/job.h"
#include "db/policy_text.h"
#include "db/server_key.h"
#include "db/setting.h"
#include "db/stat.h"
#include "tailnet/audit_check.h"
#include "tailnet/doctor.h"
#include "tailnet/health.h"
#include "tailnet/health_checks.h"
#include "tailnet/policy_trouble.h"

enum {
	WAL_LARGE = 64 * 1024 * 1024,
	STAT_LATE_SECONDS = 30, /* the worker writes its counters each 10 s */
	LAG_LARGE = 1000,
};

static int64_t
size_of(struct doctor *d, const char *name)
{
	struct stat st;

	if (stat(arena_printf(d->mem, "%s/%s", d->home, name), &st) != 0)
		return -1;
	return st.st_size;
}

static const char *
sized(struct arena *mem, int64_t bytes)
{
	if (bytes < 0)
		return "none";
	if (bytes < 1024 * 1024)
		return arena_printf(
			mem, "%" PRId64 " kB", (bytes + 1023) / 1024);
	return arena_printf(mem, "%.1f MB", (double)bytes / (1024 * 1024));
}

/* False when nothing more can be asked. */
static bool
check_version(struct doctor *d)
{
	int64_t version;
	enum err e = d->db ? ERR_OK : db_open_any(d->home, false, &d->db);

	if (e == ERR_NOT_FOUND) {
		doctor_fail(d, HEALTH_DATABASE,
			"run 'cairn init', or name the folder with --home",
			"database: there is none in %s", d->home);
		return false;
	}
	if (e) {
		doctor_fail(d, HEALTH_DATABASE,
			"make it readable and writable for this user, or run "
			"as the instance's user",
			"database: %s/cairn.db cannot be opened: %s", d->home,
			err_words(e));
		return false;
	}
	version = db_user_version(d->db);
	if (version == DB_VERSION) {
		d->now = db_time(d->db, d->now);
		return true;
	}
	doctor_fail(d, HEALTH_DATABASE,
		version < DB_VERSION ? "stop the programs, run 'cairn init'"
				     : "install the newer cairn again",
		"database: its version is %" PRId64 ", this program wants %d",
		version, DB_VERSION);
	return false;
}

/* It takes seconds to read through, and somebody waits. */
static bool
is_too_large(struct doctor *d)
{
	return d->quick && size_of(d, "cairn.db") > DOCTOR_QUICK_BYTES;
}

static void
check_whole(struct doctor *d)
{
	const char *words = "it cannot be read";
	enum err e;

	if (is_too_large(d)) {
		doctor_ok(d, HEALTH_DATABASE,
			"database: version %d, %s; 'cairn doctor' reads "
			"through all of it",
			DB_VERSION, sized(d->mem, size_of(d, "cairn.db")));
		return;
	}
	e = db_quick_check(d->db, d->mem, &words);

	if (e || strcmp(words, "ok") != 0)
		doctor_fail(d, HEALTH_DATABASE,
			"stop the programs, keep a copy of the folder, put "
			"back the last good backup",
			"database: damaged: %s", e ? db_words(d->db) : words);
	else
		doctor_ok(d, HEALTH_DATABASE, "database: version %d, whole, %s",
			DB_VERSION, sized(d->mem, size_of(d, "cairn.db")));
}

static void
check_wal(struct doctor *d)
{
	int64_t size = size_of(d, "cairn.db-wal");

	if (size > WAL_LARGE)
		doctor_warn(d, HEALTH_WAL,
			"the worker empties it: see that cairn-worker runs, "
			"and that no other program holds the database open",
			"database: the write-ahead log has grown to %s",
			sized(d->mem, size));
	else
		doctor_ok(d, HEALTH_WAL, "database: write-ahead log %s",
			sized(d->mem, size));
}

static void
check_growth(struct doctor *d)
{
	struct table_size *sizes;
	size_t count;

	if (is_too_large(d))
		return;
	if (db_table_sizes(d->db, d->mem, &sizes, &count)) {
		doctor_warn(d, HEALTH_DATABASE,
			"none needed; the counts are missing here",
			"growth: the tables could not be measured: %s",
			db_words(d->db));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct setting_row *row =
			sizes[i].setting ? setting_row(sizes[i].setting) : NULL;
		const char *kept = row ? row->otherwise : NULL;

		if (row)
			(void)db_setting_get(d->db, row->name, d->mem, &kept);
		doctor_ok(d, HEALTH_DATABASE,
			"growth: %s %" PRId64 " rows, %s%s%s%s", sizes[i].name,
			sizes[i].rows, sized(d->mem, sizes[i].bytes),
			row ? ", kept " : "", kept ? kept : "",
			row ? arena_printf(d->mem, " (setting %s)", row->name)
			    : ", each row until its time is over");
	}
}

static void
check_server_keys(struct doctor *d)
{
	static const char *const kinds[] = { "noise", "derp" };

	for (size_t i = 0; i < 2; i++) {
		struct server_key k;

		if (db_server_key(d->db, kinds[i], d->mem, &k)) {
			doctor_fail(d, HEALTH_KEYS, "run 'cairn init'",
				"keys: the server has no %s key", kinds[i]);
			continue;
		}
		if (i == 0)
			d->server_key =
				key_text(d->mem, KEY_MACHINE, &k.public);
		doctor_ok(d, HEALTH_KEYS, "keys: the server's %s key is there",
			kinds[i]);
	}
}

/* All of it; in a hurry what the job found (audit_check.h). */
static enum err
audit_chain(struct doctor *d, struct audit_mark *mark)
{
	if (d->quick)
		return db_audit_checked(d->db, mark);
	return db_audit_check(d->db, &mark->id, &mark->broken);
}

static void
check_audit(struct doctor *d)
{
	struct audit_mark mark = { .id = 0 };
	int64_t given, there;
	struct health_row is;

	if (audit_chain(d, &mark) || db_audit_cut(d->db, &given, &there)) {
		doctor_warn(d, HEALTH_AUDIT, "see what is said of the database",
			"audit: the log could not be read: %s",
			db_words(d->db));
		return;
	}
	is = tailnet_audit_state(d->mem, &mark, given, there);
	if (is.state == HEALTH_FAIL)
		doctor_fail(d, HEALTH_AUDIT, is.remedy, "%s", is.what);
	else
		doctor_ok(d, HEALTH_AUDIT, "%s", is.what);
}

static void
check_policy(struct doctor *d)
{
	const char *words = policy_trouble(d->db, d->mem);
	int64_t count = 0;

	if (words)
		doctor_fail(d, HEALTH_POLICY,
			"mend it on the page Policy, or put an older version "
			"back with 'cairn policy revert'",
			"policy: %s", words);
	else if (!db_policy_count(d->db, &count) && count)
		doctor_ok(d, HEALTH_POLICY,
			"policy: the newest version is in force");
	else
		doctor_ok(d, HEALTH_POLICY,
			"policy: none was set, so everything is allowed");
}

void
doctor_database(struct doctor *d)
{
	if (!check_version(d))
		return;
	doctor_keys(d);
	check_whole(d);
	check_wal(d);
	check_growth(d);
	check_audit(d);
	check_policy(d);
	check_server_keys(d);
	d->has_settings = !settings_load(d->db, d->mem, &d->settings);
	if (d->has_settings)
		doctor_dns(d);
}

static const char *
times_words(struct arena *mem, int64_t tries)
{
	return tries == 1
		       ? "once"
		       : arena_printf(mem, "%" PRId64 " times in a row", tries);
}

static void
show_failed(struct doctor *d, const struct job *j)
{
	doctor_warn(d, HEALTH_JOBS,
		arena_printf(d->mem, "it is tried again in %" PRId64 " s",
			j->due_at > d->now ? j->due_at - d->now : 0),
		"jobs: %s%s failed %s: %s", j->kind,
		j->subject ? arena_printf(d->mem, " %" PRId64, j->subject) : "",
		times_words(d->mem, j->tries), j->last_error);
}

/* What is under way counts as failed until it is done (db/job.h): this look,
 * and what was well before it was begun. */
static bool
is_under_way(const struct doctor *d, const struct job *j)
{
	return (d->quick && strcmp(j->kind, HEALTH_JOB) == 0) ||
	       (j->tries == 1 && j->began_at > d->now - JOB_SECONDS_MOST &&
		       strcmp(j->last_error, JOB_UNENDED) == 0);
}

static void
check_jobs(struct doctor *d)
{
	const char *late = health_warning(d->db, d->now, d->mem);
	struct job *jobs;
	size_t count, failed = 0;

	if (db_jobs(d->db, d->mem, &jobs, &count))
		return;
	if (late)
		doctor_warn(d, HEALTH_JOBS,
			"see that cairn-fcgi runs, and look into its log",
			"jobs: %s", late);
	for (size_t i = 0; i < count; i++)
		if (jobs[i].tries && *jobs[i].last_error &&
			!is_under_way(d, &jobs[i])) {
			failed++;
			show_failed(d, &jobs[i]);
		}
	if (!late && !failed)
		doctor_ok(d, HEALTH_JOBS, "jobs: %zu, all well", count);
}

static void
check_lag(struct doctor *d)
{
	struct stat_row *rows;
	const struct stat_row *seen = NULL;
	size_t count;
	int64_t last;

	if (db_change_last(d->db, &last) ||
		db_stats(d->db, d->mem, &rows, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, STAT_HEARTBEAT) == 0)
			seen = &rows[i];
	if (!seen || d->now - seen->at > STAT_LATE_SECONDS)
		doctor_warn(d, HEALTH_WORKER,
			"wait some seconds after a start; if it stays so, "
			"look into the worker's log",
			"worker: it has not written its counters lately");
	else if (last - seen->value > LAG_LARGE)
		doctor_warn(d, HEALTH_WORKER,
			"look into the worker's log and at its CPU time",
			"worker: %" PRId64 " changes behind",
			last - seen->value);
	else
		doctor_ok(d, HEALTH_WORKER,
			"worker: it keeps up with the changes, counted %" PRId64
			" s ago",
			d->now - seen->at);
}

void
doctor_worker(struct doctor *d)
{
	int64_t age = health_worker_age(d->home, d->now, d->mem);

	if (age < 0) {
		doctor_fail(d, HEALTH_WORKER,
			d->stopped ? NULL : "start cairn-worker",
			"worker: it does not run");
		return;
	}
	if (age > ALIVE_SECONDS) {
		doctor_fail(d, HEALTH_WORKER,
			d->stopped ? NULL
				   : "start cairn-worker, or look into its log",
			"worker: last heard of %" PRId64 " s ago", age);
		return;
	}
	doctor_ok(d, HEALTH_WORKER, "worker: alive, heard of %" PRId64 " s ago",
		age);
	if (!d->has_settings)
		return;
	check_lag(d);
	check_jobs(d);
	doctor_relays(d);
}
