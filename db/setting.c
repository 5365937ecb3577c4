#include "db/setting.h"

static void
read_value(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

static void
read_setting(struct stmt *q, struct arena *mem, void *row)
{
	struct setting *s = row;

	s->name = col_text(q, 0, mem);
	s->value = col_text(q, 1, mem);
}

enum err
db_setting_get(
	struct db *db, const char *name, struct arena *mem, const char **value)
{
	struct stmt *q =
		db_stmt(db, "SELECT value FROM setting WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_value, mem, value);
}

enum err
db_setting_put(struct db *db, const char *name, const char *value, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO setting (name, value, updated_at) "
		"VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE "
		"SET value = excluded.value, updated_at = excluded.updated_at");

	stmt_text(q, 1, name);
	stmt_text(q, 2, value);
	stmt_int(q, 3, now);
	return db_run_any(q, NULL);
}

enum err
db_setting_delete(struct db *db, const char *name)
{
	struct stmt *q = db_stmt(db, "DELETE FROM setting WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_run(q);
}

enum err
db_settings(struct db *db, struct arena *mem, struct setting **settings,
	size_t *count)
{
	return db_all(
		db_stmt(db, "SELECT name, value FROM setting ORDER BY name"),
		read_setting, mem, sizeof(**settings), settings, count);
}
