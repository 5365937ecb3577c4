#include "db/audit_chain.h"

#include <sodium.h>
#include <string.h>

#include "db/audit_inside.h"

enum {
	COL_HASH = AUDIT_COLUMN_COUNT,
};

/* With the NUL at its end, so that no two rows read the same. */
static void
hash_text(crypto_generichash_state *state, const char *s)
{
	crypto_generichash_update(
		state, (const unsigned char *)s, strlen(s) + 1);
}

void
audit_hash(const struct audit *a, const uint8_t before[AUDIT_HASH_SIZE],
	uint8_t out[AUDIT_HASH_SIZE])
{
	const char *const texts[] = { a->actor, a->action, a->subject,
		a->detail, a->via, a->actor_name, a->address, a->subject_name,
		a->before, a->after };
	int64_t numbers[] = { a->at, a->session };
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, AUDIT_HASH_SIZE);
	crypto_generichash_update(&state, before, AUDIT_HASH_SIZE);
	crypto_generichash_update(
		&state, (const unsigned char *)numbers, sizeof(numbers));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash_text(&state, texts[i]);
	crypto_generichash_final(&state, out, AUDIT_HASH_SIZE);
}

static void
read_hash(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	col_key(q, 0, row, AUDIT_HASH_SIZE);
}

static void
read_mark(struct stmt *q, struct arena *mem, void *row)
{
	struct audit_mark *m = row;

	(void)mem;
	m->id = col_int(q, 0);
	m->broken = col_int(q, 1);
	m->at = col_int(q, 2);
	m->whole_at = col_int(q, 3);
	col_key(q, 4, m->hash, sizeof(m->hash));
}

static enum err
mark_of(struct db *db, const char *name, struct audit_mark *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT id, broken, at, whole_at, hash FROM audit_mark "
		"WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_mark, NULL, out);
}

static enum err
set_mark(struct db *db, const char *name, const struct audit_mark *m)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO audit_mark (name, id, hash, broken, at, whole_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE "
		"SET id = ?2, hash = ?3, broken = ?4, at = ?5, whole_at = ?6");

	stmt_text(q, 1, name);
	stmt_int(q, 2, m->id);
	stmt_blob(q, 3, m->hash, sizeof(m->hash));
	stmt_int(q, 4, m->broken);
	stmt_int(q, 5, m->at);
	stmt_int(q, 6, m->whole_at);
	return db_run_any(q, NULL);
}

