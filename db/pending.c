#include "db/pending.h"

#include "base/ip.h"

#include <string.h>

/* The order here is the order in read_pending. */
#define PENDING_COLUMNS                                                       \
	"id, auth_hash, code, machine_key, node_key, hostname, hostinfo, "    \
	"capver, ephemeral, wanted_expiry, address, state, reason, node_id, " \
	"created_at, expires_at, decided_at, decided_by, old_node_key"

static enum pending_state
state_of(const char *word)
{
	if (strcmp(word, "approved") == 0)
		return PENDING_APPROVED;
	if (strcmp(word, "rejected") == 0)
		return PENDING_REJECTED;
	return PENDING_WAITING;
}

static void
read_pending(struct stmt *q, struct arena *mem, void *row)
{
	struct pending *p = row;

	p->id = col_int(q, 0);
	col_key(q, 1, p->auth_hash, sizeof(p->auth_hash));
	p->code = col_text(q, 2, mem);
	col_key(q, 3, &p->machine_key, sizeof(p->machine_key));
	col_key(q, 4, &p->node_key, sizeof(p->node_key));
	p->hostname = col_text(q, 5, mem);
	p->hostinfo = col_text(q, 6, mem);
	p->capver = col_int(q, 7);
	p->ephemeral = col_int(q, 8) != 0;
	p->wanted_expiry = col_int(q, 9);
	p->address = col_text(q, 10, mem);
	p->state = state_of(col_text(q, 11, mem));
	p->reason = col_text(q, 12, mem);
	p->node_id = col_int(q, 13);
	p->created_at = col_int(q, 14);
	p->expires_at = col_int(q, 15);
	p->decided_at = col_int(q, 16);
	p->decided_by = col_text(q, 17, mem);
	col_key(q, 18, &p->old_node_key, sizeof(p->old_node_key));
}

enum err
db_pending_add(struct db *db, const struct pending *p, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO pending (auth_hash, code, machine_key, node_key, "
		"hostname, hostinfo, capver, ephemeral, wanted_expiry, "
		"address, created_at, expires_at, old_node_key) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13)");

	stmt_blob(q, 1, p->auth_hash, sizeof(p->auth_hash));
	stmt_text(q, 2, p->code);
	stmt_blob(q, 3, &p->machine_key, sizeof(p->machine_key));
	stmt_blob(q, 4, &p->node_key, sizeof(p->node_key));
	stmt_text(q, 5, p->hostname ? p->hostname : "");
	stmt_text(q, 6, p->hostinfo ? p->hostinfo : "{}");
	stmt_int(q, 7, p->capver);
	stmt_int(q, 8, p->ephemeral);
	stmt_int_or_null(q, 9, p->wanted_expiry);
	stmt_text(q, 10, p->address ? p->address : "");
	stmt_int(q, 11, p->created_at);
	stmt_int(q, 12, p->expires_at);
	stmt_blob(q, 13, &p->old_node_key, sizeof(p->old_node_key));
	return db_insert(q, id);
}

enum err
db_pending_by_id(
	struct db *db, int64_t id, struct arena *mem, struct pending *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " PENDING_COLUMNS " FROM pending WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_pending, mem, out);
}

enum err
db_pending_by_hash(struct db *db, const uint8_t auth_hash[32],
	struct arena *mem, struct pending *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " PENDING_COLUMNS " FROM pending WHERE auth_hash = ?1");

	stmt_blob(q, 1, auth_hash, 32);
	return db_one(q, read_pending, mem, out);
}

enum err
db_pending_by_keys(struct db *db, const struct key *machine_key,
	const struct key *node_key, int64_t now, struct arena *mem,
	struct pending *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " PENDING_COLUMNS " FROM pending "
			    "WHERE machine_key = ?1 AND node_key = ?2 "
			    "AND state = 'waiting' AND expires_at > ?3 "
			    "ORDER BY id DESC LIMIT 1");

	stmt_blob(q, 1, machine_key, sizeof(*machine_key));
	stmt_blob(q, 2, node_key, sizeof(*node_key));
	stmt_int(q, 3, now);
	return db_one(q, read_pending, mem, out);
}

enum err
db_pendings(struct db *db, int64_t now, struct arena *mem,
	struct pending **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " PENDING_COLUMNS " FROM pending "
		"WHERE state = 'waiting' AND expires_at > ?1 ORDER BY id");

	stmt_int(q, 1, now);
	return db_all(q, read_pending, mem, sizeof(**rows), rows, count);
}

