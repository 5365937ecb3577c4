/*
 * db_inside.h: what the files of the connection share: db.c opens, closes and
 * writes, stmt.c asks.
 */
#ifndef DB_DB_INSIDE_H
#define DB_DB_INSIDE_H

#include <sqlite3.h>

#include "db/db.h"

enum {
	STATEMENTS_MAX = 512,
	SLOTS = 2 * STATEMENTS_MAX, /* of the hash of literals, half empty */
};

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

/* What a code of SQLite means here. */
enum err db_from_sqlite(const struct db *db, int rc);

/* Forgets all that was prepared: before the handle is closed. */
void db_stmts_end(struct db *db);

#endif
