#include "db/attribute.h"

#define COLUMNS "node_id, name, value, set_by, set_at, expires_at"

static void
read_attribute(struct stmt *q, struct arena *mem, void *row)
{
	struct attribute *a = row;

	a->node_id = col_int(q, 0);
	a->name = col_text(q, 1, mem);
	a->value = col_text(q, 2, mem);
	a->set_by = col_text(q, 3, mem);
	a->set_at = col_int(q, 4);
	a->expires_at = col_int(q, 5);
}

enum err
db_attribute_put(struct db *db, const struct attribute *a)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO node_attribute (" COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		"ON CONFLICT (node_id, name) DO UPDATE SET "
		"value = ?3, set_by = ?4, set_at = ?5, expires_at = ?6");

	stmt_int(q, 1, a->node_id);
	stmt_text(q, 2, a->name);
	stmt_text(q, 3, a->value);
	stmt_text(q, 4, a->set_by);
	stmt_int(q, 5, a->set_at);
	stmt_int_or_null(q, 6, a->expires_at);
	return db_run(q);
}

enum err
db_attribute_delete(struct db *db, int64_t node_id, const char *name)
{
	struct stmt *q = db_stmt(db, "DELETE FROM node_attribute "
				     "WHERE node_id = ?1 AND name = ?2");

	stmt_int(q, 1, node_id);
	stmt_text(q, 2, name);
	return db_run(q);
}

enum err
db_attributes(struct db *db, int64_t node_id, struct arena *mem,
	struct attribute **rows, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " COLUMNS " FROM node_attribute "
				     "WHERE node_id = ?1 ORDER BY name");

	stmt_int(q, 1, node_id);
	return db_all(q, read_attribute, mem, sizeof(**rows), rows, count);
}

enum err
db_attributes_over(struct db *db, int64_t now, int64_t limit, struct arena *mem,
	struct attribute **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " COLUMNS " FROM node_attribute "
		"WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2");

	stmt_int(q, 1, now);
	stmt_int(q, 2, limit);
	return db_all(q, read_attribute, mem, sizeof(**rows), rows, count);
}

enum err
db_attributes_next(struct db *db, int64_t *at)
{
	return db_number(
		db_stmt(db, "SELECT coalesce(min(expires_at), 0) "
			    "FROM node_attribute WHERE expires_at IS NOT NULL"),
		at);
}
