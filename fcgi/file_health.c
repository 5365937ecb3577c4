/*
 * file_health.c: a report of this server to hand to whoever helps: versions,
 * settings, counts and checks.  It has no secrets: nothing that is read here is
 * one, and the settings that are or may hold one are named without their value.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/redact.h"
#include "db/check.h"
#include "db/job.h"
#include "db/setting.h"
#include "fcgi/pages_server.h"
#include "fcgi/reply.h"
#include "tailnet/health_checks.h"

enum {
	REPORT_MAX = 256 * 1024,
};

/* Only what is harmless by its nature: a setting that comes later is named, and
 * no more, until somebody says here that it is. */
static const char *const plain_settings[] = { "listen", "http_port",
	"https_port", "stun_port", "magic_dns", "override_local_dns",
	"ipv4_prefix", "ipv6_prefix", "address_order", "node_expiry",
	"ephemeral_timeout", "device_approval", "user_approval", "taildrop",
	"auto_update", "inner_children", "fcgi_children", "register_rate",
	"register_machine_rate", "relay_enabled", "relay_region_id",
	"relay_hours", "relay_private", "relay_verify", "relay_rate",
	"members_make_keys", "key_life", "time_zone", "keep_sessions",
	"keep_audit", "keep_changes", "keep_keys", "backup_days" };

static bool
is_plain(const char *name)
{
	for (size_t i = 0;
		i < sizeof(plain_settings) / sizeof(plain_settings[0]); i++)
		if (strcmp(plain_settings[i], name) == 0)
			return true;
	return false;
}

static void
put_versions(struct request *r, struct buf *out)
{
	struct utsname system;

	(void)uname(&system);
	buf_putf(out, "cairn " CAIRN_VERSION ", schema %d\n", DB_VERSION);
	buf_putf(out, "%s %s %s\n", system.sysname, system.release,
		system.machine);
	buf_putf(out, "made %s\n\n", clock_print(r->mem, r->now));
}

/* What a check found may quote an address with a password or a token. */
static void
put_line(struct request *r, struct buf *out, const char *line, size_t len)
{
	char *text = arena_alloc(r->mem, len + 1);

	memcpy(text, line, len);
	buf_puts(out, "         ");
	buf_put(out, text, redact(text, len));
	buf_puts(out, "\n");
}

static enum err
put_checks(struct request *r, struct buf *out)
{
	struct health_row *rows;
	enum err e = db_health(r->db, r->mem, &rows);

	buf_puts(out, "checks\n");
	for (enum health_name n = 0; !e && n < HEALTH_NAMES; n++) {
		buf_putf(out, "%-8s %s since %s\n",
			health_state_word(rows[n].state), health_name_word(n),
			rows[n].since ? clock_print(r->mem, rows[n].since)
				      : "never");
		for (const char *p = rows[n].what; *p;) {
			size_t len = strcspn(p, "\n");

			put_line(r, out, p, len);
			p += len + (p[len] == '\n');
		}
	}
	return e;
}

static enum err
put_settings(struct request *r, struct buf *out)
{
	struct setting *rows;
	size_t count;
	enum err e = db_settings(r->db, r->mem, &rows, &count);

	buf_puts(out, "\nsettings that are not as they come\n");
	for (size_t i = 0; !e && i < count; i++)
		buf_putf(out, "%s: %s\n", rows[i].name,
			is_plain(rows[i].name) ? rows[i].value : "(set)");
	return e;
}

static enum err
put_sizes(struct request *r, struct buf *out)
{
	struct table_size *sizes;
	size_t count;
	enum err e = db_table_rows(r->db, r->mem, &sizes, &count);

	buf_puts(out, "\nrows\n");
	for (size_t i = 0; !e && i < count; i++)
		buf_putf(
			out, "%s: %" PRId64 "\n", sizes[i].name, sizes[i].rows);
	return e;
}

/* Kinds and times; what went wrong may quote an address with a token. */
static enum err
put_jobs(struct request *r, struct buf *out)
{
	struct job *jobs;
	size_t count;
	enum err e = db_jobs(r->db, r->mem, &jobs, &count);

	buf_puts(out, "\njobs\n");
	for (size_t i = 0; !e && i < count; i++)
		buf_putf(out,
			"%s %" PRId64 ": due in %" PRId64 " s, %" PRId64
			" tries in vain\n",
			jobs[i].kind, jobs[i].subject, jobs[i].due_at - r->now,
			jobs[i].tries);
	return e;
}

enum err
file_health(struct request *r)
{
	struct buf out;
	enum err e;

	buf_init(&out, r->mem, REPORT_MAX);
	put_versions(r, &out);
	e = put_checks(r, &out);
	if (!e)
		e = put_settings(r, &out);
	if (!e)
		e = put_sizes(r, &out);
	if (!e)
		e = put_jobs(r, &out);
	buf_put(&out, "", 1);
	if (!e)
		e = buf_error(&out);
	if (!e)
		e = reply_text(r, 200, (const char *)out.bytes);
	r->reply.class = REPLY_FILE;
	r->reply.attachment = "cairn-report.txt";
	return e;
}
