/*
 * check.h: questions about the database as a whole, for doctor.
 */
#ifndef DB_CHECK_H
#define DB_CHECK_H

#include "db/db.h"

/* A table that grows with use. */
struct table_size {
	const char *name;
	int64_t rows, bytes; /* bytes with its indexes */
	const char *setting; /* that bounds it, NULL where a rule does */
};

/* SQLite's quick_check: "ok", or the first thing that is wrong. */
enum err db_quick_check(struct db *db, struct arena *mem, const char **words);
/* The same without their bytes, which cost a look at every page of the file. */
enum err db_table_rows(struct db *db, struct arena *mem,
	struct table_size **sizes, size_t *count);
/* Every table that grows, always the same ones. */
enum err db_table_sizes(struct db *db, struct arena *mem,
	struct table_size **sizes, size_t *count);

#endif
