#include "db/migrate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "db/bundle.h"

/* One text a file of db/schema, made by the Makefile. */
static const char *const steps[] = {
#include "schema.inc"
};

_Static_assert(sizeof(steps) / sizeof(steps[0]) == DB_VERSION,
	"DB_VERSION is the number of files in db/schema");

/* The version is read again under the lock: another `cairn init` may have done
 * the step since. */
static enum err
run_step(struct db *db, int64_t number)
{
	char version[64];
	enum err e = db_begin(db);

	(void)snprintf(version, sizeof(version), "PRAGMA user_version=%lld",
		(long long)number);
	if (e)
		return e;
	if (db_user_version(db) >= number) {
		db_rollback(db);
		return ERR_OK;
	}
	e = db_exec(db, steps[number - 1]);
	if (!e)
		e = db_exec(db, version);
	return db_end(db, e);
}

enum err
db_migrate_steps(struct db *db, int64_t from, int64_t until)
{
	enum err e = ERR_OK;

	for (int64_t number = from + 1; !e && number <= until; number++)
		e = run_step(db, number);
	return e;
}

/* The copy gets its name only when it is whole, and an older one keeps it: of
 * two inits at once the slower may have copied what the other had upgraded
 * already. */
static enum err
copy_before(struct db *db, const char *home, int64_t version)
{
	char path[PATH_MAX], half[PATH_MAX];
	enum err e;

	if (snprintf(path, sizeof(path), "%s/cairn.db.before-v%d", home,
		    DB_VERSION) >= (int)sizeof(path) ||
		snprintf(half, sizeof(half), "%s/cairn.db.half-%ld", home,
			(long)getpid()) >= (int)sizeof(half))
		return ERR_TOO_BIG;
	if (version == 0 || access(path, F_OK) == 0)
		return ERR_OK;
	e = db_copy(db, half);
	if (!e && link(half, path) != 0 && errno != EEXIST)
		e = ERR_IO;
	(void)unlink(half);
	return e;
}

enum err
db_migrate(const char *home, int64_t *from)
{
	struct db *db;
	int64_t version;
	enum err e = db_open_any(home, true, &db);

	if (e)
		return e;
	version = db_user_version(db);
	if (version > DB_VERSION)
		e = ERR_SCHEMA_NEW;
	if (!e && version < DB_VERSION)
		e = copy_before(db, home, version);
	if (!e)
		e = db_migrate_steps(db, version, DB_VERSION);
	db_close(db);
	if (!e)
		*from = version;
	return e;
}
