#include "db/provider.h"

/* The order here is the order in read_provider. */
#define PROVIDER_COLUMNS                                                \
	"id, name, issuer, client_id, secret, scopes, domains, users, " \
	"groups, group_claim, group_domain, role_claim, roles, links, " \
	"key_expiry, discovery, error, keys, discovery_at, tried_at, "  \
	"keys_at, keys_tried_at, created_at"

static void
read_provider(struct stmt *q, struct arena *mem, void *row)
{
	struct provider *p = row;

	p->id = col_int(q, 0);
	p->name = col_text(q, 1, mem);
	p->issuer = col_text(q, 2, mem);
	p->client_id = col_text(q, 3, mem);
	p->secret = col_blob(q, 4, mem);
	p->scopes = col_text(q, 5, mem);
	p->domains = col_text(q, 6, mem);
	p->users = col_text(q, 7, mem);
	p->groups = col_text(q, 8, mem);
	p->group_claim = col_text(q, 9, mem);
	p->group_domain = col_text(q, 10, mem);
	p->role_claim = col_text(q, 11, mem);
	p->roles = col_text(q, 12, mem);
	p->links = col_int(q, 13) != 0;
	p->key_expiry = col_int(q, 14) != 0;
	p->discovery = col_text(q, 15, mem);
	p->error = col_text(q, 16, mem);
	p->keys = col_text(q, 17, mem);
	p->discovery_at = col_int(q, 18);
	p->tried_at = col_int(q, 19);
	p->keys_at = col_int(q, 20);
	p->keys_tried_at = col_int(q, 21);
	p->created_at = col_int(q, 22);
}

/* ?2 to ?15, as both statements below have them. */
static void
bind(struct stmt *q, const struct provider *p)
{
	stmt_text(q, 2, p->name);
	stmt_text(q, 3, p->issuer);
	stmt_text(q, 4, p->client_id);
	stmt_blob(q, 5, p->secret.len ? p->secret.at : (const void *)"",
		p->secret.len);
	stmt_text(q, 6, p->scopes);
	stmt_text(q, 7, p->domains);
	stmt_text(q, 8, p->users);
	stmt_text(q, 9, p->groups);
	stmt_text(q, 10, p->group_claim);
	stmt_text(q, 11, p->group_domain);
	stmt_text(q, 12, p->role_claim);
	stmt_text(q, 13, p->roles);
	stmt_int(q, 14, p->links);
	stmt_int(q, 15, p->key_expiry);
}

enum err
db_provider_add(struct db *db, const struct provider *p, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO provider (created_at, name, issuer, client_id, "
		"secret, scopes, domains, users, groups, group_claim, "
		"group_domain, role_claim, roles, links, key_expiry) VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15)");

	stmt_int(q, 1, p->created_at);
	bind(q, p);
	return db_insert(q, id);
}

enum err
db_provider_update(struct db *db, const struct provider *p)
{
	struct stmt *forget = db_stmt(db,
		"UPDATE provider SET discovery = '', discovery_at = NULL, "
		"tried_at = NULL, error = '', keys = '', keys_at = NULL, "
		"keys_tried_at = NULL WHERE id = ?1 AND issuer <> ?2");
	struct stmt *q;
	enum err e;

	stmt_int(forget, 1, p->id);
	stmt_text(forget, 2, p->issuer);
	e = db_run_any(forget, NULL);
	if (e)
		return e;
	q = db_stmt(db,
		"UPDATE provider SET name = ?2, issuer = ?3, client_id = ?4, "
		"secret = ?5, scopes = ?6, domains = ?7, users = ?8, "
		"groups = ?9, group_claim = ?10, group_domain = ?11, "
		"role_claim = ?12, roles = ?13, links = ?14, key_expiry = ?15 "
		"WHERE id = ?1");
	stmt_int(q, 1, p->id);
	bind(q, p);
	return db_run(q);
}

enum err
db_provider_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM provider WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

enum err
db_provider_by_id(
	struct db *db, int64_t id, struct arena *mem, struct provider *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " PROVIDER_COLUMNS " FROM provider WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_provider, mem, out);
}

enum err
db_provider_by_name(struct db *db, const char *name, struct arena *mem,
	struct provider *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " PROVIDER_COLUMNS " FROM provider WHERE name = ?1");

	stmt_text(q, 1, name);
	return db_one(q, read_provider, mem, out);
}

enum err
db_providers(
	struct db *db, struct arena *mem, struct provider **rows, size_t *count)
{
	return db_all(db_stmt(db, "SELECT " PROVIDER_COLUMNS
				  " FROM provider ORDER BY id"),
		read_provider, mem, sizeof(**rows), rows, count);
}

enum err
db_provider_discovered(struct db *db, int64_t id, const char *text,
	const char *error, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE provider SET discovery = coalesce(?2, discovery), "
		"discovery_at = CASE WHEN ?2 IS NULL THEN discovery_at "
		"ELSE ?4 END, tried_at = ?4, error = ?3 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_text(q, 2, text);
	stmt_text(q, 3, error);
	stmt_int(q, 4, now);
	return db_run_any(q, NULL);
}

enum err
db_provider_keys(struct db *db, int64_t id, const char *text, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"UPDATE provider SET keys = coalesce(?2, keys), keys_at = "
		"CASE WHEN ?2 IS NULL THEN keys_at ELSE ?3 END, "
		"keys_tried_at = ?3 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_text(q, 2, text);
	stmt_int(q, 3, now);
	return db_run_any(q, NULL);
}
