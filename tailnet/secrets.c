#include "tailnet/secrets.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "db/secret_mark.h"

/* Those that are files. */
static const char *const files[] = { "seal", "pepper" };

enum {
	FILES = sizeof(files) / sizeof(files[0]),
};

static void
mark_of(const struct secret *s, uint8_t out[SECRET_MARK_SIZE])
{
	pepper_hash(s, "mark of cairn", out);
}

enum err
secret_check(struct db *db, const char *name, const struct secret *s)
{
	uint8_t have[SECRET_MARK_SIZE], wanted[SECRET_MARK_SIZE];
	enum err e = db_secret_mark(db, name, have);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	mark_of(s, wanted);
	return sodium_memcmp(have, wanted, sizeof(have)) ? ERR_BUSY : ERR_OK;
}

static const char *
next_name(const char *name, char room[32])
{
	(void)snprintf(room, 32, "%s.next", name);
	return room;
}

/* The candidate, if it is the one; *seen becomes ERR_CRYPTO if it is not. */
static bool
fits(struct db *db, const char *home, const char *name, const char *file,
	struct secret *out, enum err *seen)
{
	struct secret s;
	enum err e = secret_read(home, file, &s);

	if (!e)
		e = secret_check(db, name, &s);
	if (!e)
		*out = s;
	else if (*seen == ERR_NOT_FOUND)
		*seen = e == ERR_BUSY ? ERR_CRYPTO : e;
	secret_wipe(&s);
	return !e;
}

enum err
secret_current(
	struct db *db, const char *home, const char *name, struct secret *out)
{
	enum err e = ERR_NOT_FOUND;
	struct secret whole;
	char room[32];

	if (strcmp(name, "pages") == 0) {
		e = secret_current(db, home, "seal", &whole);
		if (!e)
			secret_derive(&whole, "pages", out);
		secret_wipe(&whole);
		return e;
	}
	/* The first again: the second may just have got its name. */
	(void)next_name(name, room);
	return fits(db, home, name, name, out, &e) ||
			       fits(db, home, name, room, out, &e) ||
			       fits(db, home, name, name, out, &e)
		       ? ERR_OK
		       : e;
}

enum err
secret_mark(struct db *db, const char *name, const struct secret *s)
{
	uint8_t mark[SECRET_MARK_SIZE];
	struct secret pages;
	enum err e;

	mark_of(s, mark);
	e = db_secret_mark_put(db, name, mark);
	if (e || strcmp(name, "seal") != 0)
		return e;
	secret_derive(s, "pages", &pages);
	mark_of(&pages, mark);
	secret_wipe(&pages);
	return db_secret_mark_put(db, "pages", mark);
}

enum err
secrets_adopt(struct db *db, const char *home, const char **which)
{
	uint8_t mark[SECRET_MARK_SIZE];
	struct secret s;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < FILES; i++) {
		*which = files[i];
		e = secret_current(db, home, files[i], &s);
		if (!e && db_secret_mark(db, files[i], mark) == ERR_NOT_FOUND)
			e = secret_mark(db, files[i], &s);
		secret_wipe(&s);
	}
	return e;
}

static enum err
path_of(const char *home, const char *name, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s/keys/%s", home, name) < PATH_MAX
		       ? ERR_OK
		       : ERR_TOO_BIG;
}

enum err
secret_stage(const char *home, const char *name, const struct secret *s)
{
	char path[PATH_MAX], folder[PATH_MAX], room[32];
	struct stat st;
	enum err e = path_of(home, next_name(name, room), path);

	if (!e)
		e = path_of(home, ".", folder);
	if (e)
		return e;
	(void)unlink(path);
	e = file_write(
		path, (struct bytes){ s->bytes, sizeof(s->bytes) }, 0600);
	/* By root it is the instance's all the same. */
	if (!e && geteuid() == 0 && stat(folder, &st) == 0 &&
		chown(path, st.st_uid, st.st_gid) != 0)
		e = ERR_IO;
	return e ? e : folder_sync(folder);
}

static enum err
settle(struct db *db, const char *home, const char *name)
{
	uint8_t mark[SECRET_MARK_SIZE];
	char from[PATH_MAX], to[PATH_MAX], folder[PATH_MAX], room[32];
	struct secret next;
	enum err e = path_of(home, next_name(name, room), from);

	if (!e)
		e = path_of(home, name, to);
	if (!e)
		e = path_of(home, ".", folder);
	if (e || access(from, F_OK) != 0)
		return e;
	e = secret_read(home, room, &next);
	if (e == ERR_CRYPTO) /* half written */
		e = ERR_BUSY;
	if (!e)
		e = db_secret_mark(db, name, mark);
	if (!e)
		e = secret_check(db, name, &next);
	secret_wipe(&next);
	if (!e)
		return rename(from, to) == 0 ? folder_sync(folder) : ERR_IO;
	if (e != ERR_BUSY && e != ERR_NOT_FOUND)
		return e;
	return unlink(from) == 0 ? ERR_OK : ERR_IO;
}

enum err
secrets_settle_in(struct db *db, const char *home)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < FILES; i++)
		e = settle(db, home, files[i]);
	return e;
}

enum err
secrets_settle(struct db *db, const char *home)
{
	enum err e = db_begin(db);

	if (!e)
		e = secrets_settle_in(db, home);
	return db_end(db, e);
}
