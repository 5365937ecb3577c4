#include "db/derp.h"

#define REGION_COLUMNS                                        \
	"id, code, name, host, ipv4, ipv6, port, stun_port, " \
	"cert, token_hash, coalesce(token_at, 0), created_at"
#define SOURCE_COLUMNS                                             \
	"id, place, map, regions, read_at, changed_at, tried_at, " \
	"error, created_at"

static void
read_region(struct stmt *q, struct arena *mem, void *row)
{
	struct derp_region *r = row;

	r->id = col_int(q, 0);
	r->code = col_text(q, 1, mem);
	r->name = col_text(q, 2, mem);
	r->host = col_text(q, 3, mem);
	r->ipv4 = col_text(q, 4, mem);
	r->ipv6 = col_text(q, 5, mem);
	r->port = col_int(q, 6);
	r->stun_port = col_int(q, 7);
	r->cert = col_text(q, 8, mem);
	col_key(q, 9, r->token_hash, sizeof(r->token_hash));
	r->token_at = col_int(q, 10);
	r->created_at = col_int(q, 11);
}

static void
read_source(struct stmt *q, struct arena *mem, void *row)
{
	struct derp_source *s = row;

	s->id = col_int(q, 0);
	s->place = col_text(q, 1, mem);
	s->map = col_text(q, 2, mem);
	s->regions = col_int(q, 3);
	s->read_at = col_int(q, 4);
	s->changed_at = col_int(q, 5);
	s->tried_at = col_int(q, 6);
	s->error = col_text(q, 7, mem);
	s->created_at = col_int(q, 8);
}

enum err
db_derp_region_add(struct db *db, const struct derp_region *r)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO derp_region (id, code, name, host, ipv4, ipv6, "
		"port, stun_port, cert, created_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	stmt_int(q, 1, r->id);
	stmt_text(q, 2, r->code);
	stmt_text(q, 3, r->name);
	stmt_text(q, 4, r->host);
	stmt_text(q, 5, r->ipv4);
	stmt_text(q, 6, r->ipv6);
	stmt_int(q, 7, r->port);
	stmt_int(q, 8, r->stun_port);
	stmt_text(q, 9, r->cert);
	stmt_int(q, 10, r->created_at);
	return db_run(q);
}

enum err
db_derp_region(
	struct db *db, int64_t id, struct arena *mem, struct derp_region *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " REGION_COLUMNS " FROM derp_region WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_region, mem, out);
}

enum err
db_derp_regions(struct db *db, struct arena *mem, struct derp_region **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT " REGION_COLUMNS " FROM derp_region ORDER BY id");

	return db_all(q, read_region, mem, sizeof(**rows), rows, count);
}

enum err
db_derp_region_token(
	struct db *db, int64_t id, const uint8_t *hash, int64_t now)
{
	struct stmt *q = db_stmt(db, "UPDATE derp_region SET token_hash = ?2, "
				     "token_at = ?3 WHERE id = ?1");

	stmt_int(q, 1, id);
	if (hash) {
		stmt_blob(q, 2, hash, DERP_TOKEN_HASH_SIZE);
		stmt_int(q, 3, now);
	} else {
		stmt_null(q, 2);
		stmt_null(q, 3);
	}
	return db_run(q);
}

enum err
db_derp_region_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM derp_region WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_derp_source_add(struct db *db, const char *place, int64_t now, int64_t *id)
{
	struct stmt *q = db_stmt(db, "INSERT INTO derp_source (place, "
				     "created_at) VALUES (?1, ?2)");

	stmt_text(q, 1, place);
	stmt_int(q, 2, now);
	return db_insert(q, id);
}

enum err
db_derp_source(
	struct db *db, int64_t id, struct arena *mem, struct derp_source *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " SOURCE_COLUMNS " FROM derp_source WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_source, mem, out);
}

