#include "tailnet/backup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "db/job.h"
#include "db/stat.h"
#include "tailnet/audit.h"
#include "tailnet/backup_files.h"
#include "tailnet/backup_half.h"
#include "tailnet/backup_stage.h"
#include "tailnet/health_checks.h"
#include "tailnet/lockbox.h"
#include "tailnet/secrets.h"
#include "tailnet/settings.h"

struct making {
	const struct backup *b;
	struct arena *mem;
	struct backup_stage stage; /* with the copy, as if it were a home */
	struct backup_half half;
	const char **why;
};

static const char *
in(struct making *m, const char *folder, const char *name)
{
	return arena_printf(m->mem, "%s/%s", folder, name);
}

static enum err
say(struct making *m, enum err e, const char *doing)
{
	if (e && !*m->why)
		*m->why = arena_printf(m->mem, "%s: %s", doing, err_words(e));
	return e;
}

/* The new file takes the place of what has its name: of /dev/stdout too. */
static enum err
check_file(struct making *m)
{
	struct stat st;

	if (lstat(m->b->file, &st) != 0 || S_ISREG(st.st_mode))
		return ERR_OK;
	*m->why = arena_printf(m->mem,
		"%s is there and is no file, and a backup would take its place",
		m->b->file);
	return ERR_EXISTS;
}

static enum err
make_stage(struct making *m)
{
	return backup_stage_make(&m->stage, m->b->home, m->mem, m->why);
}

static enum err
copy_database(struct making *m)
{
	enum err e = db_copy(m->b->db, in(m, m->stage.path, "cairn.db"));

	return say(m, e, "copying the database");
}

/* Of a secret that which the copy was written with, whatever was rotated
 * since. */
static enum err
read_secret(
	struct making *m, struct db *copy, const char *name, struct bytes *out)
{
	struct secret *s = arena_alloc(m->mem, sizeof(*s));
	enum err e = secret_current(copy, m->b->home, name, s);

	if (e == ERR_CRYPTO)
		*m->why = arena_printf(m->mem,
			"keys/%s is not the one of this database; if it was "
			"being changed, try again: 'cairn doctor' tells",
			name);
	*out = (struct bytes){ s->bytes, sizeof(s->bytes) };
	return e;
}

static enum err
add_file(struct making *m, struct db *db, const struct backup_file *f)
{
	struct bundle_file row = { .name = f->name };
	const char *path = in(m, m->b->home, f->name);
	enum err e = f->secret ? read_secret(m, db, f->secret, &row.content)
			       : file_read(path, BUNDLE_FILE_MOST, m->mem,
					 &row.content);

	if (e == ERR_NOT_FOUND && !f->needed)
		return ERR_OK;
	return say(m, e ? e : db_bundle_add(db, &row), path);
}

static enum err
fill(struct making *m, struct db *db)
{
	struct bundle about = { m->b->now, m->b->version, "" };
	struct settings s;
	enum err e = settings_load(db, m->mem, &s);

	about.url = e ? "" : s.url;
	if (!e)
		e = db_bundle_make(db, &about);
	for (size_t i = 0; !e && i < backup_file_count; i++)
		e = add_file(m, db, &backup_files[i]);
	return e;
}

/* A backup that cannot be put back is found when it is made. */
static enum err
look_through(struct making *m, struct db *db)
{
	const char *words = NULL;
	enum err e = db_sound(db, m->mem, &words);

	if (!e && words) {
		*m->why = arena_printf(m->mem,
			"the database is damaged, so there is no new backup; "
			"keep the older ones: %s",
			words);
		e = ERR_DB;
	}
	return e;
}

static enum err
make_bundle(struct making *m)
{
	struct db *db;
	enum err e = db_open_any(m->stage.path, false, &db);

	if (e)
		return say(m, e, "opening the copy");
	e = db_begin(db);
	if (!e)
		e = fill(m, db);
	e = db_end(db, e);
	if (!e)
		e = look_through(m, db);
	db_close_last(db); /* into the one file */
	return say(m, e, "adding the files");
}

static enum err
pour(struct making *m, int from, int to)
{
	enum err e = m->b->passphrase
			     ? lockbox_close(from, to, m->b->passphrase)
			     : lockbox_copy(from, to);

	if (!e && fsync(to) != 0)
		e = ERR_IO;
	return e;
}

static enum err
write_half(struct making *m)
{
	int from = open(in(m, m->stage.path, "cairn.db"), O_RDONLY | O_CLOEXEC);
	enum err e = from < 0 ? ERR_IO
			      : backup_half_open(&m->half, m->b->file, m->mem);

	if (!e)
		e = pour(m, from, m->half.fd);
	if (from >= 0)
		close(from);
	return say(m, e, arena_printf(m->mem, "writing %s", m->b->file));
}

static enum err
give_name(struct making *m)
{
	return say(m, backup_half_name(&m->half, m->mem),
		arena_printf(m->mem, "naming %s", m->b->file));
}

static enum err
note(struct making *m)
{
	struct db *db = m->b->db;
	enum err e = db_begin(db);

	if (!e)
		e = audit(db, m->b->now, m->b->actor, "backup.made", "server",
			0,
			m->b->passphrase ? "with a passphrase"
					 : "without a passphrase");
	if (!e)
		e = db_stat_put(db, STAT_BACKUP, m->b->now, m->b->now);
	if (!e) /* the page of health knows soon */
		e = db_job_want(db, HEALTH_JOB, 0, m->b->now);
	return say(m, db_end(db, e), "noting it in the audit log");
}

static bool
is_ended(struct making *m)
{
	if (!m->b->ended || !m->b->ended(m->b->arg))
		return false;
	*m->why = "it was ended: begin again";
	return true;
}

enum err
tailnet_backup(const struct backup *b, struct arena *mem, int64_t *size,
	const char **why)
{
	static enum err (*const steps[])(struct making *) = { check_file,
		make_stage, copy_database, make_bundle, write_half, give_name };
	struct making m = { .b = b,
		.mem = mem,
		.stage = { .held = -1 },
		.half = { .fd = -1 },
		.why = why };
	struct stat st;
	enum err e = ERR_OK;

	*why = NULL;
	for (size_t i = 0; !e && i < sizeof(steps) / sizeof(steps[0]); i++)
		e = is_ended(&m) ? ERR_BUSY : steps[i](&m);
	if (!e)
		e = note(&m);
	backup_stage_drop(&m.stage);
	backup_half_drop(&m.half);
	*size = !e && stat(b->file, &st) == 0 ? st.st_size : 0;
	return e;
}
