#include "db/stat.h"

#include "base/held.h"

static void
read_stat(struct stmt *q, struct arena *mem, void *row)
{
	struct stat_row *s = row;

	s->name = col_text(q, 0, mem);
	s->value = col_int(q, 1);
	s->at = col_int(q, 2);
}

static void
read_doubt(struct stmt *q, struct arena *mem, void *row)
{
	struct stat_row *s = row;

	(void)mem;
	s->value = col_int(q, 0);
	s->at = col_int(q, 1);
}

enum err
db_stat_put(struct db *db, const char *name, int64_t value, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO stat (name, value, at) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (name) DO UPDATE "
		"SET value = excluded.value, at = excluded.at");

	stmt_text(q, 1, name);
	stmt_int(q, 2, value);
	stmt_int(q, 3, now);
	return db_run_any(q, NULL);
}

enum err
db_stat_at(struct db *db, const char *name, int64_t *at)
{
	struct stmt *q = db_stmt(db, "SELECT at FROM stat WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_number(q, at);
}

enum err
db_stat_value(struct db *db, const char *name, int64_t *value)
{
	struct stmt *q = db_stmt(db, "SELECT value FROM stat WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_number(q, value);
}

enum {
	DOUBT_LASTS = 60, /* seconds, of a worker that says nothing any more */
};

static int64_t
believed(struct db *db, int64_t wall)
{
	struct stat_row doubt = { .value = 0 };
	struct stmt *q = db_stmt(db, "SELECT value, at FROM stat WHERE "
				     "name = '" STAT_DOUBT "' AND value > 0");
	int64_t time;

	if (db_one(q, read_doubt, NULL, &doubt))
		return wall;
	time = wall - doubt.value;
	return time <= doubt.at + DOUBT_LASTS ? time : wall;
}

int64_t
db_time(struct db *db, int64_t wall)
{
	int64_t mark = 0, time = believed(db, wall);

	return db_stat_at(db, STAT_HEARTBEAT, &mark)
		       ? time
		       : held_at_least(time, mark);
}

enum err
db_stats(
	struct db *db, struct arena *mem, struct stat_row **rows, size_t *count)
{
	return db_all(
		db_stmt(db, "SELECT name, value, at FROM stat ORDER BY name"),
		read_stat, mem, sizeof(**rows), rows, count);
}
