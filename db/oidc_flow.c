#include "db/oidc_flow.h"

#include <string.h>

static const char *const aims[] = {
#define X(name, word) [OIDC_##name] = word,
	OIDC_AIM_TABLE(X)
#undef X
};

static void
read_flow(struct stmt *q, struct arena *mem, void *row)
{
	struct oidc_flow *f = row;
	const char *aim = col_text(q, 3, mem);

	f->id = col_int(q, 0);
	col_key(q, 1, f->hash, sizeof(f->hash));
	f->provider_id = col_int(q, 2);
	f->aim = 0;
	while (f->aim < OIDC_AIMS && strcmp(aims[f->aim], aim) != 0)
		f->aim++;
	f->session = col_int(q, 4);
	f->next = col_text(q, 5, mem);
	f->began_at = col_int(q, 6);
}

/* Old ones stay as long again, so that whoever comes late is told so. */
static enum err
make_room(struct db *db, int64_t now)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM oidc_flow WHERE began_at < ?1 OR id NOT IN "
		"(SELECT id FROM oidc_flow ORDER BY id DESC LIMIT ?2)");

	stmt_int(q, 1, now - 2 * OIDC_FLOW_SECONDS);
	stmt_int(q, 2, OIDC_FLOWS_MAX - 1);
	return db_run_any(q, NULL);
}

enum err
db_oidc_flow_add(struct db *db, const struct oidc_flow *f)
{
	enum err e = make_room(db, f->began_at);
	struct stmt *q;
	int64_t id;

	if (e)
		return e;
	q = db_stmt(db,
		"INSERT INTO oidc_flow (hash, provider_id, aim, session, next, "
		"began_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	stmt_blob(q, 1, f->hash, sizeof(f->hash));
	stmt_int(q, 2, f->provider_id);
	stmt_text(q, 3, aims[f->aim]);
	stmt_int(q, 4, f->session);
	stmt_text(q, 5, f->next);
	stmt_int(q, 6, f->began_at);
	return db_insert(q, &id);
}

enum err
db_oidc_flow_take(struct db *db, const uint8_t hash[32], struct arena *mem,
	struct oidc_flow *out)
{
	struct oidc_flow f;
	struct stmt *q = db_stmt(db,
		"SELECT id, hash, provider_id, aim, session, next, began_at "
		"FROM oidc_flow WHERE hash = ?1");
	enum err e;

	stmt_blob(q, 1, hash, 32);
	e = db_one(q, read_flow, mem, &f);
	if (e)
		return e;
	q = db_stmt(db, "DELETE FROM oidc_flow WHERE id = ?1");
	stmt_int(q, 1, f.id);
	e = db_run(q);
	if (!e)
		*out = f;
	return e;
}
