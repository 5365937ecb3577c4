#include "db/retired.h"

/* The order here is the order in read_retired. */
#define RETIRED_COLUMNS \
	"node_key, machine_key, node_id, user_id, name, reason, retired_at"

static void
read_retired(struct stmt *q, struct arena *mem, void *row)
{
	struct retired_key *k = row;

	col_key(q, 0, &k->node_key, sizeof(k->node_key));
	col_key(q, 1, &k->machine_key, sizeof(k->machine_key));
	k->node_id = col_int(q, 2);
	k->user_id = col_int(q, 3);
	k->name = col_text(q, 4, mem);
	k->reason = col_text(q, 5, mem);
	k->retired_at = col_int(q, 6);
}

enum err
db_retired_add(struct db *db, const struct retired_key *k)
{
	struct stmt *q = db_stmt(db,
		"INSERT OR REPLACE INTO retired_key (" RETIRED_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

	stmt_blob(q, 1, &k->node_key, sizeof(k->node_key));
	stmt_blob(q, 2, &k->machine_key, sizeof(k->machine_key));
	stmt_int(q, 3, k->node_id);
	stmt_int_or_null(q, 4, k->user_id);
	stmt_text(q, 5, k->name);
	stmt_text(q, 6, k->reason);
	stmt_int(q, 7, k->retired_at);
	return db_run_any(q, NULL);
}

enum err
db_retired_by_key(struct db *db, const struct key *node_key, struct arena *mem,
	struct retired_key *out)
{
	struct stmt *q = db_stmt(db, "SELECT " RETIRED_COLUMNS
				     " FROM retired_key WHERE node_key = ?1");

	stmt_blob(q, 1, node_key, sizeof(*node_key));
	return db_one(q, read_retired, mem, out);
}

enum err
db_retired_keys(struct db *db, struct arena *mem, struct retired_key **keys,
	size_t *count)
{
	return db_all(db_stmt(db, "SELECT " RETIRED_COLUMNS
				  " FROM retired_key ORDER BY retired_at"),
		read_retired, mem, sizeof(**keys), keys, count);
}

enum err
db_retired_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM retired_key WHERE retired_at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}

enum err
db_address_hold(struct db *db, const char *address, int64_t until)
{
	struct stmt *q = db_stmt(db,
		"INSERT OR REPLACE INTO held_address (address, until) "
		"VALUES (?1, ?2)");

	stmt_text(q, 1, address);
	stmt_int(q, 2, until);
	return db_run_any(q, NULL);
}

enum err
db_address_held(struct db *db, const char *address, int64_t now, bool *held)
{
	struct stmt *q =
		db_stmt(db, "SELECT EXISTS (SELECT 1 FROM held_address "
			    "WHERE address = ?1 AND until > ?2)");
	int64_t n;
	enum err e;

	stmt_text(q, 1, address);
	stmt_int(q, 2, now);
	e = db_number(q, &n);
	if (!e)
		*held = n != 0;
	return e;
}

enum err
db_address_prune(struct db *db, int64_t now, int64_t *gone)
{
	struct stmt *q =
		db_stmt(db, "DELETE FROM held_address WHERE until <= ?1");

	stmt_int(q, 1, now);
	return db_run_any(q, gone);
}
