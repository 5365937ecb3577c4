/*
 * db.h: the database connection and its transactions; db/stmt.h, which comes
 * with it, has the few calls that every table file is made of.
 *
 * Several processes share the file (WAL).  The rules that keep it whole
 * (spec/reliability.md 4): a writer takes the side-file lock, then BEGIN
 * IMMEDIATE; nobody checkpoints but the worker, with RESTART, under that lock,
 * and whoever closes the file last;
 * a read transaction never becomes a write; a connection is never carried over
 * a fork.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/stmt.h"

struct db;

enum {
	DB_VERSION = 23,        /* PRAGMA user_version this program wants */
	DB_LOCK_WAIT_MS = 5000, /* db_begin waits so long, then ERR_BUSY */
};

/*
 * Opens HOME/cairn.db and HOME/cairn.lock.  ERR_NOT_FOUND when there is no
 * database, ERR_SCHEMA_OLD and ERR_SCHEMA_NEW when its version is another.
 */
enum err db_open(const char *home, struct db **out);
/* As db_open, but never checks the version: for cairn init, doctor and backup.
 * `create` makes the file when it is not there. */
enum err db_open_any(const char *home, bool create, struct db **out);
/* A database in memory with the newest schema, for tests. */
enum err db_open_memory(struct db **out);
/* The same with the schema of `version`, 1 to DB_VERSION: what an older program
 * made looks so. */
enum err db_open_memory_of(int64_t version, struct db **out);
void db_close(struct db *db);

/*
 * Writes: lock, BEGIN IMMEDIATE … COMMIT, unlock.  ERR_BUSY if another writer
 * holds the lock for DB_LOCK_WAIT_MS; ERR_REPLACED rather than write to a file
 * that is no longer HOME/cairn.db.  A write that the disk refuses is
 * ERR_DISK_FULL or ERR_NOT_WRITABLE.  db_rollback may always be called.
 */
enum err db_begin(struct db *db);
enum err db_commit(struct db *db);
void db_rollback(struct db *db);
/* Ends a transaction either way, for the `if (!e)` chains of tailnet/. */
enum err db_end(struct db *db, enum err e);

/* Reads that must see one state.  Ends with db_read_end. */
enum err db_read_begin(struct db *db);
void db_read_end(struct db *db);

/*
 * What belongs into every transaction of this connection, whichever rule makes
 * it: called behind each BEGIN of db_begin, and before each COMMIT of
 * db_commit; an error undoes the transaction.  NULL ends it.
 */
typedef enum err db_word(struct db *db, void *arg);
void db_after_begin(struct db *db, db_word *say, void *arg);
void db_before_commit(struct db *db, db_word *say, void *arg);

/* What a caller wants to find again at its writes, see db/audit.h.  Not owned,
 * NULL at first. */
void db_set_origin(struct db *db, const void *origin);
const void *db_origin(const struct db *db);

/* Something worked out of the rows that belongs to this connection and ends
 * with it: `drop` frees it then, or when another takes its place.  NULL at
 * first. */
void db_keep(struct db *db, void *kept, void (*drop)(void *kept));
void *db_kept(const struct db *db);

/* Whether HOME/cairn.db is another file by now, or none: what is written here
 * would be lost. */
bool db_is_replaced(struct db *db);

/* While on, every write on this connection fails with ERR_DENIED. */
void db_read_only(struct db *db, bool on);

/* RESTART checkpoint under the writers' lock; waits at most 50 ms for readers.
 * ERR_BUSY is no failure: the next one succeeds.  Only the worker calls it. */
enum err db_checkpoint(struct db *db);

/*
 * Closes the connection of whoever ends last: where nobody else has
 * HOME/cairn.db open, all of it goes into that one file, and its -wal and -shm
 * go away.  SQLite sees to the condition by its exclusive lock; else it is
 * db_close.
 */
void db_close_last(struct db *db);

/* Runs literal SQL without parameters: for schema and pragmas. */
enum err db_exec(struct db *db, const char *sql);
int64_t db_user_version(struct db *db);
/* Another number whenever another connection committed. */
int64_t db_data_version(struct db *db);
/* The words of SQLite for the last failure, for logs. */
const char *db_words(struct db *db);

#endif
