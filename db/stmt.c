#include "db/stmt.h"

#include <stdlib.h>
#include <string.h>

#include "db/db_inside.h"

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

void
db_stmts_end(struct db *db)
{
	for (size_t i = 0; i < SLOTS; i++)
		sqlite3_finalize(db->statements[i].handle);
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
	return db_from_sqlite(q->db, rc);
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
	return rc == SQLITE_DONE ? ERR_NOT_FOUND : db_from_sqlite(q->db, rc);
}

enum err
db_each(struct stmt *q, db_read_row *read, struct arena *mem, void *row)
{
	int rc;

	while ((rc = step(q)) == SQLITE_ROW)
		read(q, mem, row);
	sqlite3_reset(q->handle);
	return db_from_sqlite(q->db, rc);
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
		return db_from_sqlite(q->db, rc);
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
