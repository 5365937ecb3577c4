#include "db/shape.h"

#include <string.h>

enum {
	NAME_SHOWN = 60, /* bytes of a name that a stranger chose */
};

struct object {
	const char *name, *type, *table, *sql;
};

static const char *
text_of(struct stmt *q, int at, struct arena *mem)
{
	const char *s = col_text(q, at, mem);

	return s ? s : ""; /* an index of a PRIMARY KEY has no text */
}

static void
read_object(struct stmt *q, struct arena *mem, void *row)
{
	*(struct object *)row = (struct object){ .name = text_of(q, 0, mem),
		.type = text_of(q, 1, mem),
		.table = text_of(q, 2, mem),
		.sql = text_of(q, 3, mem) };
}

/* SQLite runs the text, whatever the other columns say: what ANALYZE leaves is
 * known by its text. */
static enum err
objects_of(struct db *db, struct arena *mem, struct object **rows, size_t *n)
{
	return db_all(
		db_stmt(db,
			"SELECT name, type, tbl_name, sql FROM sqlite_schema "
			"WHERE sql IS NULL OR sql NOT IN ("
			"'CREATE TABLE sqlite_stat1(tbl,idx,stat)', "
			"'CREATE TABLE sqlite_stat4"
			"(tbl,idx,neq,nlt,ndlt,sample)') "
			"ORDER BY name, type"),
		read_object, mem, sizeof(**rows), rows, n);
}

static int
compare(const struct object *a, const struct object *b)
{
	int by_name = strcmp(a->name, b->name);

	return by_name ? by_name : strcmp(a->type, b->type);
}

static const char *
say(struct arena *mem, const struct object *o, const char *what)
{
	return arena_printf(mem, "the %.*s \"%.*s\" %s", NAME_SHOWN, o->type,
		NAME_SHOWN, o->name, what);
}

/* The first of each that is left; NULL where there is none. */
static const char *
say_pair(struct arena *mem, const struct object *has, const struct object *as)
{
	int order = !has ? 1 : !as ? -1 : compare(has, as);

	if (order > 0)
		return say(mem, as, "is missing");
	if (order < 0)
		return say(mem, has, "does not belong there");
	return strcmp(has->table, as->table) != 0 ||
			       strcmp(has->sql, as->sql) != 0
		       ? say(mem, has, "is another one")
		       : NULL;
}

enum err
db_shape_differs(
	struct db *db, struct db *as, struct arena *mem, const char **words)
{
	struct object *has, *wanted;
	size_t count, wanted_count;
	enum err e = objects_of(db, mem, &has, &count);

	*words = NULL;
	if (!e)
		e = objects_of(as, mem, &wanted, &wanted_count);
	if (e)
		return e;
	for (size_t i = 0; !*words && (i < count || i < wanted_count); i++)
		*words = say_pair(mem, i < count ? &has[i] : NULL,
			i < wanted_count ? &wanted[i] : NULL);
	return ERR_OK;
}