enum err
db_derp_source_at(struct db *db, const char *place, struct arena *mem,
	struct derp_source *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " SOURCE_COLUMNS " FROM derp_source WHERE place = ?1");

	stmt_text(q, 1, place);
	return db_one(q, read_source, mem, out);
}

enum err
db_derp_sources(struct db *db, struct arena *mem, struct derp_source **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT " SOURCE_COLUMNS " FROM derp_source ORDER BY id");

	return db_all(q, read_source, mem, sizeof(**rows), rows, count);
}

enum err
db_derp_source_good(struct db *db, int64_t id, const char *map, int64_t regions,
	int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE derp_source SET changed_at = "
		"CASE map WHEN ?2 THEN changed_at ELSE ?4 END, map = ?2, "
		"regions = ?3, read_at = ?4, tried_at = ?4, error = '' "
		"WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_text(q, 2, map);
	stmt_int(q, 3, regions);
	stmt_int(q, 4, now);
	return db_run(q);
}

enum err
db_derp_source_bad(struct db *db, int64_t id, const char *error, int64_t now)
{
	struct stmt *q = db_stmt(db, "UPDATE derp_source SET error = ?2, "
				     "tried_at = ?3 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_text(q, 2, error);
	stmt_int(q, 3, now);
	return db_run(q);
}

enum err
db_derp_source_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM derp_source WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_derp_hide(struct db *db, int64_t id, bool hidden)
{
	struct stmt *q = hidden ? db_stmt(db, "INSERT INTO derp_hidden (id) "
					      "VALUES (?1) "
					      "ON CONFLICT DO NOTHING")
				: db_stmt(db, "DELETE FROM derp_hidden "
					      "WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run_any(q, NULL);
}

static void
read_id(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	*(int64_t *)row = col_int(q, 0);
}

enum err
db_derp_hidden(struct db *db, struct arena *mem, int64_t **ids, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT id FROM derp_hidden ORDER BY id");

	return db_all(q, read_id, mem, sizeof(**ids), ids, count);
}

static void
put_ms(struct stmt *q, int at, int64_t ms)
{
	if (ms < 0)
		stmt_null(q, at);
	else
		stmt_int(q, at, ms);
}

enum err
db_derp_test_put(struct db *db, const struct derp_test *t)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO derp_test (id, at, stun_ms, https_ms, error) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET "
		"at = excluded.at, stun_ms = excluded.stun_ms, "
		"https_ms = excluded.https_ms, error = excluded.error");

	stmt_int(q, 1, t->id);
	stmt_int(q, 2, t->at);
	put_ms(q, 3, t->stun_ms);
	put_ms(q, 4, t->https_ms);
	stmt_text(q, 5, t->error);
	return db_run(q);
}

static void
read_test(struct stmt *q, struct arena *mem, void *row)
{
	struct derp_test *t = row;

	t->id = col_int(q, 0);
	t->at = col_int(q, 1);
	t->stun_ms = col_is_null(q, 2) ? -1 : col_int(q, 2);
	t->https_ms = col_is_null(q, 3) ? -1 : col_int(q, 3);
	t->error = col_text(q, 4, mem);
}

enum err
db_derp_tests(struct db *db, struct arena *mem, struct derp_test **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT id, at, stun_ms, https_ms, error "
				     "FROM derp_test ORDER BY id");

	return db_all(q, read_test, mem, sizeof(**rows), rows, count);
}

enum err
db_derp_test_drop(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM derp_test WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run_any(q, NULL);
}

static void
read_homes(struct stmt *q, struct arena *mem, void *row)
{
	struct derp_homes *h = row;

	(void)mem;
	h->id = col_int(q, 0);
	h->machines = col_int(q, 1);
	h->online = col_int(q, 2);
}

enum err
db_derp_homes(struct db *db, struct arena *mem, struct derp_homes **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT home_derp, count(*), coalesce(sum(online), 0) "
		"FROM node_live WHERE home_derp > 0 "
		"GROUP BY home_derp ORDER BY home_derp");

	return db_all(q, read_homes, mem, sizeof(**rows), rows, count);
}
