#include "db/migrate.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* One text a file of db/schema, made by the Makefile. */
static const char *const steps[] = {
#include "schema.inc"
};

_Static_assert(sizeof(steps) / sizeof(steps[0]) == DB_VERSION,
	"DB_VERSION is the number of files in db/schema");

static enum err
run_step(struct db *db, int64_t number)
{
	char version[64];
	enum err e = db_begin(db);

	(void)snprintf(version, sizeof(version), "PRAGMA user_version=%lld",
		(long long)number);
	if (e)
		return e;
	e = db_exec(db, steps[number - 1]);
	if (!e)
		e = db_exec(db, version);
	return db_end(db, e);
}

enum err
db_migrate_steps(struct db *db, int64_t from)
{
	enum err e = ERR_OK;

	for (int64_t number = from + 1; !e && number <= DB_VERSION; number++)
		e = run_step(db, number);
	return e;
}

/* VACUUM INTO is a consistent copy while others read and write. */
static enum err
copy_before(struct db *db, const char *home, int64_t version)
{
	char path[PATH_MAX];
	struct stmt *q;

	if (snprintf(path, sizeof(path), "%s/cairn.db.before-v%d", home,
		    DB_VERSION) >= (int)sizeof(path))
		return ERR_TOO_BIG;
	if (version == 0 || access(path, F_OK) == 0)
		return ERR_OK;
	q = db_stmt(db, "VACUUM INTO ?1");
	stmt_text(q, 1, path);
	return db_run_any(q, NULL);
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
		e = db_migrate_steps(db, version);
	db_close(db);
	if (!e)
		*from = version;
	return e;
}
