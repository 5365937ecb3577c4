#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/digest.h"
#include "db/migrate.h"
#include "db/route_count.h"
#include "db/words.h"

enum {
	STATEMENTS_MAX = 256,
	SLOTS = 2 * STATEMENTS_MAX, /* of the hash of literals, half empty */
	LENGTH_MAX = 4 * 1024 * 1024,
	LOCK_AGAIN_NS = 10 * 1000 * 1000,
};

#define LOCK_SIGNAL (SIGRTMIN + 3)

struct stmt {
	struct db *db;
	const char *sql;
	sqlite3_stmt *handle;
	int bind_error;
};

struct db {
	sqlite3 *handle;
	int lock; /* descriptor of cairn.lock, -1 in memory */
	bool locked, read_only;
	struct {
		db_word *say;
		void *arg;
	} first, last; /* of a transaction */
	const void *origin;
	void *kept;
	void (*drop)(void *kept);
	struct stmt statements[SLOTS];
	size_t statement_count;
};

/* A write that read-only refuses and a disk that does give the same code. */
static enum err
from_read_only(const struct db *db)
{
	return db->read_only ? ERR_DENIED : ERR_NOT_WRITABLE;
}

static enum err
from_sqlite(const struct db *db, int rc)
{
	switch (rc) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
		return ERR_EXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER:
		return ERR_IN_USE;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
		return ERR_BAD_INPUT;
	case SQLITE_TOOBIG:
		return ERR_TOO_BIG;
	case SQLITE_BUSY:
	case SQLITE_BUSY_SNAPSHOT:
	case SQLITE_BUSY_RECOVERY:
		return ERR_BUSY;
	case SQLITE_READONLY:
		return from_read_only(db);
	case SQLITE_READONLY_CANTINIT:
	case SQLITE_READONLY_CANTLOCK:
	case SQLITE_READONLY_DIRECTORY:
	case SQLITE_READONLY_RECOVERY:
	case SQLITE_IOERR_WRITE:
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_TRUNCATE:
		return ERR_NOT_WRITABLE;
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	default:
		return ERR_DB;
	}
}

enum err
db_exec(struct db *db, const char *sql)
{
	return from_sqlite(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
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
		digest_register(db->handle) != SQLITE_OK)
		return ERR_DB;
	return db_exec(db,
		"PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
		"PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
		"PRAGMA mmap_size=0; PRAGMA cell_size_check=ON;"
		"PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY;");
}

/*
 * Writers queue in the kernel: flock hands the lock on in the order in which
 * they came, at once, and drops it when its holder dies
 * (spec/reliability.md 0.2).  Whoever asks again and again instead may ask for
 * ever while others are served.  What ends the waiting is a signal to this
 * thread, repeated, in case the first comes before the wait begins.
 */
static void
on_lock_timer(int number)
{
	(void)number; /* flock returns EINTR, that is all */
}

static bool
start_timer(int wait_ms, timer_t *out)
{
	const struct sigaction act = { .sa_handler = on_lock_timer };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = LOCK_SIGNAL };
	const struct itimerspec when = { .it_value = { wait_ms / 1000,
						 wait_ms % 1000 * 1000000L },
		.it_interval = { .tv_nsec = LOCK_AGAIN_NS } };

	ev._sigev_un._tid = gettid();
	if (sigaction(LOCK_SIGNAL, &act, NULL) != 0 ||
		timer_create(CLOCK_MONOTONIC, &ev, out) != 0)
		return false;
	return timer_settime(*out, 0, &when, NULL) == 0;
}

static enum err
wait_for_lock(struct db *db, int wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;
	sigset_t ours, before;
	timer_t timer;
	int rc, why = 0;

	sigemptyset(&ours);
	sigaddset(&ours, LOCK_SIGNAL);
	if (!start_timer(wait_ms, &timer))
		return ERR_IO;
	pthread_sigmask(SIG_UNBLOCK, &ours, &before);
	do
		rc = flock(db->lock, LOCK_EX);
	while (rc && (why = errno) == EINTR && clock_now_ms() < until_ms);
	timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? ERR_OK : why == EINTR ? ERR_BUSY : ERR_IO;
}

static enum err
take_lock(struct db *db, int wait_ms)
{
	enum err e = ERR_OK;

	if (db->lock < 0)
		return ERR_OK;
	if (flock(db->lock, LOCK_EX | LOCK_NB) != 0)
		e = errno == EWOULDBLOCK ? wait_for_lock(db, wait_ms) : ERR_IO;
	db->locked = !e;
	return e;
}

