#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "db/migrate.h"
#include "tailnet/audit.h"
#include "tailnet/backup.h"
#include "tailnet/backup_files.h"
#include "tailnet/lockbox.h"
#include "tailnet/restore_inside.h"
#include "tailnet/settings.h"

#define STAGE_PREFIX ".restore-"

/* What makes HOME an instance; the database last, since with it HOME is one. */
static const char *const parts[] = {
	"keys",
	"tls",
	"cairn.db-wal",
	"cairn.db-shm",
	"cairn.db",
};

enum {
	PARTS = sizeof(parts) / sizeof(parts[0]),
};

static const char *
in(struct restoring *s, const char *folder, const char *name)
{
	return arena_printf(s->mem, "%s/%s", folder, name);
}

static enum err
make_home(struct restoring *s)
{
	const char *home = s->r->home;

	s->new_home = mkdir(home, 0750) == 0;
	if (!s->new_home && errno != EEXIST)
		return restore_refuse(s, ERR_IO,
			arena_printf(s->mem, "making %s: %s", home,
				strerror(errno)));
	return home_hold_take(&s->hold, home, s->mem, s->why);
}

/* What a restore that was killed left: no other is at work, as this one holds
 * the home.  Never through a link. */
static void
sweep(struct restoring *s)
{
	DIR *d = opendir(s->r->home);
	const struct dirent *entry;
	struct stat st;

	while (d && (entry = readdir(d))) {
		const char *path = in(s, s->r->home, entry->d_name);

		if (text_starts(entry->d_name, STAGE_PREFIX) &&
			lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			folder_remove(path);
	}
	if (d)
		closedir(d);
}

static enum err
make_stage(struct restoring *s)
{
	const char *home = s->r->home;
	char *path = arena_printf(s->mem, "%s/" STAGE_PREFIX "XXXXXX", home);

	sweep(s);
	s->stage = mkdtemp(path);
	return s->stage ? ERR_OK
			: restore_refuse(s, ERR_IO,
				  arena_printf(s->mem,
					  "making a folder in %s: %s", home,
					  strerror(errno)));
}

static enum err
unlock(struct restoring *s, int from, int to)
{
	enum err e;

	if (!lockbox_is(from))
		return restore_say(
			s, lockbox_copy(from, to), "reading the backup");
	if (!s->r->passphrase)
		return restore_refuse(s, ERR_BAD_INPUT,
			"this backup has a passphrase: name the file that "
			"holds it with --passphrase-file");
	e = lockbox_open(from, to, s->r->passphrase);
	if (e == ERR_CRYPTO)
		return restore_refuse(s, e,
			"it does not open: the passphrase is another, or the "
			"file is damaged or cut off");
	return restore_say(s, e, "reading the backup");
}

/* A device or a pipe may have no end. */
static enum err
open_backup(struct restoring *s, int *from)
{
	struct stat st;

	*from = open(s->r->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*from < 0)
		return restore_refuse(s, ERR_IO,
			arena_printf(s->mem, "opening %s: %s", s->r->file,
				strerror(errno)));
	if (fstat(*from, &st) == 0 && S_ISREG(st.st_mode))
		return ERR_OK;
	close(*from);
	return restore_refuse(s, ERR_BAD_INPUT,
		arena_printf(s->mem, "%s is no file", s->r->file));
}

static enum err
take_file(struct restoring *s)
{
	const char *to_path = in(s, s->stage, "cairn.db");
	int from, to;
	enum err e = open_backup(s, &from);

	if (e)
		return e;
	to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	e = to < 0 ? restore_say(s, ERR_IO, to_path) : unlock(s, from, to);
	close(from);
	if (to >= 0)
		close(to);
	return e;
}

static enum err
put_file(struct restoring *s, const struct bundle_file *f)
{
	const struct backup_file *known = backup_file_find(f->name);

	if (!known) /* never a path of somebody's choice */
		return restore_refuse(s, ERR_BAD_INPUT,
			"the backup holds a file that no instance has: it was "
			"not made by cairn");
	return restore_say(s,
		file_write(in(s, s->stage, f->name), f->content, known->mode),
		known->name);
}

static enum err
put_files(struct restoring *s, struct db *db)
{
	struct bundle_file *files = NULL;
	size_t count = 0;
	enum err e = db_bundle_files(db, s->mem, &files, &count);

	if (!e && (mkdir(in(s, s->stage, "keys"), 0700) != 0 ||
			  mkdir(in(s, s->stage, "tls"), 0750) != 0))
		e = restore_say(s, ERR_IO, s->stage);
	for (size_t i = 0; !e && i < count; i++)
		e = put_file(s, &files[i]);
	for (size_t i = 0; !e && i < backup_file_count; i++)
		if (backup_files[i].needed &&
			access(in(s, s->stage, backup_files[i].name), F_OK))
			e = restore_refuse(s, ERR_BAD_INPUT,
				arena_printf(s->mem,
					"the backup lacks %s: it cannot be put "
					"back",
					backup_files[i].name));
	return e;
}

static enum err
store_url(struct restoring *s, struct db *db)
{
	const char *expected = "";
	enum err e = settings_store(
		db, "url", s->r->url, s->r->now, s->mem, &expected);

	if (e)
		(void)restore_refuse(s, e,
			arena_printf(s->mem, "the URL %s is refused: %s",
				s->r->url, expected));
	return e;
}

static const char *
counted(struct arena *mem, int64_t n, const char *one, const char *many)
{
	return arena_printf(mem, "%lld %s", (long long)n, n == 1 ? one : many);
}

const char *
restored_counts(const struct restored *n, struct arena *mem)
{
	return arena_printf(mem, "%s, %s, %s, %s, %s",
		counted(mem, n->keys, "key for machines", "keys for machines"),
		counted(mem, n->sessions, "browser", "browsers"),
		counted(mem, n->links, "link", "links"),
		counted(mem, n->pending, "request to join", "requests to join"),
		counted(mem, n->checks, "SSH approval", "SSH approvals"));
}

static enum err
note(struct restoring *s, struct db *db)
{
	return audit(db, s->r->now, "cli", "backup.restored", "server", 0,
		arena_printf(s->mem, "as of %s; ended: %s",
			clock_print(s->mem, s->made->from.made_at),
			restored_counts(&s->made->ended, s->mem)));
}

/* On the schema of this program. */
static enum err
end_old(struct restoring *s)
{
	struct db *db;
	enum err e = db_open(s->stage, &db);

	if (e)
		return restore_say(
			s, e, "opening what was brought to this version");
	db_set_origin(db, s->r->origin);
	e = restore_check_secrets(s, db);
	if (!e)
		e = db_begin(db);
	if (!e)
		e = db_opened_end(db, s->r->now,
			"the server was put back from a backup",
			&s->made->ended);
	if (!e && s->r->url)
		e = store_url(s, db);
	if (!e)
		e = note(s, db);
	e = db_end(db, e);
	db_close_last(db);
	return restore_say(
		s, e, "ending what the backup would bring back to life");
}

static enum err
unpack(struct restoring *s)
{
	struct db *db;
	enum err e = db_open_any(s->stage, false, &db);

	if (e)
		return restore_refuse(s, e, "the file is no backup of cairn");
	e = restore_look_through(s, db);
	if (!e)
		e = put_files(s, db);
	if (!e)
		e = db_begin(db);
	if (!e)
		e = db_end(db, db_bundle_end(db));
	db_close_last(db);
	return e ? restore_refuse(s, e, "the file is no backup of cairn") : e;
}

static enum err
upgrade(struct restoring *s)
{
	const char *doing = arena_printf(s->mem,
		"bringing the backup from schema version %lld to %d",
		(long long)s->version, DB_VERSION);
	int64_t from;
	enum err e = db_migrate(s->stage, &from);

	if (e == ERR_DB)
		return restore_refuse(s, e,
			arena_printf(s->mem,
				"%s: it is not of that version, so somebody "
				"changed it",
				doing));
	return e ? restore_say(s, e, doing) : end_old(s);
}

static bool
is_there(struct restoring *s, const char *part)
{
	struct stat st;

	return lstat(in(s, s->r->home, part), &st) == 0;
}

static bool
has_instance(struct restoring *s)
{
	for (size_t i = 0; i < PARTS; i++)
		if (is_there(s, parts[i]))
			return true;
	return false;
}

/* The database first: without it HOME is no instance. */
static enum err
make_room(struct restoring *s)
{
	char name[64];
	time_t now = (time_t)s->r->now;
	struct tm tm;
	enum err e = ERR_OK;

	if (!has_instance(s))
		return ERR_OK;
	(void)strftime(name, sizeof(name), "replaced-%Y%m%d-%H%M%S",
		gmtime_r(&now, &tm));
	s->made->replaced = in(s, s->r->home, name);
	if (mkdir(s->made->replaced, 0700) != 0)
		return restore_say(s, ERR_IO, s->made->replaced);
	for (size_t i = PARTS; !e && i-- > 0;)
		if (is_there(s, parts[i]) &&
			rename(in(s, s->r->home, parts[i]),
				in(s, s->made->replaced, parts[i])) != 0)
			e = restore_say(s, ERR_IO, parts[i]);
	return e;
}

static enum err
move_in(struct restoring *s)
{
	enum err e = make_room(s);

	for (size_t i = 0; !e && i < PARTS; i++) {
		const char *from = in(s, s->stage, parts[i]);

		if (access(from, F_OK) == 0 &&
			rename(from, in(s, s->r->home, parts[i])) != 0)
			e = restore_say(s, ERR_IO, parts[i]);
	}
	(void)chmod(in(s, s->r->home, "cairn.db"), 0660);
	return e ? e : restore_say(s, folder_sync(s->r->home), s->r->home);
}

static enum err
check_home(struct restoring *s)
{
	if (s->r->running)
		return restore_refuse(s, ERR_BUSY,
			"cairn runs there: stop it first ('systemctl stop "
			"cairn.target', or Ctrl-C where 'make run' runs)");
	if (!s->r->replace && has_instance(s))
		return restore_refuse(s, ERR_EXISTS,
			arena_printf(s->mem,
				"there is an instance in %s: name another "
				"folder with --home, or let it make room with "
				"--replace (its files are kept)",
				s->r->home));
	return home_hold_alone(&s->hold, s->mem, s->why);
}

static bool
is_ended(struct restoring *s)
{
	if (!s->r->ended || !s->r->ended(s->r->arg))
		return false;
	(void)restore_refuse(s, ERR_BUSY,
		"it was ended before anything was moved: begin again");
	return true;
}

static void
clean_up(struct restoring *s, enum err e)
{
	if (s->stage)
		folder_remove(s->stage);
	if (e && s->new_home)
		(void)unlink(in(s, s->r->home, "cairn.lock"));
	home_hold_drop(&s->hold);
	if (e && s->new_home)
		(void)rmdir(s->r->home);
}

enum err
tailnet_restore(const struct restore *r, struct arena *mem,
	struct restore_made *out, const char **why)
{
	struct restoring s = { .r = r,
		.mem = mem,
		.made = out,
		.why = why,
		.hold = { .keeper = -1, .writers = -1 } };
	static enum err (*const steps[])(struct restoring *) = { make_home,
		check_home, make_stage, take_file, unpack, upgrade,
		check_home, /* who started meanwhile */
		move_in };
	enum err e = ERR_OK;

	*why = NULL;
	*out = (struct restore_made){ .replaced = NULL };
	for (size_t i = 0; !e && i < sizeof(steps) / sizeof(steps[0]); i++)
		e = is_ended(&s) ? ERR_BUSY : steps[i](&s);
	clean_up(&s, e);
	return e;
}
