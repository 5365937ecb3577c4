/*
 * migrate.h: from any older schema to the newest.
 *
 * `cairn init` alone calls db_migrate; every other program only compares
 * versions (db_open).  A step is one file of db/schema, in number order, and
 * one transaction together with PRAGMA user_version, so that a kill leaves the
 * old schema or the new one and the next run goes on.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

/*
 * Makes HOME/cairn.db or brings it to DB_VERSION, under the writers' lock.
 * Before the first step of an upgrade the database is copied to
 * HOME/cairn.db.before-vN.  *from gets the version that was found (0: made
 * now).  ERR_SCHEMA_NEW when the file is from a newer program.
 */
enum err db_migrate(const char *home, int64_t *from);

/* The steps after version `from` up to `until`, each a transaction. */
enum err db_migrate_steps(struct db *db, int64_t from, int64_t until);

#endif
