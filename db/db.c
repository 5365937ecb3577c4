#include "db/db.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/audit_event.h"
#include "db/db_inside.h"
#include "db/digest.h"
#include "db/lock.h"
#include "db/migrate.h"
#include "db/natural.h"
#include "db/route_count.h"
#include "db/words.h"

enum {
	LENGTH_MAX = 4 * 1024 * 1024,
};

enum err
db_exec(struct db *db, const char *sql)
{
	return db_from_sqlite(
		db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

/* spec/reliability.md 4.4.  Debian's SQLite has the WAL-reset race, so no
 * connection checkpoints by itself, not even at close. */
static enum err
set_up(struct db *db)
{
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, 5000);
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
	sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM INTO */
	sqlite3_db_config(
		db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
	sqlite3_db_config(
		db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
	if (words_register(db->handle) != SQLITE_OK ||
		route_count_register(db->handle) != SQLITE_OK ||
		natural_register(db->handle) != SQLITE_OK ||
		digest_register(db->handle) != SQLITE_OK ||
		audit_event_register(db->handle) != SQLITE_OK)
		return ERR_DB;
	return db_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
		"PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA mmap_size=0; PRAGMA cell_size_check=ON;"
		"PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY;");
}

static enum err
take_lock(struct db *db, int wait_ms)
{
	enum err e = db->lock < 0 ? ERR_OK : lock_take(db->lock, wait_ms);

	db->locked = !e && db->lock >= 0;
	return e;
}

static void
drop_lock(struct db *db)
{
	if (db->locked)
		lock_drop(db->lock);
	db->locked = false;
}

static struct db *
db_new(void)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		abort();
	db->lock = -1;
	return db;
}

static enum err
open_file(struct db *db, const char *path, bool create)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    (create ? SQLITE_OPEN_CREATE : 0);
	int rc;

	if (!create && access(path, F_OK) != 0)
		return ERR_NOT_FOUND;
	rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (rc == SQLITE_CANTOPEN && access(path, R_OK | W_OK) != 0)
		return ERR_NOT_WRITABLE;
	return db_from_sqlite(db, rc);
}

enum err
db_open_any(const char *home, bool create, struct db **out)
{
	char path[PATH_MAX], lock[PATH_MAX];
	struct db *db;
	enum err e;

	if (snprintf(path, sizeof(path), "%s/cairn.db", home) >=
			(int)sizeof(path) ||
		snprintf(lock, sizeof(lock), "%s/cairn.lock", home) >=
			(int)sizeof(lock))
		return ERR_TOO_BIG;
	db = db_new();
	e = open_file(db, path, create);
	if (!e) {
		db->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
		if (db->lock < 0)
			e = ERR_IO;
	}
	/* The switch to WAL of a new file is a write like any other. */
	if (!e && create)
		e = take_lock(db, DB_LOCK_WAIT_MS);
	if (!e)
		e = set_up(db);
	drop_lock(db);
	if (e) {
		db_close(db);
		return e;
	}
	*out = db;
	return ERR_OK;
}

enum err
db_open(const char *home, struct db **out)
{
	struct db *db;
	enum err e = db_open_any(home, false, &db);
	int64_t version;

	if (e)
		return e;
	version = db_user_version(db);
	if (version != DB_VERSION) {
		db_close(db);
		return version < DB_VERSION ? ERR_SCHEMA_OLD : ERR_SCHEMA_NEW;
	}
	*out = db;
	return ERR_OK;
}

enum err
db_open_memory_of(int64_t version, struct db **out)
{
	struct db *db = db_new();
	enum err e = db_from_sqlite(db, sqlite3_open(":memory:", &db->handle));

	if (!e)
		e = set_up(db);
	if (!e)
		e = db_migrate_steps(db, 0, version);
	if (e) {
		db_close(db);
		return e;
	}
	*out = db;
	return ERR_OK;
}

enum err
db_open_memory(struct db **out)
{
	return db_open_memory_of(DB_VERSION, out);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	db_stmts_end(db);
	sqlite3_close(db->handle);
	if (db->lock >= 0)
		close(db->lock);
	db_keep(db, NULL, NULL);
	free(db);
}

void
db_close_last(struct db *db)
{
	if (!db_is_replaced(db) && !take_lock(db, DB_LOCK_WAIT_MS))
		sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
			0, (int *)0);
	db_close(db); /* the lock goes with its descriptor */
}

bool
db_is_replaced(struct db *db)
{
	int moved = 0; /* stays so in memory */

	(void)sqlite3_file_control(
		db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0;
}

enum err
db_begin(struct db *db)
{
	enum err e = take_lock(db, DB_LOCK_WAIT_MS);

	if (!e && db_is_replaced(db))
		e = ERR_REPLACED;
	if (!e)
		e = db_exec(db, "BEGIN IMMEDIATE");
	if (!e && db->first.say)
		e = db->first.say(db, db->first.arg);
	if (e)
		db_rollback(db);
	return e;
}

void
db_after_begin(struct db *db, db_word *say, void *arg)
{
	db->first.say = say;
	db->first.arg = arg;
}

void
db_before_commit(struct db *db, db_word *say, void *arg)
{
	db->last.say = say;
	db->last.arg = arg;
}

void
db_keep(struct db *db, void *kept, void (*drop)(void *kept))
{
	if (db->kept && db->drop)
		db->drop(db->kept);
	db->kept = kept;
	db->drop = drop;
}

void *
db_kept(const struct db *db)
{
	return db->kept;
}

void
db_set_origin(struct db *db, const void *origin)
{
	db->origin = origin;
}

const void *
db_origin(const struct db *db)
{
	return db->origin;
}

enum err
db_commit(struct db *db)
{
	enum err e = db->last.say ? db->last.say(db, db->last.arg) : ERR_OK;

	if (!e)
		e = db_exec(db, "COMMIT");
	if (!e)
		drop_lock(db);
	return e;
}

void
db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		db_exec(db, "ROLLBACK");
	drop_lock(db);
}

enum err
db_end(struct db *db, enum err e)
{
	if (!e)
		e = db_commit(db);
	if (e)
		db_rollback(db);
	return e;
}

enum err
db_read_begin(struct db *db)
{
	return db_exec(db, "BEGIN");
}

void
db_read_end(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		db_exec(db, "COMMIT");
}

void
db_read_only(struct db *db, bool on)
{
	db->read_only = on;
}

enum err
db_checkpoint(struct db *db)
{
	enum err e = take_lock(db, 50);
	int rc;

	if (e)
		return e;
	sqlite3_busy_timeout(db->handle, 50);
	rc = sqlite3_wal_checkpoint_v2(
		db->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	sqlite3_busy_timeout(db->handle, 5000);
	drop_lock(db);
	return db_from_sqlite(db, rc);
}

int64_t
db_user_version(struct db *db)
{
	sqlite3_stmt *q = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &q,
		    NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		value = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return value;
}

int64_t
db_data_version(struct db *db)
{
	struct stmt *q = db_stmt(db, "PRAGMA data_version");
	int64_t value = -1;

	(void)db_number(q, &value);
	return value;
}

const char *
db_words(struct db *db)
{
	return sqlite3_errmsg(db->handle);
}
