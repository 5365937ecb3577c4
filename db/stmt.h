/*
 * stmt.h: queries, and what comes out of them.
 *
 * A query is written in the function that owns it.  Its text must be a string
 * literal: the address of the literal is the key of the statement cache, so it
 * is prepared once per connection.  Binding cannot fail in a way a caller could
 * mend, so bind errors are kept in the statement and come out of the step.
 */
#ifndef DB_STMT_H
#define DB_STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct db;
struct stmt;

struct stmt *db_stmt(struct db *db, const char *sql_literal);
void stmt_int(struct stmt *q, int at, int64_t value);
void stmt_null(struct stmt *q, int at);
/* Zero binds NULL: for times and ids that may be missing. */
void stmt_int_or_null(struct stmt *q, int at, int64_t value);
void stmt_text(struct stmt *q, int at, const char *value); /* NULL is NULL */
void stmt_blob(struct stmt *q, int at, const void *bytes, size_t len);

int64_t col_int(struct stmt *q, int at); /* NULL reads as 0 */
bool col_is_null(struct stmt *q, int at);
char *col_text(struct stmt *q, int at, struct arena *mem); /* NULL: NULL */
struct bytes col_blob(struct stmt *q, int at, struct arena *mem);
/* A blob of exactly `len` bytes into `out`; anything else zeroes it. */
void col_key(struct stmt *q, int at, void *out, size_t len);

/* Reads the current row into *row. */
typedef void db_read_row(struct stmt *q, struct arena *mem, void *row);

/* db_run: ERR_NOT_FOUND if no row was touched.  db_run_any: that is fine. */
enum err db_run(struct stmt *q);
enum err db_run_any(struct stmt *q, int64_t *touched);
enum err db_insert(struct stmt *q, int64_t *id);
enum err db_one(
	struct stmt *q, db_read_row *read, struct arena *mem, void *row);
/* Calls `read` for each row with the same `row`: nothing is collected. */
enum err db_each(
	struct stmt *q, db_read_row *read, struct arena *mem, void *row);
enum err db_all(struct stmt *q, db_read_row *read, struct arena *mem,
	size_t row_size, void *rows, size_t *count);
/* The one number of a query like SELECT count(*). */
enum err db_number(struct stmt *q, int64_t *out);

#endif
