#include "db/health.h"

#include <string.h>

static const struct {
	const char *word, *words;
} names[] = {
#define X(name, word, words) [HEALTH_##name] = { word, words },
	HEALTH_TABLE(X)
#undef X
};

static const char *const states[] = {
	[HEALTH_OK] = "ok",
	[HEALTH_UNKNOWN] = "unknown",
	[HEALTH_WARN] = "warn",
	[HEALTH_FAIL] = "fail",
};

const char *
health_name_word(enum health_name name)
{
	return name < HEALTH_NAMES ? names[name].word : "";
}

const char *
health_name_words(enum health_name name)
{
	return name < HEALTH_NAMES ? names[name].words : "";
}

const char *
health_state_word(enum health_state state)
{
	return state < HEALTH_STATES ? states[state] : "";
}

struct named_row {
	const char *name, *state;
	struct health_row row;
};

static void
read_row(struct stmt *q, struct arena *mem, void *row)
{
	struct named_row *r = row;

	r->name = col_text(q, 0, mem);
	r->state = col_text(q, 1, mem);
	r->row.what = col_text(q, 2, mem);
	r->row.remedy = col_text(q, 3, mem);
	r->row.since = col_int(q, 4);
	r->row.fails_since = col_int(q, 5);
}

static void
place(struct health_row *rows, const struct named_row *from)
{
	for (enum health_name n = 0; n < HEALTH_NAMES; n++) {
		if (strcmp(names[n].word, from->name) != 0)
			continue;
		rows[n] = from->row;
		for (enum health_state s = 0; s < HEALTH_STATES; s++)
			if (strcmp(states[s], from->state) == 0)
				rows[n].state = s;
	}
}

enum err
db_health(struct db *db, struct arena *mem, struct health_row **rows)
{
	struct named_row *found;
	size_t count;
	enum err e = db_all(db_stmt(db, "SELECT name, state, what, remedy, "
					"since, fails_since FROM health"),
		read_row, mem, sizeof(*found), &found, &count);

	if (e)
		return e;
	*rows = arena_array(mem, HEALTH_NAMES, sizeof(**rows));
	for (enum health_name n = 0; n < HEALTH_NAMES; n++)
		(*rows)[n] = (struct health_row){
			.state = HEALTH_UNKNOWN, .what = "", .remedy = ""
		};
	for (size_t i = 0; i < count; i++)
		place(*rows, &found[i]);
	return ERR_OK;
}

enum err
db_health_put(struct db *db, enum health_name name,
	const struct health_row *row, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO health (name, state, what, remedy, since, "
		"fails_since) VALUES (?1, ?2, ?3, ?4, ?5, "
		"iif(?2 = 'fail', ?5, 0)) ON CONFLICT (name) DO UPDATE "
		"SET since = CASE WHEN state = ?2 THEN since ELSE ?5 END, "
		"fails_since = CASE ?2 WHEN 'unknown' THEN fails_since "
		"WHEN 'fail' THEN iif(fails_since, fails_since, ?5) "
		"ELSE 0 END, "
		"state = ?2, what = ?3, remedy = ?4");

	stmt_text(q, 1, health_name_word(name));
	stmt_text(q, 2, health_state_word(row->state));
	stmt_text(q, 3, row->what);
	stmt_text(q, 4, row->remedy);
	stmt_int(q, 5, now);
	return db_run_any(q, NULL);
}

enum err
db_health_at(struct db *db, int64_t *at)
{
	return db_number(db_stmt(db, "SELECT coalesce(max(at), 0) "
				     "FROM health_look"),
		at);
}

enum err
db_health_set_at(struct db *db, int64_t at)
{
	struct stmt *q =
		db_stmt(db, "INSERT INTO health_look (id, at) VALUES (1, ?1) "
			    "ON CONFLICT (id) DO UPDATE SET at = ?1");

	stmt_int(q, 1, at);
	return db_run_any(q, NULL);
}

enum err
db_health_turned_at(struct db *db, int64_t *at)
{
	return db_number(db_stmt(db, "SELECT coalesce(max(since), 0) "
				     "FROM health"),
		at);
}

enum err
db_health_failing(
	struct db *db, struct arena *mem, const char **words, int64_t *count)
{
	struct health_row *rows;
	enum err e = db_health(db, mem, &rows);
	const char *all = "";
	int64_t n = 0;

	for (enum health_name i = 0; !e && i < HEALTH_NAMES; i++) {
		if (rows[i].state != HEALTH_FAIL || i == HEALTH_WORKER ||
			i == HEALTH_POLICY)
			continue;
		all = arena_printf(
			mem, "%s%s%s", all, *all ? ", " : "", names[i].words);
		n++;
	}
	*words = all;
	*count = n;
	return e;
}
