#include "db/check.h"

/* One row of each table that grows with use; dbstat counts pages. */
#define SIZE_OF(name, setting)                                               \
	{                                                                    \
		name, setting, "SELECT count(*) FROM " name,                 \
			"SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE " \
			"aggregate = 1 AND name IN (SELECT name FROM "       \
			"sqlite_schema WHERE tbl_name = '" name "')"         \
	}

static const struct {
	const char *name, *setting, *rows, *bytes;
} growing[] = {
	SIZE_OF("change", "keep_changes"),
	SIZE_OF("audit", "keep_audit"),
	SIZE_OF("noise_session", "keep_sessions"),
	SIZE_OF("pending", NULL),
	SIZE_OF("preauth_key", "keep_keys"),
	SIZE_OF("retired_key", NULL),
	SIZE_OF("held_address", NULL),
	SIZE_OF("web_session", NULL),
	SIZE_OF("link", NULL),
	SIZE_OF("spent_form", NULL),
	SIZE_OF("ssh_check", NULL),
};

enum {
	GROWING = sizeof(growing) / sizeof(growing[0]),
};

static void
read_text(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

enum err
db_quick_check(struct db *db, struct arena *mem, const char **words)
{
	return db_one(
		db_stmt(db, "PRAGMA quick_check(1)"), read_text, mem, words);
}

static enum err
measure(struct db *db, struct arena *mem, bool bytes, struct table_size **sizes,
	size_t *count)
{
	struct table_size *list = arena_array(mem, GROWING, sizeof(*list));
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < GROWING; i++) {
		list[i].name = growing[i].name;
		list[i].setting = growing[i].setting;
		e = db_number(db_stmt(db, growing[i].rows), &list[i].rows);
		if (!e && bytes)
			e = db_number(
				db_stmt(db, growing[i].bytes), &list[i].bytes);
	}
	if (e)
		return e;
	*sizes = list;
	*count = GROWING;
	return ERR_OK;
}

enum err
db_table_rows(struct db *db, struct arena *mem, struct table_size **sizes,
	size_t *count)
{
	return measure(db, mem, false, sizes, count);
}

enum err
db_table_sizes(struct db *db, struct arena *mem, struct table_size **sizes,
	size_t *count)
{
	return measure(db, mem, true, sizes, count);
}
