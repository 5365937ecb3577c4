#include "db/identity.h"

/* The order here is the order in read_identity. */
#define IDENTITY_COLUMNS                                                  \
	"id, user_id, provider_id, issuer, sub, email, groups, refresh, " \
	"refreshed_at, refresh_error, token_until, linked_at, signed_in_at"

static void
read_identity(struct stmt *q, struct arena *mem, void *row)
{
	struct identity *i = row;

	i->id = col_int(q, 0);
	i->user_id = col_int(q, 1);
	i->provider_id = col_int(q, 2);
	i->issuer = col_text(q, 3, mem);
	i->sub = col_text(q, 4, mem);
	i->email = col_text(q, 5, mem);
	i->groups = col_text(q, 6, mem);
	i->refresh = col_blob(q, 7, mem);
	i->refreshed_at = col_int(q, 8);
	i->refresh_error = col_text(q, 9, mem);
	i->token_until = col_int(q, 10);
	i->linked_at = col_int(q, 11);
	i->signed_in_at = col_int(q, 12);
}

/* ?2 to ?9, as both statements below have them. */
static void
bind(struct stmt *q, const struct identity *i)
{
	stmt_int_or_null(q, 2, i->provider_id);
	stmt_text(q, 3, i->email);
	stmt_text(q, 4, i->groups);
	if (i->refresh.len)
		stmt_blob(q, 5, i->refresh.at, i->refresh.len);
	else
		stmt_null(q, 5);
	stmt_int_or_null(q, 6, i->refreshed_at);
	stmt_text(q, 7, i->refresh_error);
	stmt_int_or_null(q, 8, i->token_until);
	stmt_int_or_null(q, 9, i->signed_in_at);
}

enum err
db_identity_add(struct db *db, const struct identity *i, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO identity (user_id, provider_id, email, groups, "
		"refresh, refreshed_at, refresh_error, token_until, "
		"signed_in_at, issuer, sub, linked_at) VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");

	stmt_int(q, 1, i->user_id);
	bind(q, i);
	stmt_text(q, 10, i->issuer);
	stmt_text(q, 11, i->sub);
	stmt_int(q, 12, i->linked_at);
	return db_insert(q, id);
}

enum err
db_identity_update(struct db *db, const struct identity *i)
{
	struct stmt *q = db_stmt(db,
		"UPDATE identity SET provider_id = ?2, email = ?3, "
		"groups = ?4, refresh = ?5, refreshed_at = ?6, "
		"refresh_error = ?7, token_until = ?8, signed_in_at = ?9 "
		"WHERE id = ?1");

	stmt_int(q, 1, i->id);
	bind(q, i);
	return db_run(q);
}

enum err
db_identity_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM identity WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_identity_by_id(
	struct db *db, int64_t id, struct arena *mem, struct identity *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " IDENTITY_COLUMNS " FROM identity WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_identity, mem, out);
}

enum err
db_identity_of(struct db *db, const char *issuer, const char *sub,
	struct arena *mem, struct identity *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " IDENTITY_COLUMNS " FROM identity "
			    "WHERE issuer = ?1 AND sub = ?2");

	stmt_text(q, 1, issuer);
	stmt_text(q, 2, sub);
	return db_one(q, read_identity, mem, out);
}

enum err
db_identities_of_user(struct db *db, int64_t user_id, struct arena *mem,
	struct identity **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " IDENTITY_COLUMNS " FROM identity "
			    "WHERE user_id = ?1 ORDER BY id");

	stmt_int(q, 1, user_id);
	return db_all(q, read_identity, mem, sizeof(**rows), rows, count);
}

enum err
db_identities_of_provider(struct db *db, int64_t provider_id, struct arena *mem,
	struct identity **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " IDENTITY_COLUMNS " FROM identity "
			    "WHERE provider_id = ?1 ORDER BY id");

	stmt_int(q, 1, provider_id);
	return db_all(q, read_identity, mem, sizeof(**rows), rows, count);
}

enum err
db_identity_owners(struct db *db, int64_t but, int64_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT count(DISTINCT user.id) FROM identity "
		"JOIN user ON user.id = user_id WHERE role = 'owner' "
		"AND status = 'active' AND provider_id IS NOT NULL "
		"AND provider_id <> ?1 AND signed_in_at IS NOT NULL");

	stmt_int(q, 1, but);
	return db_number(q, count);
}
