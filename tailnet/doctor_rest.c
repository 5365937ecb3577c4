/* STUN, sign-in, backups, versions, and what cut sessions tell of nginx. */
#include <inttypes.h>

#include "db/derp.h"
#include "db/noise_session.h"
#include "tailnet/backup_due.h"
#include "tailnet/doctor.h"

enum {
	NGINX_DEFAULT_SECONDS = 60, /* scgi_read_timeout where none is set */
	NGINX_SLACK_SECONDS = 2,
	SESSIONS_LOOKED_AT = 50,
	SESSIONS_ENOUGH = 5,
};

/* The own region's last trial, as of any other (job_relay_trial.c). */
static void
check_stun(struct doctor *d)
{
	struct derp_test *tests;
	size_t count;

	if (!d->settings.relay_enabled) {
		doctor_ok(
			d, HEALTH_STUN, "stun: the own relay is switched off");
		return;
	}
	if (db_derp_tests(d->db, d->mem, &tests, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		if (tests[i].id != d->settings.relay_region_id)
			continue;
		if (tests[i].stun_ms >= 0)
			doctor_ok(d, HEALTH_STUN,
				"stun: answered in %" PRId64 " ms, asked "
				"%" PRId64 " s ago",
				tests[i].stun_ms, d->now - tests[i].at);
		else
			doctor_warn(d, HEALTH_STUN,
				"let UDP through to the port of the setting "
				"stun_port, and see that cairn-relay runs",
				"stun: the own relay did not answer on UDP "
				"port %" PRId64,
				d->settings.stun_port);
		return;
	}
	doctor_unknown(d, HEALTH_STUN, "stun: the own relay was not asked yet");
}

/* A tunnel lasts as long as its machine is up.  Where they end after a minute
 * again and again, it is nginx that ends them. */
static void
check_timeouts(struct doctor *d)
{
	int64_t ended, cut;

	if (db_noise_session_cut(d->db,
		    NGINX_DEFAULT_SECONDS - NGINX_SLACK_SECONDS,
		    NGINX_DEFAULT_SECONDS + NGINX_SLACK_SECONDS,
		    SESSIONS_LOOKED_AT, &ended, &cut))
		return;
	if (ended < SESSIONS_ENOUGH)
		doctor_unknown(d, HEALTH_NGINX_TIMEOUTS,
			"timeouts: %" PRId64 " tunnels have ended so far, too "
			"few to tell",
			ended);
	else if (2 * cut > ended)
		doctor_fail(d, HEALTH_NGINX_TIMEOUTS,
			"include cairn-locations.conf whole, with its "
			"scgi_read_timeout, also in a proxy before it",
			"timeouts: %" PRId64 " of the last %" PRId64
			" tunnels ended after %d s, as nginx does by itself",
			cut, ended, NGINX_DEFAULT_SECONDS);
	else
		doctor_ok(d, HEALTH_NGINX_TIMEOUTS,
			"timeouts: tunnels are not cut after a minute");
}

static void
check_backup(struct doctor *d)
{
	static const char remedy[] =
		"cairn backup --passphrase-file FILE, or the page Settings, "
		"Backup";
	struct backup_due b;
	const char *age;

	if (backup_due(d->db, &d->settings, d->now, &b))
		return;
	age = backup_age(d->mem, d->now - b.last_at);
	if (!b.last_at && !b.due_at)
		doctor_ok(d, HEALTH_BACKUP,
			"backup: none was made with cairn, and the setting "
			"backup_days asks for none");
	else if (!b.last_at)
		doctor_warn(
			d, HEALTH_BACKUP, remedy, "backup: none was made yet");
	else if (b.overdue)
		doctor_warn(d, HEALTH_BACKUP, remedy,
			"backup: the last is %s old, more than the setting "
			"backup_days allows (%" PRId64 ")",
			age, d->settings.backup_days);
	else
		doctor_ok(d, HEALTH_BACKUP, "backup: the last is %s old", age);
}

static void
check_version(struct doctor *d)
{
	doctor_ok(d, HEALTH_VERSION,
		"version: cairn " CAIRN_VERSION ", schema %d", DB_VERSION);
}

void
doctor_rest(struct doctor *d)
{
	check_timeouts(d);
	check_stun(d);
	doctor_providers(d);
	check_backup(d);
	check_version(d);
}