enum err
audit_last_hash(struct db *db, uint8_t out[AUDIT_HASH_SIZE])
{
	struct audit_mark base;
	enum err e = db_one(
		db_stmt(db, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1"),
		read_hash, NULL, out);

	if (e != ERR_NOT_FOUND)
		return e;
	e = mark_of(db, "base", &base);
	if (!e)
		memcpy(out, base.hash, sizeof(base.hash));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
db_audit_hash_of(struct db *db, int64_t id, uint8_t out[AUDIT_HASH_SIZE])
{
	struct stmt *q = db_stmt(db, "SELECT hash FROM audit WHERE id = ?1 "
				     "AND hash IS NOT NULL");

	stmt_int(q, 1, id);
	return db_one(q, read_hash, NULL, out);
}

static void
anchor(struct audit_walk *w, const struct audit_mark *m)
{
	*w = (struct audit_walk){ .id = m->id, .anchored = true };
	memcpy(w->hash, m->hash, sizeof(w->hash));
}

enum err
db_audit_walk_whole(struct db *db, struct audit_walk *out)
{
	struct audit_mark base;
	enum err e = mark_of(db, "base", &base);

	*out = (struct audit_walk){ .id = 0 };
	if (!e)
		anchor(out, &base);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
db_audit_walk_on(struct db *db, struct audit_walk *out)
{
	uint8_t now[AUDIT_HASH_SIZE];
	struct audit_mark checked;
	enum err e = db_audit_checked(db, &checked);

	if (e)
		return e;
	if (!checked.id || checked.broken ||
		db_audit_hash_of(db, checked.id, now) ||
		memcmp(now, checked.hash, sizeof(now)) != 0)
		return db_audit_walk_whole(db, out);
	anchor(out, &checked);
	return ERR_OK;
}

/* One walk, and where its rows are read to. */
struct step {
	struct audit_walk *walk;
	struct audit row;
};

static void
walk_row(struct stmt *q, struct arena *mem, void *arg)
{
	struct step *s = arg;
	struct audit_walk *w = s->walk;
	uint8_t stored[AUDIT_HASH_SIZE] = { 0 }, made[AUDIT_HASH_SIZE];

	w->rows++;
	/* Rows of version 1 have none, and stand before all that have. */
	if (w->broken || (!w->anchored && col_is_null(q, COL_HASH)))
		return;
	audit_read(q, mem, &s->row);
	col_key(q, COL_HASH, stored, sizeof(stored));
	audit_hash(&s->row, w->hash, made);
	if (!w->first)
		w->first = s->row.id;
	if (w->anchored && (s->row.id != w->id + 1 ||
				   memcmp(stored, made, sizeof(made)) != 0)) {
		w->broken = s->row.id;
		return;
	}
	w->id = s->row.id;
	w->anchored = true;
	memcpy(w->hash, stored, sizeof(stored));
	arena_reset(mem);
}

/* The rows from..until, at most so many. */
static enum err
walk_between(struct db *db, struct audit_walk *w, int64_t from, int64_t until,
	int64_t most)
{
	struct step s = { .walk = w };
	struct arena *mem = arena_new();
	int64_t before = w->rows;
	struct stmt *q =
		db_stmt(db, "SELECT " AUDIT_COLUMNS ", hash FROM audit "
			    "WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
	enum err e;

	stmt_int(q, 1, from);
	stmt_int(q, 2, until);
	stmt_int(q, 3, most);
	e = db_each(q, walk_row, mem, &s);
	arena_free(mem);
	w->ended = w->rows - before < most;
	return e;
}

enum err
db_audit_walk(struct db *db, struct audit_walk *w, int64_t most)
{
	return walk_between(db, w, w->id + 1, INT64_MAX, most);
}

enum err
db_audit_checked(struct db *db, struct audit_mark *out)
{
	enum err e;

	*out = (struct audit_mark){ .id = 0 };
	e = mark_of(db, "checked", out);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
db_audit_set_checked(
	struct db *db, const struct audit_walk *w, bool whole, int64_t now)
{
	struct audit_mark m;
	enum err e = db_audit_checked(db, &m);

	if (e)
		return e;
	m.id = w->id;
	m.broken = w->broken;
	m.at = now;
	if (whole)
		m.whole_at = now;
	memcpy(m.hash, w->hash, sizeof(m.hash));
	return set_mark(db, "checked", &m);
}

enum err
db_audit_set_broken(struct db *db, int64_t broken, int64_t now)
{
	struct audit_mark m;
	enum err e = db_audit_checked(db, &m);

	m.broken = broken;
	m.at = now;
	return e ? e : set_mark(db, "checked", &m);
}

enum err
db_audit_walking(struct db *db, struct audit_mark *out)
{
	enum err e;

	*out = (struct audit_mark){ .id = 0 };
	e = mark_of(db, "walking", out);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Where a walk stands that is about to look at that row; not anchored where
 * nothing says what the row hangs on. */
static enum err
walk_before(struct db *db, int64_t id, struct audit_walk *out)
{
	uint8_t hash[AUDIT_HASH_SIZE];
	enum err e = db_audit_hash_of(db, id - 1, hash);

	if (e == ERR_NOT_FOUND)
		return db_audit_walk_whole(db, out);
	if (e)
		return e;
	*out = (struct audit_walk){ .id = id - 1, .anchored = true };
	memcpy(out->hash, hash, sizeof(hash));
	return ERR_OK;
}

enum err
db_audit_hash_before(struct db *db, int64_t id, uint8_t out[AUDIT_HASH_SIZE])
{
	struct audit_walk w;
	enum err e = walk_before(db, id, &w);

	if (e)
		return e;
	memcpy(out, w.hash, sizeof(w.hash));
	return w.anchored && w.id == id - 1 ? ERR_OK : ERR_NOT_FOUND;
}

/* Before a row that nothing hangs on, none may stand that has a hash. */
static enum err
is_first(struct db *db, int64_t id, bool *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT NOT EXISTS (SELECT 1 FROM audit WHERE id < ?1 "
		"AND hash IS NOT NULL)");
	int64_t first = 0;
	enum err e;

	stmt_int(q, 1, id);
	e = db_number(q, &first);
	*out = first != 0;
	return e;
}

enum err
db_audit_link(struct db *db, int64_t id, struct audit_link *out)
{
	struct audit_walk w = { .id = 0 };
	enum err e = walk_before(db, id, &w);

	*out = (struct audit_link){ .first = !w.anchored };
	memcpy(out->before, w.hash, sizeof(w.hash));
	if (!e)
		e = walk_between(db, &w, id, id, 1);
	if (!e && !w.rows)
		e = ERR_NOT_FOUND;
	if (e)
		return e;
	out->chained = db_audit_hash_of(db, id, out->hash) == ERR_OK;
	if (out->chained && out->first)
		return is_first(db, id, &out->fits);
	out->fits = !w.broken;
	return ERR_OK;
}

enum err
db_audit_walk_resume(struct db *db, struct audit_walk *out)
{
	uint8_t now[AUDIT_HASH_SIZE];
	struct audit_mark at;
	enum err e = mark_of(db, "walking", &at);

	/* Retention may have gone past it. */
	if (e == ERR_NOT_FOUND || (!e && db_audit_hash_of(db, at.id, now)))
		return db_audit_walk_whole(db, out);
	if (!e)
		anchor(out, &at);
	return e;
}

enum err
db_audit_set_walking(struct db *db, const struct audit_walk *w, int64_t now)
{
	struct audit_mark m = { .at = now };

	if (!w)
		return db_run_any(db_stmt(db, "DELETE FROM audit_mark "
					      "WHERE name = 'walking'"),
			NULL);
	m.id = w->id;
	memcpy(m.hash, w->hash, sizeof(m.hash));
	return set_mark(db, "walking", &m);
}

enum err
db_audit_cut(struct db *db, int64_t *given, int64_t *there)
{
	enum err e = db_number(
		db_stmt(db, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence "
			    "WHERE name = 'audit'"),
		given);

	return e ? e
		 : db_number(db_stmt(db,
				     "SELECT max((SELECT coalesce(max(id), 0) "
				     "FROM audit), coalesce((SELECT id FROM "
				     "audit_mark WHERE name = 'base'), 0))"),
			   there);
}

enum err
db_audit_loose(struct db *db, int64_t *count)
{
	return db_number(db_stmt(db, "SELECT count(*) FROM audit WHERE id < "
				     "coalesce((SELECT min(id) FROM audit "
				     "WHERE hash IS NOT NULL), 0)"),
		count);
}

enum err
db_audit_check(struct db *db, int64_t *intact, int64_t *broken)
{
	struct audit_walk w;
	enum err e = db_audit_walk_whole(db, &w);

	if (!e)
		e = db_audit_walk(db, &w, INT64_MAX);
	if (e)
		return e;
	*intact = w.id;
	*broken = w.broken;
	return ERR_OK;
}

enum err
db_audit_check_range(struct db *db, int64_t from, int64_t until,
	int64_t *intact, int64_t *broken)
{
	struct audit_walk w = { .id = 0 };
	enum err e = walk_between(db, &w, from, until, INT64_MAX);

	if (e)
		return e;
	*intact = w.id;
	*broken = w.broken;
	return ERR_OK;
}

/* Of the oldest `most` rows (-1: of all).  A row of a clock that was ahead is
 * younger than the newest one. */
static enum err
last_to_prune(struct db *db, int64_t before, int64_t most, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"SELECT coalesce((SELECT id - 1 FROM "
		"(SELECT id, at FROM audit ORDER BY id LIMIT ?2) "
		"WHERE at >= ?1 AND at <= (SELECT max(?1, at) FROM audit "
		"ORDER BY id DESC LIMIT 1) ORDER BY id LIMIT 1), "
		"(SELECT max(id) FROM "
		"(SELECT id FROM audit ORDER BY id LIMIT ?2)), 0)");

	stmt_int(q, 1, before);
	stmt_int(q, 2, most);
	return db_number(q, id);
}

enum err
db_audit_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct audit_mark base = { .at = before };
	struct stmt *q;
	enum err e = last_to_prune(db, before, AUDIT_PRUNE_MAX, &base.id);

	*gone = 0;
	if (e || !base.id)
		return e;
	e = db_audit_hash_of(db, base.id, base.hash);
	if (!e)
		e = set_mark(db, "base", &base);
	if (e && e != ERR_NOT_FOUND) /* of version 1, or none is that old */
		return e;
	q = db_stmt(db, "DELETE FROM audit WHERE id <= ?1");
	stmt_int(q, 1, base.id);
	return db_run_any(q, gone);
}

enum err
db_audit_older(struct db *db, int64_t before, int64_t *count)
{
	struct stmt *q;
	int64_t id = 0;
	enum err e = last_to_prune(db, before, -1, &id);

	if (e)
		return e;
	q = db_stmt(db, "SELECT count(*) FROM audit WHERE id <= ?1");
	stmt_int(q, 1, id);
	return db_number(q, count);
}
