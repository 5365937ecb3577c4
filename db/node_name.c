#include "db/node_name.h"

#define COLUMNS "id, user_id, name, tags"

static void
read_name(struct stmt *q, struct arena *mem, void *row)
{
	struct node_name *n = row;

	n->id = col_int(q, 0);
	n->user_id = col_int(q, 1);
	n->name = col_text(q, 2, mem);
	n->tags = col_text(q, 3, mem);
}

/* Left alone, SQLite reads the rows, since these are in the order of ids. */
enum err
db_node_names(struct db *db, struct arena *mem, struct node_name **rows,
	size_t *count)
{
	return db_all(
		db_stmt(db, "SELECT " COLUMNS " FROM node INDEXED BY node_list "
			    "ORDER BY id"),
		read_name, mem, sizeof(**rows), rows, count);
}

enum err
db_node_names_of(struct db *db, const char *name, struct arena *mem,
	struct node_name **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " COLUMNS " FROM node WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_all(q, read_name, mem, sizeof(**rows), rows, count);
}

enum err
db_node_names_first(struct db *db, int64_t limit, struct arena *mem,
	struct node_name **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " COLUMNS " FROM node INDEXED BY node_list "
			    "ORDER BY sort_name, name LIMIT ?1");

	stmt_int(q, 1, limit);
	return db_all(q, read_name, mem, sizeof(**rows), rows, count);
}
