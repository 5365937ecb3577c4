#include "db/ssh_check.h"

#include <string.h>

/* The order here is the order in read_check. */
#define CHECK_COLUMNS                                                        \
	"id, auth_hash, code, src_id, dst_id, src_key, user_id, login, "     \
	"src_name, dst_name, user_name, period, state, reason, decided_by, " \
	"created_at, expires_at, decided_at, ended_at"

static const char *const words[] = {
	[CHECK_WAITING] = "waiting",
	[CHECK_APPROVED] = "approved",
	[CHECK_REJECTED] = "rejected",
	[CHECK_ENDED] = "ended",
};

/* What cannot be read is over. */
static enum ssh_check_state
state_of(const char *word)
{
	enum ssh_check_state s = CHECK_WAITING;

	while (s < CHECK_ENDED && strcmp(words[s], word) != 0)
		s++;
	return s;
}

static void
read_check(struct stmt *q, struct arena *mem, void *row)
{
	struct ssh_check *c = row;

	c->id = col_int(q, 0);
	col_key(q, 1, c->auth_hash, sizeof(c->auth_hash));
	c->code = col_text(q, 2, mem);
	c->src_id = col_int(q, 3);
	c->dst_id = col_int(q, 4);
	col_key(q, 5, &c->src_key, sizeof(c->src_key));
	c->user_id = col_int(q, 6);
	c->login = col_text(q, 7, mem);
	c->src_name = col_text(q, 8, mem);
	c->dst_name = col_text(q, 9, mem);
	c->user_name = col_text(q, 10, mem);
	c->period = col_int(q, 11);
	c->state = state_of(col_text(q, 12, mem));
	c->reason = col_text(q, 13, mem);
	c->decided_by = col_text(q, 14, mem);
	c->created_at = col_int(q, 15);
	c->expires_at = col_int(q, 16);
	c->decided_at = col_int(q, 17);
	c->ended_at = col_int(q, 18);
}

enum err
db_ssh_check_add(struct db *db, const struct ssh_check *c, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO ssh_check (auth_hash, code, src_id, dst_id, "
		"src_key, user_id, login, src_name, dst_name, user_name, "
		"period, created_at, expires_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13)");

	stmt_blob(q, 1, c->auth_hash, sizeof(c->auth_hash));
	stmt_text(q, 2, c->code);
	stmt_int(q, 3, c->src_id);
	stmt_int(q, 4, c->dst_id);
	stmt_blob(q, 5, &c->src_key, sizeof(c->src_key));
	stmt_int(q, 6, c->user_id);
	stmt_text(q, 7, c->login);
	stmt_text(q, 8, c->src_name);
	stmt_text(q, 9, c->dst_name);
	stmt_text(q, 10, c->user_name);
	stmt_int(q, 11, c->period);
	stmt_int(q, 12, c->created_at);
	stmt_int(q, 13, c->expires_at);
	return db_insert(q, id);
}

enum err
db_ssh_check_by_id(
	struct db *db, int64_t id, struct arena *mem, struct ssh_check *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " CHECK_COLUMNS " FROM ssh_check WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_check, mem, out);
}

enum err
db_ssh_check_by_hash(struct db *db, const uint8_t auth_hash[32],
	struct arena *mem, struct ssh_check *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " CHECK_COLUMNS " FROM ssh_check WHERE auth_hash = ?1");

	stmt_blob(q, 1, auth_hash, 32);
	return db_one(q, read_check, mem, out);
}

static void
bind_key(struct stmt *q, const struct ssh_check_key *k)
{
	stmt_int(q, 1, k->src_id);
	stmt_int(q, 2, k->dst_id);
	stmt_text(q, 3, k->login);
	stmt_blob(q, 4, &k->src_key, sizeof(k->src_key));
	stmt_int(q, 5, k->user_id);
}

#define OF_KEY                                                             \
	"src_id = ?1 AND dst_id = ?2 AND login = ?3 AND src_key = ?4 AND " \
	"user_id = ?5 "

enum err
db_ssh_check_waiting(struct db *db, const struct ssh_check_key *k, int64_t now,
	struct arena *mem, struct ssh_check *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " CHECK_COLUMNS " FROM ssh_check WHERE " OF_KEY
		"AND state = 'waiting' AND expires_at > ?6 "
		"ORDER BY id DESC LIMIT 1");

	bind_key(q, k);
	stmt_int(q, 6, now);
	return db_one(q, read_check, mem, out);
}

enum err
db_ssh_check_approved(struct db *db, const struct ssh_check_key *k,
	int64_t period, int64_t now, struct arena *mem, struct ssh_check *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " CHECK_COLUMNS " FROM ssh_check WHERE " OF_KEY
		"AND state = 'approved' AND decided_at <= ?7 + ?8 "
		"AND decided_at + min(period, ?6) > ?7 "
		"ORDER BY decided_at DESC LIMIT 1");

	bind_key(q, k);
	stmt_int(q, 6, period);
	stmt_int(q, 7, now);
	stmt_int(q, 8, CHECK_AHEAD_SECONDS);
	return db_one(q, read_check, mem, out);
}