static void
drop_lock(struct db *db)
{
	if (db->locked)
		flock(db->lock, LOCK_UN);
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
	return from_sqlite(db, rc);
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
db_open_memory(struct db **out)
{
	struct db *db = db_new();
	enum err e = from_sqlite(db, sqlite3_open(":memory:", &db->handle));

	if (!e)
		e = set_up(db);
	if (!e)
		e = db_migrate_steps(db, 0);
	if (e) {
		db_close(db);
		return e;
	}
	*out = db;
	return ERR_OK;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		sqlite3_finalize(db->statements[i].handle);
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
	return from_sqlite(db, rc);
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

/* Open addressing on the address of the literal. */
static struct stmt *
slot_of(struct db *db, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * 2654435761u % SLOTS;

	while (db->statements[i].sql && db->statements[i].sql != sql)
		i = (i + 1) % SLOTS;
	return &db->statements[i];
}

struct stmt *
db_stmt(struct db *db, const char *sql_literal)
{
	struct stmt *q = slot_of(db, sql_literal);

	if (q->handle) {
		sqlite3_reset(q->handle);
		sqlite3_clear_bindings(q->handle);
		q->bind_error = SQLITE_OK;
		return q;
	}
	if (!q->sql && ++db->statement_count > STATEMENTS_MAX)
		abort();
	q->db = db;
	q->sql = sql_literal;
	q->bind_error = sqlite3_prepare_v3(db->handle, sql_literal, -1,
		SQLITE_PREPARE_PERSISTENT, &q->handle, NULL);
	return q;
}

static void
keep_error(struct stmt *q, int rc)
{
	if (q->bind_error == SQLITE_OK)
		q->bind_error = rc;
}

void
stmt_int(struct stmt *q, int at, int64_t value)
{
	keep_error(q, sqlite3_bind_int64(q->handle, at, value));
}

void
stmt_null(struct stmt *q, int at)
{
	keep_error(q, sqlite3_bind_null(q->handle, at));
}

void
stmt_int_or_null(struct stmt *q, int at, int64_t value)
{
	if (value)
		stmt_int(q, at, value);
	else
		stmt_null(q, at);
}

void
stmt_text(struct stmt *q, int at, const char *value)
{
	keep_error(
		q, sqlite3_bind_text(q->handle, at, value, -1, SQLITE_STATIC));
}

void
stmt_blob(struct stmt *q, int at, const void *bytes, size_t len)
{
	keep_error(q,
		sqlite3_bind_blob64(q->handle, at, bytes, len, SQLITE_STATIC));
}

int64_t
col_int(struct stmt *q, int at)
{
	return sqlite3_column_int64(q->handle, at);
}

bool
col_is_null(struct stmt *q, int at)
{
	return sqlite3_column_type(q->handle, at) == SQLITE_NULL;
}

char *
col_text(struct stmt *q, int at, struct arena *mem)
{
	const unsigned char *s = sqlite3_column_text(q->handle, at);

	return s ? arena_strdup(mem, (const char *)s) : NULL;
}

struct bytes
col_blob(struct stmt *q, int at, struct arena *mem)
{
	const void *from = sqlite3_column_blob(q->handle, at);
	size_t len = (size_t)sqlite3_column_bytes(q->handle, at);
	unsigned char *copy = arena_alloc(mem, len + 1);

	if (len)
		memcpy(copy, from, len);
	return (struct bytes){ copy, len };
}

void
col_key(struct stmt *q, int at, void *out, size_t len)
{
	const void *from = sqlite3_column_blob(q->handle, at);

	if (from && (size_t)sqlite3_column_bytes(q->handle, at) == len)
		memcpy(out, from, len);
	else
		memset(out, 0, len);
}

/* PRAGMA query_only would do it too, and have every statement of the connection
 * prepared anew, at each switch. */
static int
step(struct stmt *q)
{
	if (q->bind_error)
		return q->bind_error;
	if (q->db->read_only && !sqlite3_stmt_readonly(q->handle))
		return SQLITE_READONLY;
	return sqlite3_step(q->handle);
}

enum err
db_run_any(struct stmt *q, int64_t *touched)
{
	int rc = step(q);

	sqlite3_reset(q->handle);
	if (rc == SQLITE_DONE && touched)
		*touched = sqlite3_changes(q->db->handle);
	return from_sqlite(q->db, rc);
}

enum err
db_run(struct stmt *q)
{
	int64_t touched = 0;
	enum err e = db_run_any(q, &touched);

	return e ? e : touched ? ERR_OK : ERR_NOT_FOUND;
}

enum err
db_insert(struct stmt *q, int64_t *id)
{
	enum err e = db_run_any(q, NULL);

	if (!e)
		*id = sqlite3_last_insert_rowid(q->db->handle);
	return e;
}

enum err
db_one(struct stmt *q, db_read_row *read, struct arena *mem, void *row)
{
	int rc = step(q);

	if (rc == SQLITE_ROW)
		read(q, mem, row);
	sqlite3_reset(q->handle);
	return rc == SQLITE_DONE ? ERR_NOT_FOUND : from_sqlite(q->db, rc);
}

enum err
db_each(struct stmt *q, db_read_row *read, struct arena *mem, void *row)
{
	int rc;

	while ((rc = step(q)) == SQLITE_ROW)
		read(q, mem, row);
	sqlite3_reset(q->handle);
	return from_sqlite(q->db, rc);
}

enum err
db_all(struct stmt *q, db_read_row *read, struct arena *mem, size_t row_size,
	void *rows, size_t *count)
{
	size_t room = 16, used = 0;
	unsigned char *list = arena_array(mem, room, row_size);
	int rc;

	while ((rc = step(q)) == SQLITE_ROW) {
		if (used == room) {
			unsigned char *bigger =
				arena_array(mem, 2 * room, row_size);

			memcpy(bigger, list, used * row_size);
			list = bigger;
			room *= 2;
		}
		read(q, mem, list + used++ * row_size);
	}
	sqlite3_reset(q->handle);
	if (rc != SQLITE_DONE)
		return from_sqlite(q->db, rc);
	*(void **)rows = list;
	*count = used;
	return ERR_OK;
}

static void
read_number(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	*(int64_t *)row = col_int(q, 0);
}

enum err
db_number(struct stmt *q, int64_t *out)
{
	return db_one(q, read_number, NULL, out);
}