enum err
db_pendings_of_user(struct db *db, int64_t user_id, int64_t now,
	struct arena *mem, struct pending **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " PENDING_COLUMNS " FROM pending "
		"WHERE state = 'waiting' AND expires_at > ?2 AND old_node_key "
		"IN (SELECT node_key FROM node WHERE user_id = ?1) "
		"ORDER BY id");

	stmt_int(q, 1, user_id);
	stmt_int(q, 2, now);
	return db_all(q, read_pending, mem, sizeof(**rows), rows, count);
}

enum err
db_pendings_expired(struct db *db, int64_t after, int64_t until, int64_t limit,
	struct arena *mem, struct pending **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " PENDING_COLUMNS " FROM pending "
			    "WHERE state = 'waiting' AND expires_at > ?1 "
			    "AND expires_at <= ?2 ORDER BY id LIMIT ?3");

	stmt_int(q, 1, after);
	stmt_int(q, 2, until);
	stmt_int(q, 3, limit);
	return db_all(q, read_pending, mem, sizeof(**rows), rows, count);
}

enum err
db_pending_count(struct db *db, int64_t now, int64_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT count(*) FROM pending "
			    "WHERE state = 'waiting' AND expires_at > ?1");

	stmt_int(q, 1, now);
	return db_number(q, count);
}

struct from {
	const char *address;
	int64_t count;
};

static void
count_from(struct stmt *q, struct arena *mem, void *row)
{
	struct from *from = row;

	from->count += ip_same_party(col_text(q, 0, mem), from->address);
}

enum err
db_pending_count_from(struct db *db, int64_t now, const char *address,
	struct arena *mem, int64_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT address FROM pending "
			    "WHERE state = 'waiting' AND expires_at > ?1");
	struct from from = { .address = address };
	enum err e;

	stmt_int(q, 1, now);
	e = db_each(q, count_from, mem, &from);
	*count = from.count;
	return e;
}

enum err
db_pending_update(struct db *db, const struct pending *p)
{
	struct stmt *q = db_stmt(db,
		"UPDATE pending SET hostname = ?2, hostinfo = ?3, capver = ?4, "
		"ephemeral = ?5, wanted_expiry = ?6, expires_at = ?7, "
		"old_node_key = ?8 WHERE id = ?1");

	stmt_int(q, 1, p->id);
	stmt_text(q, 2, p->hostname);
	stmt_text(q, 3, p->hostinfo);
	stmt_int(q, 4, p->capver);
	stmt_int(q, 5, p->ephemeral);
	stmt_int_or_null(q, 6, p->wanted_expiry);
	stmt_int(q, 7, p->expires_at);
	stmt_blob(q, 8, &p->old_node_key, sizeof(p->old_node_key));
	return db_run(q);
}

enum err
db_pending_approve(
	struct db *db, int64_t id, int64_t node_id, const char *by, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE pending SET state = 'approved', node_id = ?2, "
		"decided_at = ?3, decided_by = ?4 WHERE id = ?1 "
		"AND state = 'waiting' AND expires_at > ?3");

	stmt_int(q, 1, id);
	stmt_int(q, 2, node_id);
	stmt_int(q, 3, now);
	stmt_text(q, 4, by);
	return db_run(q);
}

enum err
db_pending_reject(struct db *db, int64_t id, const char *reason, const char *by,
	int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE pending SET state = 'rejected', reason = ?2, "
		"decided_at = ?3, decided_by = ?4 WHERE id = ?1 "
		"AND state = 'waiting' AND expires_at > ?3");

	stmt_int(q, 1, id);
	stmt_text(q, 2, reason ? reason : "");
	stmt_int(q, 3, now);
	stmt_text(q, 4, by);
	return db_run(q);
}

enum err
db_pending_replace(struct db *db, const struct key *machine_key,
	const struct key *node_key, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE pending SET state = 'rejected', "
		"reason = 'this machine has a newer link', "
		"decided_at = ?3, decided_by = '" PENDING_REPLACED_BY "' "
		"WHERE machine_key = ?1 AND node_key <> ?2 "
		"AND state = 'waiting' AND expires_at > ?3");
	int64_t count;

	stmt_blob(q, 1, machine_key, sizeof(*machine_key));
	stmt_blob(q, 2, node_key, sizeof(*node_key));
	stmt_int(q, 3, now);
	return db_run_any(q, &count);
}

bool
pending_is_replaced(const struct pending *p)
{
	return p->state == PENDING_REJECTED &&
	       strcmp(p->decided_by, PENDING_REPLACED_BY) == 0;
}

enum err
db_pending_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM pending WHERE expires_at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