enum err
db_ssh_checks_open(struct db *db, int64_t after, int64_t now, struct arena *mem,
	struct ssh_check **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " CHECK_COLUMNS " FROM ssh_check "
		"WHERE (state = 'waiting' AND expires_at > ?2) "
		"OR (state = 'approved' AND decided_at > ?1) ORDER BY id");

	stmt_int(q, 1, after);
	stmt_int(q, 2, now);
	return db_all(q, read_check, mem, sizeof(**rows), rows, count);
}

enum err
db_ssh_checks_of(struct db *db, int64_t node_id, struct arena *mem,
	struct ssh_check **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " CHECK_COLUMNS " FROM ssh_check "
			    "WHERE (src_id = ?1 OR dst_id = ?1) "
			    "AND state IN ('waiting', 'approved') ORDER BY id");

	stmt_int(q, 1, node_id);
	return db_all(q, read_check, mem, sizeof(**rows), rows, count);
}

enum err
db_ssh_checks(struct db *db, struct arena *mem, struct ssh_check **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT " CHECK_COLUMNS " FROM ssh_check ORDER BY id DESC");

	return db_all(q, read_check, mem, sizeof(**rows), rows, count);
}

static void
read_counts(struct stmt *q, struct arena *mem, void *row)
{
	struct ssh_check_counts *c = row;

	(void)mem;
	c->all = col_int(q, 0);
	c->source = col_int(q, 1);
	c->destination = col_int(q, 2);
	c->pair = col_int(q, 3);
}

enum err
db_ssh_check_count(struct db *db, int64_t src_id, int64_t dst_id, int64_t now,
	struct ssh_check_counts *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT count(*), count(*) FILTER (WHERE src_id = ?1), "
		"count(*) FILTER (WHERE dst_id = ?2), "
		"count(*) FILTER (WHERE src_id = ?1 AND dst_id = ?2) "
		"FROM ssh_check WHERE expires_at > ?3 AND state = 'waiting'");

	stmt_int(q, 1, src_id);
	stmt_int(q, 2, dst_id);
	stmt_int(q, 3, now);
	return db_one(q, read_counts, NULL, out);
}

static void
read_most(struct stmt *q, struct arena *mem, void *row)
{
	struct ssh_check_most *m = row;

	(void)mem;
	m->id = col_int(q, 0);
	m->count = col_int(q, 1);
}

enum err
db_ssh_check_most(
	struct db *db, int64_t src_id, int64_t now, struct ssh_check_most *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT max(id), count(*) FROM ssh_check "
		"WHERE expires_at > ?2 AND state = 'waiting' "
		"AND (?1 = 0 OR src_id = ?1) "
		"GROUP BY dst_id ORDER BY count(*) DESC, max(id) DESC LIMIT 1");

	stmt_int(q, 1, src_id);
	stmt_int(q, 2, now);
	return db_one(q, read_most, NULL, out);
}

enum err
db_ssh_check_decide(struct db *db, int64_t id, enum ssh_check_state state,
	const char *reason, const char *by, int64_t now)
{
	struct stmt *q =
		db_stmt(db, "UPDATE ssh_check SET state = ?2, reason = ?3, "
			    "decided_by = ?4, decided_at = ?5 WHERE id = ?1 "
			    "AND state = 'waiting' AND expires_at > ?5");

	stmt_int(q, 1, id);
	stmt_text(q, 2, words[state]);
	stmt_text(q, 3, reason ? reason : "");
	stmt_text(q, 4, by);
	stmt_int(q, 5, now);
	return db_run(q);
}

enum err
db_ssh_check_end(struct db *db, int64_t id, const char *reason, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE ssh_check SET state = 'ended', reason = ?2, "
		"ended_at = ?3 WHERE id = ?1 "
		"AND state IN ('waiting', 'approved')");

	stmt_int(q, 1, id);
	stmt_text(q, 2, reason ? reason : "");
	stmt_int(q, 3, now);
	return db_run(q);
}

/* Beyond the newest `keep` of those that are over. */
#define OVER                                                        \
	"(state IN ('rejected', 'ended') OR (expires_at <= ?1 AND " \
	"coalesce(decided_at, 0) + period <= ?1)) "

enum err
db_ssh_check_trim(struct db *db, int64_t now, int64_t keep, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM ssh_check WHERE " OVER "AND id <= "
			    "(SELECT id FROM ssh_check WHERE " OVER
			    "ORDER BY id DESC LIMIT 1 OFFSET ?2)");

	stmt_int(q, 1, now);
	stmt_int(q, 2, keep);
	return db_run_any(q, gone);
}

enum err
db_ssh_check_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM ssh_check WHERE expires_at < ?1 "
			    "AND coalesce(decided_at, 0) < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
