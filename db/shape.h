/*
 * shape.h: whether two databases have the same schema: tables, indexes,
 * triggers and views, to the letter.
 *
 * Each instance came by the same steps (db/migrate.h), from whichever version
 * it began, so the texts that SQLite keeps are the same too.
 */
#ifndef DB_SHAPE_H
#define DB_SHAPE_H

#include "db/db.h"

/*
 * *words: the first thing in which `db` is not as `as` is, NULL where there is
 * none.  Only sqlite_schema is read: no trigger and no view of `db` runs.  What
 * ANALYZE leaves does not count.
 */
enum err db_shape_differs(
	struct db *db, struct db *as, struct arena *mem, const char **words);

#endif
